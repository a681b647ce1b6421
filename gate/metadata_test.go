package gate

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/url"
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
		f := w.index.Add(pypitest.Wheel("demo", "1.0"))
		r := w.request(f)
		if err := w.Store.PutMetadata(wheelKey(f.SHA256), []byte("Name: other")); err != nil {
			t.Fatal(err)
		}
		w.refusedMetadata(r, codeMismatch)
		w.fetched(f.Path+".metadata", 0)
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

// planted is metadata of a wheel that its author did not write.
func planted(name, version string) []byte {
	return []byte("Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\nRequires-Dist: planted\n")
}

// besides is a world with a second index, named other.
func besides(t *testing.T) (w *world, other *pypitest.Index) {
	t.Helper()
	other = pypitest.NewIndex(t, pypitest.Options{})
	u, err := url.Parse(other.URL)
	if err != nil {
		t.Fatal(err)
	}
	return newWorld(t, build{upstream: func(o *upstream.Options) {
		o.Indexes = append(o.Indexes, upstream.Index{Name: "other", URL: u})
	}}), other
}

// elsewhere asks for a file as the second index lists it.
func (w *world) elsewhere(f *pypitest.File) Request {
	w.t.Helper()
	first := w.up
	defer func() { w.up = first }()
	w.up = w.Upstream.Indexes()[1]
	return w.on(w.page("demo", true), f.Filename)
}

// An index that lists a wheel with the hash of another index's wheel does not write the dependencies of that.
func TestMetadataOfAnotherIndex(t *testing.T) {
	w, other := besides(t)
	d := pypitest.Wheel("demo", "1.0")
	f := w.index.Add(d)
	lie := planted("demo", "1.0")
	other.AddFile("demo", &pypitest.File{Filename: f.Filename, Data: f.Data, Metadata: lie})
	good, evil := w.request(f), w.elsewhere(f)
	good.File.Metadata.Hashes = nil // nothing but the key keeps them apart
	w.mustRead(evil, lie)
	w.mustRead(good, d.Metadata())

	// The wheel itself is believed before any index, and also when it is gone again.
	w.mustAdmit(good, f)
	w.mustRead(good, d.Metadata())
	w.refusedMetadata(evil, codeMismatch)
	w.evict()
	w.refusedMetadata(evil, codeMismatch)
	evil.File.Metadata.Hashes = nil
	w.mustRead(evil, d.Metadata())
}

// What an index said of a wheel counts no longer when the wheel was fetched.
func TestMetadataOfTheStoredWheelWins(t *testing.T) {
	for _, hashed := range []bool{true, false} {
		w := newWorld(t, build{})
		d := pypitest.Wheel("demo", "1.0")
		f := w.index.Add(d)
		lie := planted("demo", "1.0")
		w.index.Update(func() { f.Metadata, f.MetadataSHA256 = lie, sum(lie) })
		r := w.request(f)
		if !hashed {
			r.File.Metadata.Hashes = nil
		}
		w.mustRead(r, lie)
		w.mustAdmit(r, f)
		if hashed {
			w.refusedMetadata(r, codeMismatch)
		} else {
			w.mustRead(r, d.Metadata())
		}
	}
}

// A hash that the index announces proves nothing about metadata that is another release's.
func TestMetadataThatIsNotOfTheRelease(t *testing.T) {
	for name, lie := range map[string][]byte{
		"another project": planted("other", "1.0"),
		"another version": planted("demo", "2.0"),
		"no version":      planted("demo", "one"),
		"no name":         planted("-", "1.0"),
		"no metadata":     []byte("<html>"),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, build{})
			d := pypitest.Wheel("demo", "1.0")
			f := w.index.Add(d)
			w.index.Update(func() { f.Metadata, f.MetadataSHA256 = lie, sum(lie) })
			r := w.request(f)
			w.refusedMetadata(r, codeMismatch)
			r.File.Metadata.Hashes = nil
			w.mustRead(r, d.Metadata())
		})
	}
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
		w.refusedMetadata(w.request(f), codeNoMetadata) // by the stored wheel
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
		fl := w.lookups.running[metadataKey(&r)]
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
	if b, err := w.Store.Metadata(metadataKey(&r)); err != nil || !bytes.Equal(b, d.Metadata()) {
		t.Errorf("kept metadata = %q, %v", b, err)
	}
	if _, err := w.Store.Prune(t.Context(), cache.PruneOptions{}); err != nil {
		t.Fatal(err)
	}
}
