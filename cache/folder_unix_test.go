//go:build unix

package cache

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// another is a user that is not the one of the tests.
const another = 65534

func TestOpenRefusesFoldersOfOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root gives folders away")
	}
	dir := t.TempDir()
	theirs, link := filepath.Join(dir, "theirs"), filepath.Join(dir, "link")
	err := errors.Join(os.Mkdir(theirs, 0o755), os.Chown(theirs, another, another), os.Symlink(theirs, link))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{theirs, link} {
		_, err := Open(t.Context(), Options{Dir: name})
		var fe *FolderError
		if !errors.As(err, &fe) || !strings.Contains(fe.Problem, "choose a folder") {
			t.Errorf("Open(%q) = %v; want a *FolderError with the way out", name, err)
		}
	}
	st, err := os.Stat(theirs)
	if err != nil || st.Mode().Perm() != 0o755 {
		t.Errorf("mode of the folder = %v, %v; it was not ours to change", st.Mode(), err)
	}
}

// A link to a folder of one's own is fine, whoever asks.
func TestOpenFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "mine"), 0o700), os.Symlink("mine", link)); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Options{Dir: link})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// What no system says of a folder's owner is not taken for oneself.
func TestOwnerThatIsNotKnown(t *testing.T) {
	if got := ownerProblem(anonymous{}); !strings.Contains(got, "somebody") {
		t.Errorf("problem %q", got)
	}
}

// anonymous is a folder of which only the name is known.
type anonymous struct{}

func (anonymous) Name() string       { return "x" }
func (anonymous) Size() int64        { return 0 }
func (anonymous) Mode() os.FileMode  { return os.ModeDir }
func (anonymous) ModTime() time.Time { return time.Time{} }
func (anonymous) IsDir() bool        { return true }
func (anonymous) Sys() any           { return nil }
