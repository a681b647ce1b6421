package cache

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// OwnerInfo says which process holds a store and how to reach it.
type OwnerInfo struct {
	PID   int    `json:"pid"`             // 0 = this process
	URL   string `json:"url,omitempty"`   // where it serves; "" = it does not
	Token string `json:"token,omitempty"` // for its own user; the file that holds it has mode 0600
}

// The lock is the system's, on a file of its own: it ends with the process, so a
// stale owner file never keeps anybody out.
const (
	lockFile  = "lock"
	ownerFile = "owner.json"

	lockTries = 20                    // a reader of the owner file holds the lock for a moment
	lockPause = 10 * time.Millisecond // between two tries
)

// takeLock takes the lock of dir, or returns a *LockedError.
func takeLock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, &FolderError{Dir: dir, Problem: "cannot write into it", Err: err}
	}
	for range lockTries {
		ok, err := tryLock(f)
		if err != nil {
			f.Close()
			return nil, &FolderError{Dir: dir, Problem: "cannot lock it", Err: err}
		}
		if ok {
			return f, nil
		}
		time.Sleep(lockPause)
	}
	f.Close()
	e := &LockedError{Dir: dir}
	e.Owner, _ = loadOwner(dir) // an owner that has not said who it is, is still one
	return nil, e
}

// SetOwner tells other processes who holds the store. A PID of 0 is this process.
func (s *Store) SetOwner(o OwnerInfo) error {
	if o.PID == 0 {
		o.PID = os.Getpid()
	}
	b, err := json.Marshal(o)
	if err == nil {
		err = writeWhole(filepath.Join(s.dir, ownerFile), b)
	}
	if err != nil {
		return s.ioError("write owner of store", err)
	}
	return nil
}

// ReadOwner says which live process holds the store at dir; fs.ErrNotExist when
// none does.
func ReadOwner(dir string) (OwnerInfo, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR, 0)
	if err != nil {
		return OwnerInfo{}, fmt.Errorf("read owner of store: %w", err)
	}
	defer f.Close()
	free, err := tryLock(f)
	if err != nil {
		return OwnerInfo{}, fmt.Errorf("read owner of store: %w", err)
	}
	if free {
		return OwnerInfo{}, fmt.Errorf("owner of store %q: %w", dir, fs.ErrNotExist)
	}
	return loadOwner(dir)
}

func loadOwner(dir string) (o OwnerInfo, err error) {
	b, err := os.ReadFile(filepath.Join(dir, ownerFile))
	if err == nil {
		err = json.Unmarshal(b, &o)
	}
	if err != nil {
		return OwnerInfo{}, fmt.Errorf("read owner of store: %w", err)
	}
	return o, nil
}
