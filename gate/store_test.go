package gate

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pipwarden/cache"
	"pipwarden/internal/pypitest"
	"pipwarden/policy"
	"pipwarden/pypi"
	"pipwarden/scan"
)

// mustBreak admits a file and gets a store error, and no file.
func (w *world) mustBreak(r Request) error {
	w.t.Helper()
	_, err := w.admit(r)
	w.storeFault(err)
	return err
}

func (w *world) storeFault(err error) {
	w.t.Helper()
	e, ok := errors.AsType[*StoreError](err)
	if !ok || !strings.Contains(e.Error(), e.Filename) || errors.Unwrap(e) == nil {
		w.t.Fatalf("error = %v (%T), want a store error", err, err)
	}
}

func (w *world) closeStore() {
	w.t.Helper()
	if err := w.Store.Close(); err != nil {
		w.t.Fatal(err)
	}
}

func TestDiskFull(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	r.File.Size = 1 << 60
	err := w.mustBreak(r)
	if _, ok := errors.AsType[*cache.FullError](err); !ok {
		t.Errorf("error = %v, want a full disk", err)
	}
	w.fetched(f.Path, 0)
}

// A store that breaks yields errors, whatever was asked and however far the answer had come, and no file.
func TestStoreThatBreaks(t *testing.T) {
	t.Run("before the facts are read", func(t *testing.T) {
		for _, o := range []pypitest.Options{{}, {NoTimes: true}, {NoHashes: true}} {
			w := newWorld(t, build{index: o, policy: allowUnhashed})
			f := w.index.Add(pypitest.Wheel("demo", "1.0"))
			r := w.request(f)
			r.Client = python
			w.closeStore()
			w.mustBreak(r)
			if _, _, err := w.Explain(t.Context(), r); err == nil {
				t.Error("explained without a store")
			}
			b, d, err := w.Metadata(t.Context(), r)
			w.storeFault(err)
			if b != nil || d.Action != policy.Block {
				t.Errorf("metadata = %q, %v", b, d)
			}
			w.Prefetch(r)
			w.fetched(f.Path, 0)
			_ = w.Screen(r)
			if !strings.Contains(w.log.String(), "screened without the store") {
				t.Errorf("log = %q", w.log)
			}
		}
	})
	t.Run("before the report is read", func(t *testing.T) {
		w := newWorld(t, build{})
		f := w.index.Add(pypitest.Wheel("demo", "1.0"))
		r := w.request(f)
		w.mustAdmit(r, f)
		w.Scanner, w.memo = &scan.Scanner{}, memo{}
		_ = w.Screen(r)
		w.closeStore()
		w.mustBreak(r)
	})
	t.Run("before the metadata is read", func(t *testing.T) {
		w := newWorld(t, build{})
		r := w.request(w.index.Add(pypitest.Wheel("demo", "1.0")))
		_ = w.Screen(r)
		w.closeStore()
		_, _, err := w.Metadata(t.Context(), r)
		w.storeFault(err)
	})
	t.Run("before the metadata is written", func(t *testing.T) {
		w := newWorld(t, build{})
		f := w.index.Add(pypitest.Wheel("demo", "1.0"))
		open := make(chan struct{})
		w.index.Fail(f.Path+".metadata", pypitest.Fault{Wait: open})
		r := w.request(f)
		got := make(chan error)
		go func() {
			_, _, err := w.Metadata(t.Context(), r)
			got <- err
		}()
		eventually(t, func() bool { return w.index.Count(f.Path+".metadata") == 1 })
		w.closeStore()
		close(open)
		w.storeFault(<-got)
	})
	t.Run("before the hash is remembered", func(t *testing.T) {
		w := newWorld(t, build{index: pypitest.Options{NoHashes: true}, policy: allowUnhashed})
		f := w.index.Add(pypitest.Wheel("demo", "1.0"))
		open := make(chan struct{})
		w.index.Fail(f.Path, pypitest.Fault{Wait: open})
		tk := w.Start(w.request(f))
		defer tk.Close()
		eventually(t, func() bool { return w.index.Count(f.Path) == 1 })
		w.closeStore()
		close(open)
		_, err := tk.Result()
		w.storeFault(err)
	})
	t.Run("before the report is written", func(t *testing.T) {
		w := newWorld(t, build{})
		scanning, release := w.holdScans()
		tk := w.Start(w.request(w.index.Add(pypitest.Wheel("demo", "1.0"))))
		defer tk.Close()
		<-scanning
		w.closeStore()
		release()
		_, err := tk.Result()
		w.storeFault(err)
	})
	t.Run("before the report is judged", func(t *testing.T) {
		w := newWorld(t, build{})
		r := w.request(w.index.Add(pypitest.Wheel("demo", "1.0")))
		tk := w.Start(r)
		defer tk.Close()
		<-tk.Done()
		w.memo = memo{}
		w.closeStore()
		_, err := tk.Result()
		w.storeFault(err)
	})
	t.Run("before it is noted that the file was served", func(t *testing.T) {
		w := newWorld(t, build{})
		r := w.request(w.index.Add(pypitest.Wheel("demo", "1.0")))
		tk := w.Start(r)
		defer tk.Close()
		<-tk.Done()
		_ = w.Screen(r)
		w.closeStore()
		_, err := tk.Result()
		w.storeFault(err)
	})
}

// A folder that is gone under the store.
func TestFolderThatIsGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	w := newWorld(t, build{store: dir})
	f := w.index.Add(big())
	open := make(chan struct{})
	w.index.Fail(f.Path, pypitest.Fault{Wait: open})
	tk := w.Start(w.request(f))
	defer tk.Close()
	eventually(t, func() bool { return w.index.Count(f.Path) == 1 })
	if err := os.RemoveAll(filepath.Join(dir, "partial")); err != nil {
		t.Fatal(err)
	}
	close(open)
	_, err := tk.Result()
	w.storeFault(err)
}

// A file lies where the folder of stored files should be.
func TestStoredFileThatCannotBeOpened(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	w := newWorld(t, build{store: dir})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	folder := filepath.Join(dir, "files", f.SHA256[:2])
	block := func() {
		t.Helper()
		if err := errors.Join(os.RemoveAll(folder), os.WriteFile(folder, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	r := w.request(f)
	block()
	w.mustBreak(r)

	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	w.mustAdmit(r, f)
	w.evict()
	block()
	w.mustBreak(r) // its report is known
}

// What is found damaged between the end of the work and the answer is not served.
func TestFileThatIsFoundDamagedBeforeItIsOpened(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	w := newWorld(t, build{store: dir})
	f := w.index.Add(big())
	tk := w.Start(w.request(f))
	defer tk.Close()
	<-tk.Done()
	spoil(t, dir, f)
	if _, err := w.Store.Verify(t.Context(), cache.VerifyOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err := tk.Result()
	w.storeFault(err)
}

func TestMetadataOfAStoredFileThatCannotBeRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	w := newWorld(t, build{store: dir})
	f := w.index.Add(big())
	r := w.request(f)
	w.mustAdmit(r, f)
	if err := os.Truncate(filepath.Join(dir, "files", f.SHA256[:2], f.SHA256), 0); err != nil {
		t.Fatal(err)
	}
	_, _, err := w.readFetched(t.Context(), &r, "")
	w.storeFault(err)
}

func TestWriterThatHasEnded(t *testing.T) {
	w := newWorld(t, build{})
	r := w.request(w.index.Add(pypitest.Wheel("demo", "1.0")))
	part, err := w.Store.Create(t.Context(), cache.CreateOptions{Want: pypi.Hashes{"sha256": strings.Repeat("0", 64)}})
	if err != nil {
		t.Fatal(err)
	}
	if err := part.Abort(); err != nil {
		t.Fatal(err)
	}
	w.storeFault(copyBody(&r, part, strings.NewReader("x")))
}
