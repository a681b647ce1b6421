package main

import (
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

// dropped are variables that would bring in files past the guard, or keep the client from it.
var dropped = []string{
	"PIP_EXTRA_INDEX_URL", "PIP_PYPI_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_PROXY", "PIP_ISOLATED", "PIP_EDITABLE",
	"UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NO_INDEX", "UV_OFFLINE", "UV_TORCH_BACKEND", "UV_CONFIG_FILE",
}

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

// settings are the variables by which each client learns its index and its cache. The clients' own configuration files
// are shut out: they can name further indexes, and pip takes an equal version from a further index without asking ours.
// Setting the same keys to nothing does not help, pip ignores empty values.
func (c clientEnv) settings() map[string]string {
	noProxy := "127.0.0.1,localhost"
	for _, key := range []string{"NO_PROXY", "no_proxy"} {
		if v := os.Getenv(key); v != "" {
			noProxy = v + "," + noProxy
			break
		}
	}
	set := map[string]string{
		"PIP_CONFIG_FILE":        os.DevNull,
		"UV_NO_CONFIG":           "1",
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
