package certs

import (
	"os"
	"path/filepath"
)

// systemStores are the user's login keychain, which asks its owner, and the keychain of all users.
func systemStores(t Target) []Store {
	home, err := os.UserHomeDir()
	login := filepath.Join(home, "Library", "Keychains", "login.keychain-db")
	user := Store{Name: "macos", About: "the programs of this user that ask macOS", Here: err == nil,
		trust:   [][]string{{"security", "add-trusted-cert", "-r", "trustRoot", "-p", "ssl", "-k", login, t.Cert}},
		untrust: [][]string{{"security", "remove-trusted-cert", t.Cert}, {"security", "delete-certificate", "-Z", t.ID, login}}}
	const system = "/Library/Keychains/System.keychain"
	all := Store{Name: "macos-system", About: "the programs of all users that ask macOS", Here: true, root: true,
		trust:   [][]string{{"security", "add-trusted-cert", "-d", "-r", "trustRoot", "-p", "ssl", "-k", system, t.Cert}},
		untrust: [][]string{{"security", "remove-trusted-cert", "-d", t.Cert}, {"security", "delete-certificate", "-Z", t.ID, system}}}
	stores := []Store{user, all}
	for i := range stores {
		s := &stores[i]
		for _, c := range s.trust {
			s.Trust = append(s.Trust, quoteCommand(s.root, c...))
		}
		for _, c := range s.untrust {
			s.Untrust = append(s.Untrust, quoteCommand(s.root, c...))
		}
	}
	return stores
}
