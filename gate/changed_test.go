package gate

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"pipwarden/internal/pypitest"
	"pipwarden/policy"
)

// replaced is a project whose file was served and then replaced on the index.
func replaced(t *testing.T, b build) (w *world, before, after Request, file *pypitest.File) {
	t.Helper()
	w = newWorld(t, b)
	old := w.index.Add(pypitest.Wheel("demo", "1.0"))
	before = w.request(old)
	w.mustAdmit(before, old)
	file = w.index.Add(pypitest.Wheel("demo", "1.0", "demo/__init__.py", "another = 1\n"))
	after = w.on(w.page("demo", true), file.Filename)
	return w, before, after, file
}

func TestFileThatWasReplacedIsRefused(t *testing.T) {
	w, before, after, file := replaced(t, build{})
	if d := w.Screen(after); d.Action != policy.Block || d.Reason().Code != policy.CodeChanged {
		t.Errorf("page shows %+v", d)
	}
	w.mustBlock(after, policy.CodeChanged)
	w.fetched(file.Path, 0)

	// The old page still shows what was served.
	if d := w.Screen(before); d.Action != policy.Allow {
		t.Errorf("the file that was served is %v: %v", d.Action, d.Reasons)
	}

	// A person who looked at it says so by its hash; from then on the name stands for the new bytes.
	w.setPolicy(accept(after))
	generation := w.Generation("demo")
	w.mustServe(after, file)
	if w.Generation("demo") == generation {
		t.Error("pages would still show the old file")
	}
	w.setPolicy(nil)
	w.mustAdmit(after, file)
	w.mustBlock(before, policy.CodeChanged)
}

// accept is a policy with a rule that names the hash of a file.
func accept(r Request) func(*policy.Config) {
	return func(c *policy.Config) {
		c.Rules = []policy.Rule{{Name: "looked at", SHA256: []string{r.File.Hashes["sha256"]}, Action: policy.Allow}}
	}
}

// mustServe admits a file that is let through, with reasons or without.
func (w *world) mustServe(r Request, f *pypitest.File) {
	w.t.Helper()
	got, err := w.admit(r)
	if err != nil || got.Action == policy.Block || !bytes.Equal(got.Body, f.Data) {
		w.t.Fatalf("admission = %v %q, %v", got.Action, got.Code, err)
	}
}

// What was refused was never served: the index may repair it.
func TestFileThatWasNeverServedMayBeReplaced(t *testing.T) {
	w := newWorld(t, build{})
	evil := w.index.Add(pypitest.Wheel("demo", "1.0", "demo/__init__.py", "EVIL = 1\n"))
	w.mustBlock(w.request(evil), policy.CodeMalicious)
	good := w.index.Add(pypitest.Wheel("demo", "1.0"))
	w.mustAdmit(w.on(w.page("demo", true), good.Filename), good)
}

// What was served of an index that had the same name says nothing of the one that has it now, and neither does when its
// files were seen.
func TestAnotherIndexOfTheSameName(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	b := build{store: dir, index: pypitest.Options{NoTimes: true}}
	before := newWorld(t, b)
	f := before.index.Add(pypitest.Wheel("demo", "1.0"))
	before.mustServe(before.request(f), f)
	if err := before.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	before.closeStore()

	w := newWorld(t, b)
	w.at(before.Now().Add(time.Minute))
	replaced := w.index.Add(pypitest.Wheel("demo", "1.0", "demo/__init__.py", "another = 1\n"))
	other := w.index.Add(pypitest.Wheel("demo", "2.0"))
	w.mustServe(w.request(replaced), replaced)
	w.mustServe(w.request(other), other) // it is not new here: nobody has looked before
}

// A page without hashes cannot announce the change: it shows when the file is fetched again.
func TestFileWithoutHashThatWasReplaced(t *testing.T) {
	w := newWorld(t, build{index: pypitest.Options{NoHashes: true}, policy: allowUnhashed})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	w.mustAdmit(r, f)
	w.evict()
	other, err := pypitest.Wheel("demo", "1.0", "demo/__init__.py", "another = 1\n").Bytes()
	if err != nil {
		t.Fatal(err)
	}
	w.index.Update(func() { f.Data = other })
	r.File.Size = 0
	w.mustBlock(r, policy.CodeChanged)
	w.mustBlock(r, policy.CodeChanged)
}
