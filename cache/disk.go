package cache

import (
	"os"
	"path/filepath"
)

// writeWhole writes b to path so that after a crash path holds either what it
// held before or all of b.
func writeWhole(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // made with mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	return syncDir(filepath.Dir(path))
}

// reserve is what stays free on a file system of that size.
func reserve(total int64) int64 { return min(diskReserve, total/reservePart) }

// room returns a *FullError when need bytes more would leave less than the
// reserve. Where the system does not say how much is free there is room.
func room(dir string, need int64) error {
	free, total, err := diskSpace(dir)
	if err != nil || free-need >= reserve(total) {
		return nil
	}
	return &FullError{Dir: dir, Err: errNoSpace}
}
