package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pipwarden/config"
	"pipwarden/installers"
	"pipwarden/upstream"
)

// The ways in which "run" puts a command behind the guard.
const (
	viaIndex  = "index"  // the guard is the command's index, by the variables of the clients
	viaEgress = "egress" // the guard is the command's proxy, and the index stays what it was
)

// uvLocking are the subcommands of uv that read or write uv.lock, whose addresses are asked whatever index is set; uvPlain
// are those that do not.
var (
	uvLocking = []string{"sync", "lock", "add", "remove", "run", "export", "tree", "version", "audit"}
	uvPlain   = []string{"pip", "tool", "venv", "python", "cache", "self", "help", "init", "build", "publish"}
)

// chooseVia is the way for a command when none is named. Lock files of uv name the host of every file: through the
// index, they would come to name the guard, or would be installed past it. pdm's project can name further indexes that
// no variable outranks. poetry takes its index from the project alone.
func chooseVia(args []string) string {
	switch name, rest := clientOf(args); name {
	case "poetry", "pdm":
		return viaEgress
	case "uv":
		for _, a := range rest {
			if slices.Contains(uvLocking, a) {
				return viaEgress
			}
			if slices.Contains(uvPlain, a) {
				return viaIndex
			}
		}
	}
	return viaIndex
}

// clientOf is the client that a command line calls, by itself or as "python -m", and what follows it; "" for another
// program.
func clientOf(args []string) (name string, rest []string) {
	base := func(s string) string { return strings.TrimSuffix(strings.ToLower(filepath.Base(s)), ".exe") }
	if clientName.MatchString(filepath.Base(args[0])) {
		return base(args[0]), args[1:]
	}
	if i := slices.Index(args, "-m"); i >= 0 && i+1 < len(args) && clientName.MatchString(args[i+1]) {
		return base(args[i+1]), args[i+2:]
	}
	return "", nil
}

// settingsOf are the clients whose settings a client's program follows.
func settingsOf(name string) []string {
	switch {
	case name == "uvx":
		name = installers.UV
	case name == "piptools", name == "pip_tools", strings.HasPrefix(name, "pip-"), strings.TrimLeft(strings.TrimPrefix(name, "pip"), "0123456789.") == "":
		name = installers.Pip
	}
	list, _, _ := installers.Resolve([]string{name}) // another program follows none
	return list
}

// environment gives the command's variables, and what was left out of ours, for a person to know.
func (r *runner) environment(s *session) (vars, notes []string, err error) {
	dir := ""
	if !r.sharedCache {
		store, err := r.storeDir()
		if err != nil {
			return nil, nil, err
		}
		dir = filepath.Join(store, "clients")
	}
	if s.child == nil {
		vars, notes = clientEnv{Index: s.url + "/simple/", CacheDir: dir}.apply(os.Environ())
		return vars, notes, nil
	}
	if dir != "" {
		// Behind a proxy addresses are the original ones, and those of a session's own index mean nothing.
		s.child.CacheDir = filepath.Join(dir, viaEgress)
	}
	env, left := r.original(os.Environ(), s)
	vars, notes = s.child.apply(env)
	return vars, append(left, notes...), nil
}

// indexVariables are those that outrank what a client's files say of its index.
var indexVariables = map[string]string{installers.Pip: "PIP_INDEX_URL", installers.UV: "UV_DEFAULT_INDEX", installers.PDM: "PDM_PYPI_URL",
	installers.Pipenv: "PIPENV_PYPI_MIRROR"}

// original gives env with the index that the guard asks for each client whose settings name none, the guard itself, or in
// a variable one that is not guarded; what else variables name that is not guarded is left out. Lock files then name the
// original index.
func (r *runner) original(env []string, s *session) (out, left []string) {
	here, err := installers.This(env)
	if err != nil {
		return env, nil
	}
	out = slices.Clone(env)
	drop := func(name string) {
		out = slices.DeleteFunc(out, func(kv string) bool { return strings.HasPrefix(kv, name+"=") })
	}
	for _, client := range slices.Sorted(maps.Keys(indexVariables)) {
		list, _ := here.Sources(client) // a file that cannot be read is the client's to complain of
		main := slices.IndexFunc(list, func(src installers.Source) bool { return src.Kind == installers.Index })
		for i, src := range list {
			if i != main && src.Line == 0 && (src.Kind == installers.Index || src.Kind == installers.Extra) && !r.judged(s, src.Value) {
				drop(src.Where)
				left = append(left, src.Where)
			}
		}
		if main < 0 || r.ownIndex(list[main].Value) || list[main].Line == 0 && !r.judged(s, list[main].Value) {
			drop(indexVariables[client])
			// Without the slash, as lock files write it.
			out = append(out, indexVariables[client]+"="+strings.TrimSuffix(s.upstream, "/"))
		}
	}
	return out, left
}

// ownIndex tells whether an address is that of the guard that is configured.
func (r *runner) ownIndex(address string) bool {
	text, err := r.guardURL("")
	if err != nil {
		return false
	}
	guard, err := url.Parse(text)
	if err != nil {
		return false
	}
	u, err := url.Parse(address)
	return err == nil && u.Port() == guard.Port() && (u.Hostname() == guard.Hostname() || loopback(u.Hostname()) && loopback(guard.Hostname()))
}

// passing gives what a command would take past the proxy: addresses of hosts that it connects and does not judge, and
// folders. Hosts that it refuses are its own to tell of.
func (r *runner) passing(ctx context.Context, s *session) []string {
	through := func(address string) bool { return r.judged(s, address) }
	found := bypassingVia(r.args, os.Environ(), through)
	here, err := installers.This(os.Environ())
	if err != nil {
		return found
	}
	name, _ := clientOf(r.args)
	for _, client := range settingsOf(name) {
		list, _ := here.Sources(client)
		named := false
		for _, src := range list {
			named = named || src.Kind == installers.Index
			past := src.Kind == installers.Index || src.Kind == installers.Extra || src.Kind == installers.Links
			if past && src.Line > 0 && !through(src.Value) && !r.ownIndex(src.Value) {
				found = append(found, fmt.Sprintf("%s: %s takes files from %s, past the guard", src.At(), client, installers.Masked(src.Value)))
			}
		}
		if client == installers.Poetry && !named && !r.builtInGuarded(ctx, s) {
			found = append(found, "pyproject.toml names no source, and poetry's built-in index is not one that the guard asks")
		}
	}
	return found
}

// builtInGuarded tells whether the index that clients ask without any setting is guarded. pip says which one that is.
func (r *runner) builtInGuarded(ctx context.Context, s *session) bool {
	if r.cfg.Egress.Other == config.OtherRefuse {
		return true
	}
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, "PIP_") })
	d, err := upstream.Discover(ctx, upstream.DiscoverOptions{Env: append(env, "PIP_CONFIG_FILE="+os.DevNull), Log: r.log})
	return err == nil && r.judged(s, d.Indexes[0].URL.String())
}

// judged tells whether what lies at an address passes the gate, or is refused by the proxy. Repositories of version
// control do neither, unless all that is not guarded is refused.
func (r *runner) judged(s *session, address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	web := strings.HasSuffix(u.Scheme, "http") || strings.HasSuffix(u.Scheme, "https")
	if web && r.cfg.Egress.Other == config.OtherRefuse {
		return true
	}
	return (u.Scheme == "http" || u.Scheme == "https") && slices.Contains(s.hosts, strings.ToLower(u.Hostname()))
}

// egressMissing says that the guard which holds the folder is no proxy.
func egressMissing(pid int) error {
	return usage(withHint(fmt.Errorf("the guard of process %d, which holds the folder, is no proxy", pid),
		"set enabled = true under [egress] of its configuration and start it again, choose another folder with --cache-dir, or say --via index"))
}

// refuseBypass is the error for what goes past the guard.
func refuseBypass(found []string) error {
	return usage(withHint(errors.New(strings.Join(found, "; ")), "leave it out, add the index under [upstream] in the configuration, or say --force to run it all the same"))
}
