package gate

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"pipwarden/cache"
	"pipwarden/internal/pypitest"
	"pipwarden/policy"
	"pipwarden/upstream"
)

// mustRead gets the metadata of a file that is allowed and checks it.
func (w *world) mustRead(r Request, want []byte) {
	w.t.Helper()
	b, d, err := w.Metadata(w.t.Context(), r)
	if err != nil || d.Action == policy.Block {
		w.t.Fatalf("metadata: %v, %v", d.Reasons, err)
	}
	if !bytes.Equal(b, want) {
		w.t.Fatalf("metadata = %q, want %q", b, want)
	}
}

// refusedMetadata checks that the metadata of a file is refused for the reason of that code.
func (w *world) refusedMetadata(r Request, code string) policy.Decision {
	w.t.Helper()
	b, d, err := w.Metadata(w.t.Context(), r)
	if err != nil || b != nil || d.Action != policy.Block || d.Reason().Code != code {
		w.t.Fatalf("metadata = %q, %v %v, %v; want block %q", b, d.Action, d.Reasons, err, code)
	}
	return d
}

// Wherever the metadata comes from it is the wheel's, and it is kept.
func TestMetadataComesFrom(t *testing.T) {
	for _, c := range []struct {
		name    string
		options pypitest.Options
		prepare func(w *world, f *pypitest.File)
		file    int // requests for the wheel upstream
		meta    int // requests for its metadata file
	}{
		{name: "upstream's metadata file", file: 0, meta: 1},
		{name: "the stored wheel", file: 1, meta: 0, prepare: func(w *world, f *pypitest.File) { w.mustAdmit(w.request(f), f) }},
		{name: "parts of the wheel, where none is offered", options: pypitest.Options{NoMetadata: true}, file: -1, meta: 0},
		{name: "parts of the wheel, where the promised file is missing", file: -1, meta: 1, prepare: func(w *world, f *pypitest.File) {
			w.index.Fail(f.Path+".metadata", pypitest.Fault{Status: 404})
		}},
		{name: "parts of the wheel, where an error page comes and no hash is told", file: -1, meta: 1, prepare: func(w *world, f *pypitest.File) {
			w.request(f).File.Metadata.Hashes = nil
			w.index.Fail(f.Path+".metadata", pypitest.HTMLError)
		}},
		{name: "parts of the wheel, where another project's comes and no hash is told", file: -1, meta: 1, prepare: func(w *world, f *pypitest.File) {
			w.request(f).File.Metadata.Hashes = nil
			w.index.Update(func() { f.Metadata = []byte("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n") })
		}},
		{name: "upstream's metadata file without a hash", file: 0, meta: 1, prepare: func(w *world, f *pypitest.File) {
			w.request(f).File.Metadata.Hashes = nil
		}},
		{name: "the fetched wheel, where there are no ranges", options: pypitest.Options{NoMetadata: true, NoRanges: true}, file: -1, meta: 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, build{index: c.options})
			d := big() // a small one comes whole with its last bytes
			d.Requires = []string{"other>=1"}
			f := w.index.Add(d)
			if c.prepare != nil {
				c.prepare(w, f)
			}
			r := w.request(f)
			w.mustRead(r, d.Metadata())
			if c.file >= 0 {
				w.fetched(f.Path, c.file)
			} else if w.index.Count(f.Path) == 0 {
				t.Error("the wheel was not asked for")
			}
			w.fetched(f.Path+".metadata", c.meta)

			w.index.SetOffline(true)
			w.mustRead(r, d.Metadata())
		})
	}
}

func TestMetadataThatIsNotTheAnnouncedOne(t *testing.T) {
	t.Run("upstream sends other bytes", func(t *testing.T) {
		w := newWorld(t, build{})
		d := pypitest.Wheel("demo", "1.0")
		f := w.index.Add(d)
		w.index.Fail(f.Path+".metadata", pypitest.Fault{Corrupt: true, Times: 1})
		r := w.request(f)
		w.refusedMetadata(r, codeMismatch)
		w.mustRead(r, d.Metadata()) // nothing of it was kept
	})
	t.Run("what is stored is not what this page announces", func(t *testing.T) {
		w := newWorld(t, build{})
		d := pypitest.Wheel("demo", "1.0")
		f := w.index.Add(d)
		if err := w.Store.PutMetadata(f.SHA256, []byte("Name: other")); err != nil {
			t.Fatal(err)
		}
		w.mustRead(w.request(f), d.Metadata())
	})
	t.Run("the wheel holds another one", func(t *testing.T) {
		w := newWorld(t, build{})
		f := w.index.Add(pypitest.Wheel("demo", "1.0"))
		r := w.request(f)
		r.File.Metadata.Hashes = map[string]string{"sha256": strings.Repeat("0", 64)}
		w.index.Fail(f.Path+".metadata", pypitest.Fault{Status: 404})
		w.refusedMetadata(r, codeMismatch)
		w.refusedMetadata(r, codeMismatch) // the stored wheel is not believed either
	})
}

func TestMetadataOfRefusedFiles(t *testing.T) {
	t.Run("before download", func(t *testing.T) {
		w := newWorld(t, build{policy: deny("demo")})
		f := w.index.Add(pypitest.Wheel("demo", "1.0"))
		w.refusedMetadata(w.request(f), policy.CodeDenied)
		w.fetched(f.Path+".metadata", 0)
		if e := w.told(); len(e) != 1 || e[0].Code != policy.CodeDenied {
			t.Errorf("events = %+v", e)
		}
	})
	t.Run("by the report", func(t *testing.T) {
		w := newWorld(t, build{})
		f := w.index.Add(pypitest.Wheel("demo", "1.0", "demo/__init__.py", "EVIL = 1\n"))
		w.mustBlock(w.request(f), policy.CodeMalicious)
		w.refusedMetadata(w.request(f), policy.CodeMalicious)
	})
	t.Run("by the report that was made to get it", func(t *testing.T) {
		w := newWorld(t, build{index: pypitest.Options{NoMetadata: true, NoRanges: true}})
		d := big() // a small one comes whole with its last bytes
		d.Members = append(d.Members, pypitest.Member{Path: "demo/evil.py", Data: []byte("EVIL = 1\n")})
		w.refusedMetadata(w.request(w.index.Add(d)), policy.CodeMalicious)
	})
	t.Run("without metadata", func(t *testing.T) {
		w := newWorld(t, build{index: pypitest.Options{NoMetadata: true}, policy: func(c *policy.Config) { c.Mode = policy.Audit }})
		d := pypitest.Wheel("demo", "1.0")
		d.Omit = []string{"{dist-info}/METADATA"}
		f := w.index.Add(d)
		w.refusedMetadata(w.request(f), codeNoMetadata)
	})
}

func TestMetadataErrors(t *testing.T) {
	timeout := func(err error) bool { _, ok := errors.AsType[*upstream.TimeoutError](err); return ok }
	impatient := func(o *upstream.Options) { o.HeaderTimeout, o.IdleTimeout = 50*time.Millisecond, 50*time.Millisecond }
	t.Run("not a wheel", func(t *testing.T) {
		w := newWorld(t, build{})
		f := w.index.Add(pypitest.Sdist("demo", "1.0"))
		if _, _, err := w.Metadata(t.Context(), w.request(f)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error = %v", err)
		}
	})
	t.Run("metadata file hangs", func(t *testing.T) {
		w := newWorld(t, build{upstream: impatient})
		f := w.index.Add(pypitest.Wheel("demo", "1.0"))
		w.index.Fail(f.Path+".metadata", pypitest.Fault{Hang: true})
		_, _, err := w.Metadata(t.Context(), w.request(f))
		if e, ok := errors.AsType[*FetchError](err); !ok || !timeout(err) {
			t.Errorf("error = %v (%T)", e, err)
		}
	})
	t.Run("wheel hangs", func(t *testing.T) {
		w := newWorld(t, build{upstream: impatient, index: pypitest.Options{NoMetadata: true}})
		f := w.index.Add(pypitest.Wheel("demo", "1.0"))
		w.index.Fail(f.Path, pypitest.Fault{Hang: true})
		if _, _, err := w.Metadata(t.Context(), w.request(f)); !timeout(err) {
			t.Errorf("error = %v (%T)", err, err)
		}
	})
	t.Run("wheel hangs after its length was told", func(t *testing.T) {
		w := newWorld(t, build{upstream: impatient, index: pypitest.Options{NoMetadata: true}})
		f := w.index.Add(big())
		w.index.Fail(f.Path, pypitest.Fault{Hang: true, After: 1})
		if _, _, err := w.Metadata(t.Context(), w.request(f)); !timeout(err) {
			t.Errorf("error = %v (%T)", err, err)
		}
	})
	t.Run("wheel cannot be fetched", func(t *testing.T) {
		w := newWorld(t, build{index: pypitest.Options{NoMetadata: true, NoRanges: true}})
		f := w.index.Add(big())
		w.index.Fail(f.Path, pypitest.Fault{Truncate: 100})
		if _, _, err := w.Metadata(t.Context(), w.request(f)); err == nil {
			t.Error("no error")
		}
	})
	t.Run("caller gives up", func(t *testing.T) {
		w := newWorld(t, build{})
		d := pypitest.Wheel("demo", "1.0")
		f := w.index.Add(d)
		open := make(chan struct{})
		w.index.Fail(f.Path+".metadata", pypitest.Fault{Wait: open})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := w.Metadata(ctx, w.request(f)); !errors.Is(err, context.Canceled) {
			t.Errorf("error = %v", err)
		}
		close(open)
		w.mustRead(w.request(f), d.Metadata())
		w.fetched(f.Path+".metadata", 1)
	})
}

func TestMetadataIsReadOnceForAll(t *testing.T) {
	w := newWorld(t, build{})
	d := pypitest.Wheel("demo", "1.0")
	f := w.index.Add(d)
	r := w.request(f)
	open := make(chan struct{})
	w.index.Fail(f.Path+".metadata", pypitest.Fault{Wait: open})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { w.mustRead(r, d.Metadata()) })
	}
	eventually(t, func() bool {
		w.lookups.mu.Lock()
		defer w.lookups.mu.Unlock()
		fl := w.lookups.running[jobKey(&r)]
		return fl != nil && fl.holds == 9
	})
	close(open)
	wg.Wait()
	w.fetched(f.Path+".metadata", 1)
}

// A wheel of which the page tells no SHA-256 has its metadata kept under what the page tells.
func TestMetadataWithoutFileHash(t *testing.T) {
	w := newWorld(t, build{index: pypitest.Options{NoHashes: true}, policy: allowUnhashed})
	d := pypitest.Wheel("demo", "1.0")
	r := w.request(w.index.Add(d))
	w.mustRead(r, d.Metadata())
	if b, err := w.Store.Metadata(metadataKey(&r, "")); err != nil || !bytes.Equal(b, d.Metadata()) {
		t.Errorf("kept metadata = %q, %v", b, err)
	}
	if _, err := w.Store.Prune(t.Context(), cache.PruneOptions{}); err != nil {
		t.Fatal(err)
	}
}
