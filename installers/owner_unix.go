//go:build unix

package installers

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// sameOwner gives f the owner of another file, so that "sudo pipwarden setup" takes nobody's file away. A file that is
// not there gives nothing.
func sameOwner(f *os.File, like string) error {
	st, err := os.Stat(like)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok || int(sys.Uid) == os.Geteuid() && int(sys.Gid) == os.Getegid() {
		return nil
	}
	return f.Chown(int(sys.Uid), int(sys.Gid))
}
