package certs

import "strings"

// systemStores are the roots of the user, for which Windows itself asks, and those of all users.
func systemStores(t Target) []Store {
	user := Store{Name: "windows", About: "the programs of this user that ask Windows", Here: true,
		trust:   [][]string{{"certutil", "-user", "-addstore", "Root", t.Cert}},
		untrust: [][]string{{"certutil", "-user", "-delstore", "Root", t.ID}}}
	user.Trust = []string{quoteCommand(false, user.trust[0]...)}
	user.Untrust = []string{quoteCommand(false, user.untrust[0]...)}
	all := Store{Name: "windows-machine", About: "the programs of all users that ask Windows; as administrator", Here: true}
	all.Trust = []string{quoteCommand(false, "certutil", "-addstore", "Root", t.Cert)}
	all.Untrust = []string{quoteCommand(false, "certutil", "-delstore", "Root", t.ID)}
	return []Store{user, all}
}

// quoteShell quotes a word for cmd.exe and PowerShell where that is needed.
func quoteShell(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t&()^;!'`+,=@{}[]~") {
		return s
	}
	return `"` + s + `"`
}

func set(name, value string) string { return "setx " + name + " " + quoteShell(value) }
func unset(name string) string      { return `reg delete HKCU\Environment /v ` + name + ` /f` }
