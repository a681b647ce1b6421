// Package installers knows where package installers keep their settings, and writes the guard into them and out again.
//
// A setting stands in a marked block. What the block puts out of force stays in it as a comment, so that taking the
// block out gives the file back byte for byte. A file that cannot be read as its program reads it is not touched, and
// neither is one that would say anything else than before but for the index: each edit is parsed again and compared.
//
// The package changes files in [Plan.Apply] alone; everything before it only reads.
package installers

import (
	"slices"
	"strings"
)

// A Scope says for whom settings hold.
type Scope uint8

// The scopes. The zero value is the narrowest that needs no more rights than the caller has.
const (
	User    Scope = iota // everything that this user installs
	Project              // what is installed for the project in the folder
	Machine              // everybody on this machine; needs the rights to write there
)

// String is the flag that asks for the scope, without its hyphens.
func (s Scope) String() string {
	return [...]string{"user", "project", "machine"}[s]
}

// The clients that have settings of their own.
const (
	Pip    = "pip"
	UV     = "uv"
	PDM    = "pdm"
	Pipenv = "pipenv"
	Poetry = "poetry"
)

// drivers are the clients that install through others: their settings are those of the others.
var drivers = map[string][]string{
	"pip-tools": {Pip},
	"pipx":      {Pip, UV},
	"hatch":     {Pip, UV},
	"tox":       {Pip, UV},
	"nox":       {Pip, UV},
}

// Names are all clients that can be set up, in the order of the documentation.
func Names() []string {
	return []string{Pip, UV, PDM, Poetry, Pipenv, "pip-tools", "pipx", "hatch", "tox", "nox"}
}

// Resolve gives the clients whose settings have to be written for the named ones, without duplicates and in the order
// of Names. ok is false, and unknown the first name that is none, when there is one.
func Resolve(names []string) (list []string, unknown string, ok bool) {
	want := map[string]bool{}
	for _, n := range names {
		n = strings.ToLower(strings.TrimSpace(n))
		if !slices.Contains(Names(), n) {
			return nil, n, false
		}
		if through, driver := drivers[n]; driver {
			for _, t := range through {
				want[t] = true
			}
			continue
		}
		want[n] = true
	}
	for _, n := range Names() {
		if want[n] {
			list = append(list, n)
		}
	}
	return list, "", true
}
