package cache

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// What lies in a store's folder beside the lock and the owner.
const (
	filesDir   = "files"   // files/ab/abcd...: whole, verified files by SHA-256
	partialDir = "partial" // bytes of broken transfers, each with a .json beside it
	tempDir    = "tmp"     // files being written that nobody will resume; emptied at every start
	dbDir      = "db"      // the database
	stateFile  = "state.json"
	tagFile    = "CACHEDIR.TAG"
)

// tagText tells backup programs to pass by, in the form of the Cache Directory
// Tagging Specification; for us it says that the folder is a store.
const tagText = "Signature: 8a477f597d28d172789f06886806bc55\n# The store of pipwarden. It is filled again from the index when it is removed.\n"

// state is what the store knows of its last run.
type state struct {
	Clean   bool      `json:"clean"`   // closed in order
	At      time.Time `json:"at"`      // all files older than this were on disk
	Opening int       `json:"opening"` // attempts to open the database that did not come back
	Damaged bool      `json:"damaged"` // the database gave errors: start a new one
}

func (s *Store) writeState(st state) error {
	b, err := json.Marshal(st)
	if err == nil {
		err = writeWhole(filepath.Join(s.dir, stateFile), b)
	}
	if err != nil {
		return s.ioError("write state of store", err)
	}
	return nil
}

// readState returns the state of the last run. One that is absent or cannot be
// read means that nothing is known.
func readState(dir string) (st state) {
	b, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil || json.Unmarshal(b, &st) != nil {
		return state{}
	}
	return st
}

// prepareFolder makes dir a folder that only this user reads and writes. It
// refuses a folder that holds other things, because the store removes what it
// does not know, and one that is another user's, who could place files in it.
func prepareFolder(dir string) error {
	if dir == "" {
		return &FolderError{Problem: "no folder given"}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return &FolderError{Dir: dir, Problem: "cannot make it", Err: err}
	}
	names, err := os.ReadDir(dir)
	if err != nil {
		return &FolderError{Dir: dir, Problem: "cannot read it", Err: err}
	}
	ours := len(names) == 0
	for _, n := range names {
		ours = ours || n.Name() == tagFile || n.Name() == lockFile || len(names) == 1 && n.Name() == "lost+found"
	}
	if !ours {
		return &FolderError{Dir: dir, Problem: "it holds other things; choose an empty folder"}
	}
	st, err := os.Stat(dir)
	if err == nil {
		if problem := ownerProblem(st); problem != "" {
			return &FolderError{Dir: dir, Problem: problem}
		}
	}
	if err == nil && st.Mode().Perm()&0o077 != 0 {
		err = os.Chmod(dir, 0o700)
	}
	if err != nil {
		return &FolderError{Dir: dir, Problem: "cannot keep others out of it", Err: err}
	}
	return nil
}

// fillFolder makes what a store consists of. The lock is held.
func fillFolder(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, tagFile)); err != nil {
		if err := writeWhole(filepath.Join(dir, tagFile), []byte(tagText)); err != nil {
			return folderError(dir, "cannot write into it", err)
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, tempDir)); err != nil {
		return folderError(dir, "cannot clear temporary files", err)
	}
	for _, d := range []string{filesDir, partialDir, tempDir, dbDir} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return folderError(dir, "cannot make a folder in it", err)
		}
	}
	stray, _ := filepath.Glob(filepath.Join(dir, ".new-*")) // of writeWhole, cut short
	for _, name := range stray {
		os.Remove(name)
	}
	return room(dir, 0)
}

func folderError(dir, problem string, err error) error {
	if isFull(err) {
		return &FullError{Dir: dir, Err: err}
	}
	return &FolderError{Dir: dir, Problem: problem, Err: err}
}
