package cache

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

var errNoSpace error = windows.ERROR_DISK_FULL

// isFull reports whether err says that the disk or the quota is full.
func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) ||
		errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

// diskSpace returns the bytes free to this user and the size of dir's file system.
func diskSpace(dir string) (free, total int64, err error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, 0, err
	}
	var f, t uint64
	if err := windows.GetDiskFreeSpaceEx(name, &f, &t, nil); err != nil {
		return 0, 0, err
	}
	return int64(f), int64(t), nil
}

// syncDir does nothing: the file system journals renames by itself.
func syncDir(string) error { return nil }

// tryLock takes the lock on f; false when another process holds it.
func tryLock(f *os.File) (bool, error) {
	err := windows.LockFileEx(windows.Handle(f.Fd()),
		windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return false, nil
	}
	return err == nil, err
}

// usedBytes is what a file takes on disk, counting holes.
func usedBytes(info fs.FileInfo) int64 { return info.Size() }
