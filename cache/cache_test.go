package cache

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pipwarden/pypi"
	"pipwarden/scan"
)

// logged collects what a store says, so that tests can ask for it.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.buf.String(), text)
}

// opened is a store, its folder and its log.
type opened struct {
	*Store
	dir string
	log *logged
}

func openStore(t testing.TB, dir string, change ...func(*Options)) opened {
	t.Helper()
	l := new(logged)
	o := Options{Dir: dir, Log: slog.New(slog.NewTextHandler(l, nil))}
	for _, f := range change {
		f(&o)
	}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return opened{s, dir, l}
}

func newStore(t testing.TB, change ...func(*Options)) opened {
	t.Helper()
	return openStore(t, filepath.Join(t.TempDir(), "store"), change...)
}

// reopen closes the store in order and opens it again.
func (o opened) reopen(t testing.TB) opened {
	t.Helper()
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	return openStore(t, o.dir)
}

// crash ends the store as a killed process would: nothing is flushed, and the
// state says that it was running.
func (o opened) crash(t testing.TB) {
	t.Helper()
	o.closed.Store(true)
	close(o.stop)
	o.loops.Wait()
	o.db.close()
	o.lock.Close()
}

func sum(b []byte) string {
	d := sha256.Sum256(b)
	return hex.EncodeToString(d[:])
}

// noise returns bytes that do not compress; equal seeds give equal bytes.
func noise(seed uint64, n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24)}).Read(b)
	return b
}

// add stores body and returns its SHA-256.
func (o opened) add(t testing.TB, body []byte) string {
	t.Helper()
	w, err := o.Create(t.Context(), CreateOptions{Size: int64(len(body))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	id, b, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	return id
}

// wantFile fails the test unless the store has exactly body under its name.
func (o opened) wantFile(t testing.TB, body []byte) {
	t.Helper()
	b, err := o.Open(sum(body))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	got := make([]byte, b.Size())
	if _, err := b.Reader().Read(got); err != nil && len(body) > 0 {
		t.Fatal(err)
	}
	if !bytes.Equal(got, body) {
		t.Errorf("stored file %s has other bytes", sum(body))
	}
}

func (o opened) wantAbsent(t testing.TB, sha256 string) {
	t.Helper()
	if b, err := o.Open(sha256); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open(%s) = %v, %v; want fs.ErrNotExist", sha256, b, err)
	}
}

func (o opened) path(sha256 string) string { return filepath.Join(o.dir, filesDir, sha256[:2], sha256) }

func testReport(seed uint64) (ReportKey, *Record) {
	k := ReportKey{SHA256: sum(noise(seed, 8)), Filename: "example-1.0-py3-none-any.whl", Scanner: "scanner-1"}
	return k, &Record{
		Report: &scan.Report{
			Schema: 1, SHA256: k.SHA256, Filename: k.Filename, Scanner: k.Scanner, Size: int64(seed),
			Level: scan.LevelClean, Findings: []scan.Finding{}, Gaps: []scan.Gap{},
			Hosts: []string{strings.Repeat("example.invalid ", int(seed%50))},
		},
		ScannedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Elapsed:   time.Second,
	}
}

func testPage(project string, body []byte) *PageEntry {
	at := time.Now().UTC().Truncate(time.Second)
	return &PageEntry{
		Index: "main", Project: pypi.Name(project), URL: "https://index.invalid/simple/" + project + "/",
		ContentType: "text/html", ETag: `"` + sum(body)[:8] + `"`, Body: body, Fetched: at, Checked: at,
	}
}

func TestOpenRefusesFolders(t *testing.T) {
	t.Run("that hold other things", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "thesis.txt"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		wantFolderError(t, dir)
	})
	t.Run("that are files", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		wantFolderError(t, name)
	})
	t.Run("without a name", func(t *testing.T) { wantFolderError(t, "") })
	t.Run("that cannot be written", func(t *testing.T) {
		if os.Getuid() == 0 {
			t.Skip("permissions do not bind this user")
		}
		dir := t.TempDir()
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		wantFolderError(t, dir)
	})
}

func wantFolderError(t *testing.T, dir string) {
	t.Helper()
	_, err := Open(t.Context(), Options{Dir: dir})
	var fe *FolderError
	if !errors.As(err, &fe) {
		t.Fatalf("Open(%q) = %v; want a *FolderError", dir, err)
	}
}

func TestOpenKeepsOthersOut(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, dir)
	s.add(t, []byte("body"))
	if err := s.PutPage(testPage("example", []byte("page"))); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			t.Fatal(err)
		}
		info, err := d.Info()
		if err != nil {
			t.Fatal(err)
		}
		// Badger makes its files with its own modes; its folder is closed.
		inDB := filepath.Base(filepath.Dir(path)) == dbDir
		if info.Mode().Perm()&0o077 != 0 && !inDB {
			t.Errorf("%s has mode %v", d.Name(), info.Mode())
		}
		return nil
	})
}

func TestClosedStore(t *testing.T) {
	s := newStore(t)
	id := s.add(t, []byte("body"))
	b, err := s.Store.Open(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if got, ok := b.Bytes(); !ok || string(got) != "body" {
		t.Errorf("open blob reads %q, %v after Close of its store", got, ok)
	}
	b.Close()
	k, r := testReport(1)
	s.Append(Event{})
	for name, err := range map[string]error{
		"PutReport": s.PutReport(k, r),
		"PutPage":   s.PutPage(testPage("example", nil)),
		"Flush":     s.Flush(context.Background()),
		"Create":    second(s.Create(t.Context(), CreateOptions{})),
		"Stats":     second(s.Stats(t.Context())),
		"Verify":    second(s.Verify(t.Context(), VerifyOptions{})),
		"Prune":     second(s.Prune(t.Context(), PruneOptions{})),
		"Page":      second(s.Page("main", "example")),
		"FirstSeen": second(s.FirstSeen("main", "a", "b", time.Now())),
	} {
		if !errors.Is(err, fs.ErrClosed) {
			t.Errorf("%s of a closed store: %v; want fs.ErrClosed", name, err)
		}
	}
	if _, open := <-s.Subscribe(t.Context()); open {
		t.Error("subscription of a closed store is open")
	}
}

func second[T any](_ T, err error) error { return err }

// After a kill, files that were on disk before the last mark are not hashed
// again; younger ones are.
func TestMarkSparesHashing(t *testing.T) {
	s := newStore(t)
	old, young := noise(1, 1000), noise(2, 1000)
	s.add(t, old)
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(s.path(sum(old)), past, past); err != nil {
		t.Fatal(err)
	}
	id, _ := parseDigest(sum(old))
	e := s.files.files[id]
	e.mtime = past.UnixNano()
	s.writeRecord(e)
	s.mark()
	s.mark() // nothing was written since
	s.add(t, young)
	s.crash(t)
	s = openStore(t, s.dir)
	for body, want := range map[*[]byte]int32{&old: trustStat, &young: trustHash} {
		id, _ := parseDigest(sum(*body))
		if got := s.files.files[id].trust.Load(); got != want {
			t.Errorf("trust %d; want %d", got, want)
		}
		s.wantFile(t, *body)
	}
}
