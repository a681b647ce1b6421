package cache

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// fill stores n files of 1000 bytes, the first one used longest ago.
func (o opened) fill(t *testing.T, n int) (ids []string) {
	t.Helper()
	for i := range n {
		id := o.add(t, noise(uint64(i), 1000))
		d, _ := parseDigest(id)
		o.files.files[d].used.Store(time.Now().Add(-time.Duration(n-i) * time.Hour).Unix())
		ids = append(ids, id)
	}
	return ids
}

func TestPrune(t *testing.T) {
	for _, test := range []struct {
		name string
		o    PruneOptions
		want PruneResult
		left string // of files 0 to 9; 2 is open
	}{
		{"within the limit", PruneOptions{}, PruneResult{}, "0123456789"},
		{"to a size", PruneOptions{MaxBytes: 6500}, PruneResult{4, 4000, 1}, "256789"},
		{"by age", PruneOptions{OlderThan: 5*time.Hour + time.Minute}, PruneResult{4, 4000, 1}, "256789"},
		{"all", PruneOptions{MaxBytes: -1}, PruneResult{9, 9000, 1}, "2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			ids := s.fill(t, 10)
			d, _ := parseDigest(ids[2])
			used := s.files.files[d].used.Load()
			b, err := s.Store.Open(ids[2])
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			s.files.files[d].used.Store(used)
			got, err := s.Prune(t.Context(), test.o)
			if err != nil || got != test.want {
				t.Errorf("Prune = %+v, %v; want %+v", got, err, test.want)
			}
			if _, err := b.File(); err != nil {
				t.Errorf("open file is gone: %v", err)
			}
			var left strings.Builder
			for i, id := range ids {
				_, err := os.Stat(s.path(id))
				if (err == nil) != s.Has(id) {
					t.Errorf("file %d: on disk %v, known %v", i, err == nil, s.Has(id))
				}
				if err == nil {
					left.WriteByte("0123456789"[i])
				}
			}
			if left.String() != test.left {
				t.Errorf("left: %s; want %s", left.String(), test.left)
			}
			if n := s.count(t, keyFile); n != len(test.left) {
				t.Errorf("%d records are left; want %d", n, len(test.left))
			}
		})
	}
}

func TestLimitEvicts(t *testing.T) {
	s := newStore(t, func(o *Options) { o.MaxBytes = 10_000 })
	ids := s.fill(t, 10)
	s.add(t, noise(99, 1000))
	s.evictOver() // the background does the same, at its own time, and may be half way
	for deadline := time.Now().Add(10 * time.Second); s.files.total() > 9000 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if total := s.files.total(); total > 9000 {
		t.Errorf("%d bytes are left above nine tenths of the limit", total)
	}
	if s.Has(ids[0]) || !s.Has(ids[9]) {
		t.Error("the file used last went before the one used first")
	}
}

// Last uses outlive the process, so that the order of eviction does too.
func TestLastUseIsKept(t *testing.T) {
	s := newStore(t)
	ids := s.fill(t, 3)
	for _, id := range ids {
		d, _ := parseDigest(id)
		s.files.files[d].dirty.Store(true)
	}
	s = s.reopen(t)
	if _, err := s.Prune(t.Context(), PruneOptions{MaxBytes: 1000}); err != nil {
		t.Fatal(err)
	}
	if s.Has(ids[0]) || s.Has(ids[1]) || !s.Has(ids[2]) {
		t.Error("after a restart the wrong files were removed")
	}
}

func TestVerify(t *testing.T) {
	s := newStore(t)
	ids := s.fill(t, 5)
	bad := noise(50, 1000)
	stray := filepath.Join(s.dir, filesDir, ids[0][:2], "stray")
	for _, err := range []error{
		os.WriteFile(s.path(ids[1]), bad, 0o600), // flipped while trusted
		os.Remove(s.path(ids[2])),
		os.WriteFile(stray, nil, 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	unknown := noise(51, 1000)
	if err := os.MkdirAll(filepath.Dir(s.path(sum(unknown))), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path(sum(unknown)), unknown, 0o600); err != nil {
		t.Fatal(err)
	}
	var seen int
	got, err := s.Verify(t.Context(), VerifyOptions{Progress: func(string, int64, bool) { seen++ }})
	if err != nil {
		t.Fatal(err)
	}
	want := VerifyResult{Whole: 4, Bytes: 4000, Damaged: []string{ids[1]}, Missing: []string{ids[2]}, Adopted: 1, Strays: []string{"stray"}}
	if diff := cmp.Diff(want, got, cmpopts.EquateErrors()); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	if seen != 5 {
		t.Errorf("progress was called %d times; want 5", seen)
	}
	s.wantAbsent(t, ids[1])
	s.wantAbsent(t, ids[2])
	s.wantFile(t, unknown)
	want = VerifyResult{Whole: 4, Bytes: 4000}
	if got, err = s.Verify(t.Context(), VerifyOptions{BytesPerSecond: 1 << 30}); err != nil || !cmp.Equal(want, got) {
		t.Errorf("second Verify = %+v, %v; want %+v", got, err, want)
	}
}
