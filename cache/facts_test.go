package cache

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestReports(t *testing.T) {
	s := newStore(t)
	k, r := testReport(1)
	if _, err := s.Report(k); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("report of nothing: %v; want fs.ErrNotExist", err)
	}
	if err := s.PutReport(k, r); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Report(k); err != nil || got != r {
		t.Errorf("Report = %p, %v; want the shared %p", got, err, r)
	}
	// The same bytes under another name or by another scanner are another fact.
	for _, other := range []ReportKey{
		{k.SHA256, "example-1.0.tar.gz", k.Scanner},
		{k.SHA256, k.Filename, "scanner-2"},
		{sum(nil), k.Filename, k.Scanner},
	} {
		if _, err := s.Report(other); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Report(%v): %v; want fs.ErrNotExist", other, err)
		}
		if err := s.PutReport(other, r); err == nil {
			t.Errorf("PutReport(%v) takes the report of another file", other)
		}
	}
	s = s.reopen(t)
	got, err := s.Report(k)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("report read back (-want +got):\n%s", diff)
	}
}

func TestPages(t *testing.T) {
	s := newStore(t)
	if _, err := s.Page("main", "example"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("page of nothing: %v; want fs.ErrNotExist", err)
	}
	if err := s.TouchPage("main", "example", time.Now()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("touched nothing: %v; want fs.ErrNotExist", err)
	}
	// Sizes around what one key and one transaction hold; noise stays as large.
	for _, size := range []int{0, 10, minPacked, chunkBytes - 100, chunkBytes + 1, 3 << 20, 10 << 20, 10} {
		want := testPage("example", noise(uint64(size), size))
		if err := s.PutPage(want); err != nil {
			t.Fatal(err)
		}
		got, err := s.Page("main", "example")
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		if !bytes.Equal(got.Body, want.Body) {
			t.Fatalf("%d bytes: body differs", size)
		}
		got.Body, want.Body = nil, nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("page (-want +got):\n%s", diff)
		}
		want.Checked = want.Checked.Add(time.Hour)
		if err := s.TouchPage("main", "example", want.Checked); err != nil {
			t.Fatal(err)
		}
		if got, err = s.PageHead("main", "example"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("touched page (-want +got):\n%s", diff)
		}
	}
	for _, other := range []*PageEntry{{Index: "main", Project: "example2"}, {Index: "other", Project: "example"}} {
		if _, err := s.Page(other.Index, other.Project); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("page of %s in %s: %v; want fs.ErrNotExist", other.Project, other.Index, err)
		}
	}
	if n := s.count(t, keyChunk); n != 0 {
		t.Errorf("%d chunks of replaced pages are left", n)
	}
}

// count counts the keys of a kind.
func (o opened) count(t *testing.T, kind byte) (n int) {
	t.Helper()
	err := o.db.each(kind, nil, false, func(*badger.Item) error { n++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A reader sees one page whole, whatever writers do.
func TestPageUnderWriters(t *testing.T) {
	s := newStore(t)
	bodies := [][]byte{noise(1, 700_000), noise(2, 600_000), noise(3, 100)}
	if err := s.PutPage(testPage("example", bodies[0])); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 2 {
		wg.Go(func() {
			for i := range 20 {
				if err := s.PutPage(testPage("example", bodies[(i+g)%3])); err != nil {
					t.Error(err)
				}
				if err := s.TouchPage("main", "example", time.Now()); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 40 {
				p, err := s.Page("main", "example")
				if err != nil {
					t.Error(err)
					return
				}
				if want := `"` + sum(p.Body)[:8] + `"`; p.ETag != want {
					t.Errorf("ETag %s with the body of %s", p.ETag, want)
				}
			}
		})
	}
	wg.Wait()
}

// Pages that change all the time do not fill the disk: compaction drops what was
// replaced.
func TestRewrittenPagesDoNotPileUp(t *testing.T) {
	s := newStore(t)
	const size, times = 1 << 20, 250
	for i := range times {
		if err := s.PutPage(testPage("example", noise(uint64(i), size))); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil { // lets compaction end
		t.Fatal(err)
	}
	s = openStore(t, s.dir)
	st, err := s.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const limit = 100 << 20 // the tables that wait for compaction, and the log of the current one
	if st.DatabaseBytes > limit {
		t.Errorf("database takes %d MiB after %d MiB of rewrites", st.DatabaseBytes>>20, times*size>>20)
	}
	t.Logf("database takes %d MiB after %d MiB of rewrites", st.DatabaseBytes>>20, times*size>>20)
}

func TestMetadata(t *testing.T) {
	s := newStore(t)
	long := string(bytes.Repeat([]byte("k"), 5000))
	for _, key := range []string{sum(nil), "", "a\x00b", long, long + "2"} {
		if _, err := s.Metadata(key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("metadata of nothing: %v; want fs.ErrNotExist", err)
		}
		want := []byte("Metadata-Version: 2.1\nName: " + key)
		if err := s.PutMetadata(key, want); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Metadata(key); err != nil || !bytes.Equal(got, want) {
			t.Errorf("Metadata = %.40q, %v", got, err)
		}
	}
	if err := s.PutMetadata("large", noise(1, maxValueBytes+1)); err == nil {
		t.Error("a value above the limit is stored")
	}
}

func TestFileHash(t *testing.T) {
	s := newStore(t)
	const url = "https://files.invalid/example-1.0.tar.gz"
	if _, err := s.FileHash("main", url); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("hash of nothing: %v; want fs.ErrNotExist", err)
	}
	if err := s.PutFileHash("main", url, "no hash"); err == nil {
		t.Error("a text that is no hash is stored")
	}
	if err := s.PutFileHash("main", url, sum(nil)); err != nil {
		t.Fatal(err)
	}
	if got, err := s.FileHash("main", url); err != nil || got != sum(nil) {
		t.Errorf("FileHash = %s, %v", got, err)
	}
	if _, err := s.FileHash("other", url); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("hash on another index: %v; want fs.ErrNotExist", err)
	}
}

func TestFirstSeen(t *testing.T) {
	s := newStore(t)
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	page := func(n int) (files []Sighting) {
		for i := range n {
			files = append(files, Sighting{fmt.Sprintf("example-%d.0.tar.gz", i), sum([]byte{byte(i), byte(i >> 8)})})
		}
		return files
	}
	const large = 30_000 // more than one transaction holds
	want := func(files []Sighting, now time.Time, times func(i int) time.Time) {
		t.Helper()
		got, err := s.FirstSeenAll("main", files, now)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if !got[i].Equal(times(i)) {
				t.Fatalf("%s first seen %v; want %v", files[i].Filename, got[i], times(i))
			}
		}
	}
	want(page(1000), day(1), func(int) time.Time { return day(1) })
	want(page(1000), day(2), func(int) time.Time { return day(1) })
	grown := func(i int) time.Time { return day(1 + min(i/1000, 1)) }
	want(page(large), day(2), grown)
	s = s.reopen(t)
	want(page(large), day(3), grown)
	want(nil, day(3), nil)
	for _, test := range []struct {
		index, name, hash string
		first             time.Time
	}{
		{"main", page(1)[0].Filename, page(1)[0].SHA256, day(1)},
		{"main", page(1)[0].Filename, sum(nil), day(4)}, // other bytes under an old name are new
		{"other", page(1)[0].Filename, page(1)[0].SHA256, day(4)},
		{"main", page(1)[0].Filename, sum(nil), day(4)},
	} {
		got, err := s.FirstSeen(test.index, test.name, test.hash, day(4))
		if err != nil || !got.Equal(test.first) {
			t.Errorf("FirstSeen(%s, %s) = %v, %v; want %v", test.index, test.name, got, err, test.first)
		}
	}
}

// Of all who see a file at once, all are told the same time.
func TestFirstSeenRace(t *testing.T) {
	s := newStore(t)
	times := make([]time.Time, 8)
	var wg sync.WaitGroup
	for i := range times {
		wg.Go(func() {
			var err error
			times[i], err = s.FirstSeen("main", "a-1.tar.gz", "", time.Unix(int64(1000+i), 0))
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, at := range times {
		if !at.Equal(times[0]) {
			t.Errorf("first seen at %v", times)
			break
		}
	}
}

// A garbled value counts as absent and can be replaced.
func TestGarbledValues(t *testing.T) {
	s := newStore(t)
	k, r := testReport(40)
	page := testPage("example", noise(1, 600_000))
	put := func() {
		t.Helper()
		for _, err := range []error{s.PutReport(k, r), s.PutPage(page), s.PutMetadata("key", noise(1, 1000))} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	put()
	for _, kind := range []byte{keyReport, keyPageHead, keyPageBody, keyMetadata, keyChunk} {
		err := s.db.each(kind, nil, true, func(it *badger.Item) error {
			v, err := it.ValueCopy(nil)
			if err != nil {
				return err
			}
			v[len(v)-1] ^= 1
			return s.db.set(it.KeyCopy(nil), v)
		})
		if err != nil {
			t.Fatal(err)
		}
		s.reports.clear()
		_, errR := s.Report(k)
		_, errP := s.Page("main", "example")
		_, errM := s.Metadata("key")
		wantAbsent(t, "report", errR, kind == keyReport)
		wantAbsent(t, "page", errP, kind == keyPageHead || kind == keyPageBody || kind == keyChunk)
		wantAbsent(t, "metadata", errM, kind == keyMetadata)
		if !s.log.has("stored value is damaged") {
			t.Errorf("the log does not say that a value of kind %c is damaged", kind)
		}
		put()
	}
	if s.db.damaged.Load() {
		t.Error("the whole database counts as damaged for one value")
	}
}

func wantAbsent(t *testing.T, what string, err error, absent bool) {
	t.Helper()
	if absent && !errors.Is(err, fs.ErrNotExist) || !absent && err != nil {
		t.Errorf("%s: %v; want absent: %v", what, err, absent)
	}
}
