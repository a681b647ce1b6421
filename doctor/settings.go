package doctor

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"pipwarden/installers"
)

// client looks at the settings of one client, if it is here.
func (x *Examiner) client(name string) {
	list, errs := x.Computer.Sources(name)
	if name != installers.Pip && !x.Installed(name) && len(list) == 0 {
		return
	}
	for _, err := range errs {
		where := ""
		if at := (*installers.FileError)(nil); errors.As(err, &at) {
			where, err = at.File, at.Err
		}
		x.add(Finding{Broken, "settings", where, fmt.Sprintf("%s: %v", name, err), "put the file right: " + name + " stumbles over it, or passes it over"})
	}
	main := slices.IndexFunc(list, func(s installers.Source) bool { return s.Kind == installers.Index })
	switch {
	case x.Through():
		x.add(Finding{Level: Fine, Check: "index", Where: name, Problem: name + " reaches every index through the guard, which is its proxy"})
	case main < 0:
		if x.Installed(name) {
			x.add(Finding{Bypass, "index", name, name + " asks its built-in index", setupFix(name)})
		}
	case x.isGuard(list[main].Value):
		x.add(Finding{Level: Fine, Check: "index", Where: list[main].At(), Problem: name + " asks the guard"})
	default:
		x.add(Finding{Bypass, "index", list[main].At(), fmt.Sprintf("%s asks %s and not the guard", name, list[main].Value), replaceFix(list[main])})
	}
	for _, s := range list {
		x.source(s)
	}
}

// setupFix is how a client is set up.
func setupFix(client string) string {
	switch client {
	case installers.Poetry:
		return "pipwarden setup --project --client poetry"
	}
	return "pipwarden setup --client " + client
}

func replaceFix(s installers.Source) string {
	if s.Line == 0 {
		return "unset " + s.Where
	}
	return setupFix(s.Client) + "; or change that line"
}

// takeOut is how a setting is got rid of.
func takeOut(s installers.Source) string {
	if s.Line == 0 {
		return "unset " + s.Where
	}
	return "take that line out"
}

// source looks at a setting other than the index that is asked first.
func (x *Examiner) source(s installers.Source) {
	through := x.Through()
	f := Finding{Check: "source", Where: s.At(), Fix: takeOut(s)}
	switch s.Kind {
	case installers.Extra:
		if x.isGuard(s.Value) || through {
			return
		}
		f.Level = Bypass
		f.Problem = fmt.Sprintf("%s takes files from %s too, past the guard", s.Client, s.Value)
		f.Fix += ", and add the index under [upstream] of the guard's configuration"
	case installers.Links:
		if through && isAddress(s.Value) {
			return
		}
		f.Level = Bypass
		f.Problem = fmt.Sprintf("%s takes whatever lies at %s, which no index lists", s.Client, s.Value)
	case installers.Off:
		f.Level = Notice
		f.Problem = fmt.Sprintf("%s = %s: %s", s.Key, s.Value, offText(s.Key))
		if s.Key == "no-index" || s.Key == "offline" {
			f.Level = Broken
		}
	case installers.Trust:
		f.Level = Notice
		f.Problem = fmt.Sprintf("%s does not verify the certificate of %s", s.Client, s.Value)
		if host, _, _ := strings.Cut(s.Value, ":"); strings.EqualFold(host, x.Guard.Hostname()) {
			f.Problem += ", the guard, and keeps its pages in a cache"
		}
	default:
		return
	}
	x.add(f)
}

func offText(key string) string {
	switch key {
	case "no-index", "offline":
		return "no index is asked at all"
	case "isolated", "no-config", "config-file":
		return "files of settings are passed over"
	}
	return "settings are passed over"
}

func isAddress(s string) bool { return strings.Contains(s, "://") && !strings.HasPrefix(s, "file:") }

// isGuard tells whether an address is the guard's, under any name of loopback.
func (x *Examiner) isGuard(address string) bool {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || u.Scheme != x.Guard.Scheme || u.Port() != x.Guard.Port() {
		return false
	}
	return strings.EqualFold(u.Hostname(), x.Guard.Hostname()) || local(u) && local(x.Guard)
}

func local(u *url.URL) bool {
	return slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, strings.ToLower(u.Hostname()))
}

// requirements looks at the requirements of the project in this folder.
func (x *Examiner) requirements() {
	if x.Requirements == nil || x.Through() {
		return
	}
	for _, file := range x.projectFiles("requirements*.txt", "requirements*.in", "constraints*.txt", "requirements/*.txt", "requirements/*.in") {
		for _, what := range x.Requirements(file) {
			x.add(Finding{Bypass, "requirements", "", what, "name a release of an index instead, or run behind the guard's proxy"})
		}
	}
	for _, s := range x.Computer.DirectDependencies() {
		x.add(Finding{Bypass, "requirements", s.At(), fmt.Sprintf("%s is fetched from %s, past the guard", s.Key, s.Value),
			"name a release of an index instead, or run behind the guard's proxy"})
	}
}

// notThere tells a file that is missing from one that cannot be read.
func notThere(err error) bool { return errors.Is(err, os.ErrNotExist) }
