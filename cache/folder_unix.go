//go:build unix

package cache

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// ownerProblem says why a folder, after links, is not this user's; "" = it is.
// Its owner may change what lies in it, whatever its mode.
func ownerProblem(st fs.FileInfo) string {
	sys, ok := st.Sys().(*syscall.Stat_t)
	if ok && int(sys.Uid) == os.Geteuid() {
		return ""
	}
	who := "somebody"
	if ok {
		who = fmt.Sprintf("user %d", sys.Uid)
	}
	return fmt.Sprintf("it belongs to %s, who could change what is served, and this is user %d; choose a folder of your own", who, os.Geteuid())
}
