package certs

import (
	"os"
	"os/exec"
	"path/filepath"
)

// A linuxStore is how a family of distributions keeps the roots of all users: a folder for more of them, and a command that
// makes the files of it that programs read.
type linuxStore struct {
	name, about, folder, command string
	args                         []string
}

var linuxStores = []linuxStore{
	{"debian", "all users of Debian, Ubuntu, Alpine", "/usr/local/share/ca-certificates", "update-ca-certificates", nil},
	{"redhat", "all users of Red Hat, Fedora, Amazon Linux", "/etc/pki/ca-trust/source/anchors", "update-ca-trust", []string{"extract"}},
	{"arch", "all users of Arch", "/etc/ca-certificates/trust-source/anchors", "update-ca-trust", []string{"extract"}},
	{"suse", "all users of SUSE", "/usr/share/pki/trust/anchors", "update-ca-certificates", nil},
}

// anchorName is the file in such a folder; Debian takes no other extension.
const anchorName = "pipwarden.crt"

func systemStores(t Target) []Store {
	var stores []Store
	for _, l := range linuxStores {
		_, err := exec.LookPath(l.command)
		anchor := filepath.Join(l.folder, anchorName)
		add := [][]string{{"install", "-m", "644", t.Cert, anchor}, append([]string{l.command}, l.args...)}
		remove := [][]string{{"rm", "-f", anchor}, append([]string{l.command}, l.args...)}
		s := Store{Name: l.name, About: l.about, Here: err == nil && isFolder(l.folder), trust: add, untrust: remove, root: true}
		s.Trust = []string{quoteCommand(true, add[0]...), quoteCommand(true, add[1]...)}
		s.Untrust = []string{quoteCommand(true, remove[0]...), quoteCommand(true, remove[1]...)}
		stores = append(stores, s)
	}
	return stores
}

func isFolder(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}
