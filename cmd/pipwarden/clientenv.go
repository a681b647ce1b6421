package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A clientEnv is the environment under which a package client is started so that it asks the guard and nobody else.
type clientEnv struct {
	// Index is the address of the guard's simple API; it ends in "/simple/".
	Index string
	// CacheDir is the folder for the clients' own caches; "" leaves them where they are. What lies in a client's usual
	// cache came before the guard and was never judged.
	CacheDir string
}

// dropped are variables that would bring in files past the guard, or keep the client from it. An empty value also
// silences the same setting in pip's configuration files, which unsetting it would not.
var dropped = []string{
	"PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_PROXY",
	"UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NO_INDEX", "UV_OFFLINE",
}

// silenced are those of dropped that pip reads from files as well.
var silenced = []string{"PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_PROXY"}

// apply gives env with the guard's settings, and what was dropped from it, for a person to know.
func (c clientEnv) apply(env []string) (out, notes []string) {
	set := c.settings()
	for _, kv := range env {
		key, value, _ := strings.Cut(kv, "=")
		if _, ours := set[key]; ours {
			continue
		}
		if slices.Contains(dropped, key) {
			if value != "" {
				notes = append(notes, key)
			}
			continue
		}
		out = append(out, kv)
	}
	for _, key := range silenced {
		out = append(out, key+"=")
	}
	keys := make([]string, 0, len(set))
	for key := range set {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		out = append(out, key+"="+set[key])
	}
	return out, notes
}

// settings are the variables by which each client learns its index and its cache.
func (c clientEnv) settings() map[string]string {
	noProxy := "127.0.0.1,localhost"
	for _, key := range []string{"NO_PROXY", "no_proxy"} {
		if v := os.Getenv(key); v != "" {
			noProxy = v + "," + noProxy
			break
		}
	}
	set := map[string]string{
		"PIP_INDEX_URL":          c.Index,
		"UV_DEFAULT_INDEX":       c.Index,
		"UV_INDEX_URL":           c.Index,
		"PDM_PYPI_URL":           c.Index,
		"PIPENV_PYPI_MIRROR":     c.Index,
		"POETRY_PYPI_MIRROR_URL": c.Index, // read by poetry's mirror plugin; poetry itself has no such setting
		"NO_PROXY":               noProxy, // the guard is on loopback
		"no_proxy":               noProxy,
	}
	if c.CacheDir != "" {
		for key, name := range map[string]string{"PIP_CACHE_DIR": "pip", "UV_CACHE_DIR": "uv", "PDM_CACHE_DIR": "pdm", "PIPENV_CACHE_DIR": "pipenv"} {
			set[key] = filepath.Join(c.CacheDir, name)
		}
	}
	return set
}

// bypassing tells what in the command line would go past the guard, in words for a person; nil when nothing would.
// The client's own flags outrank the environment.
func bypassing(args []string) []string {
	var found []string
	for i, a := range args {
		name, _, _ := strings.Cut(a, "=")
		switch name {
		case "--index-url", "-i", "--extra-index-url", "--find-links", "-f", "--no-index", "--index", "--default-index", "--proxy":
			if i > 0 {
				found = append(found, fmt.Sprintf("%s on the command line goes past the guard", name))
			}
		}
		if i > 0 && (strings.HasPrefix(a, "http://") || strings.HasPrefix(a, "https://") || strings.HasPrefix(a, "git+") || strings.Contains(a, "@ http")) {
			found = append(found, fmt.Sprintf("%q is fetched directly, past the guard", a))
		}
	}
	return found
}
