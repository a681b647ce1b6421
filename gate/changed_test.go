package gate

import (
	"strings"
	"testing"

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
	if d := w.Screen(after); d.Action != policy.Block || d.Reason().Code != codeChanged {
		t.Errorf("page shows %+v", d)
	}
	w.mustBlock(after, codeChanged)
	w.fetched(file.Path, 0)
	a, err := w.Admit(t.Context(), after)
	if err != nil {
		t.Fatal(err)
	}
	why := a.Decision.Reason().Text
	if !strings.Contains(why, before.File.Hashes["sha256"][:16]) || !strings.Contains(why, after.File.Hashes["sha256"][:16]) {
		t.Errorf("reason = %q, want both hashes", why)
	}
}
