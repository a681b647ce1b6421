//go:build unix && !linux && !darwin

package certs

import "os/exec"

// systemStores is that of FreeBSD and its relatives.
func systemStores(t Target) []Store {
	const anchor = "/usr/local/etc/ssl/certs/pipwarden.pem"
	add := [][]string{{"install", "-m", "644", t.Cert, anchor}, {"certctl", "rehash"}}
	remove := [][]string{{"rm", "-f", anchor}, {"certctl", "rehash"}}
	_, err := exec.LookPath("certctl")
	return []Store{{Name: "bsd", About: "all users of FreeBSD", Here: err == nil, root: true, trust: add, untrust: remove,
		Trust:   []string{quoteCommand(true, add[0]...), quoteCommand(true, add[1]...)},
		Untrust: []string{quoteCommand(true, remove[0]...), quoteCommand(true, remove[1]...)}}}
}
