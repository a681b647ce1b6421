// Package vocabulary holds the words that the scanner knows: what library calls
// do, which attributes, paths and variables hold secrets, and what hosts are
// for. It is data in text files (*.txt here, and the user's own of the same
// form); this package reads and answers, and decides nothing.
//
// A table has one entry a line; "#" begins a comment. The forms are
//
//	call NAME EFFECT[,EFFECT] [ROLE=ARG[,ARG]]... [-> LABEL[,LABEL]] [clean]
//	alias FROM TO
//	read NAME -> LABEL[,LABEL]
//	path PATTERN LABEL-OR-CLASS[,...]
//	variable PATTERN LABEL
//	parameter PATTERN LABEL
//	host PATTERN CLASS
//
// EFFECT "-" is none. An ARG is a position, a keyword, a position with its
// keyword ("0:url"), a position and all after it ("1.."), or "self". A NAME
// that ends with ".*" is for all attributes that have no entry.
package vocabulary

import (
	"embed"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Sources are the package's own files, for the scanner's fingerprint.
//
//go:embed *.go *.txt
var Sources embed.FS

// A Vocabulary is a set of tables. It does not change and may be used by many
// goroutines.
type Vocabulary struct {
	calls      map[string]*Call
	families   map[string]*Call // by what stands before ".*"
	aliases    map[string]string
	heads      map[string]bool // the first words of the aliases, to pass over other names at once
	reads      map[string]Labels
	variables  words
	parameters words
	paths      paths
	hosts      hosts
}

var builtin = sync.OnceValue(func() *Vocabulary {
	v := empty()
	names, err := Sources.ReadDir(".")
	if err != nil {
		panic("vocabulary: " + err.Error())
	}
	for _, n := range names {
		if !strings.HasSuffix(n.Name(), ".txt") {
			continue
		}
		text, err := Sources.ReadFile(n.Name())
		if err == nil {
			err = v.read(n.Name(), text, false)
		}
		if err != nil {
			panic("vocabulary: " + err.Error())
		}
	}
	return v
})

// Default returns the vocabulary of the tables in this package, which are
// read once.
func Default() *Vocabulary { return builtin() }

func empty() *Vocabulary {
	return &Vocabulary{
		calls:    make(map[string]*Call),
		families: make(map[string]*Call),
		aliases:  make(map[string]string),
		heads:    make(map[string]bool),
		reads:    make(map[string]Labels),
		paths:    paths{byWord: make(map[string][]*pathEntry), bySuffix: make(map[string][]*pathEntry)},
		hosts:    hosts{byName: make(map[string][]hostEntry), last: make(map[string]bool)},
	}
}

// With returns v with the entries of a table of the user's; an entry there
// replaces one of the same name here. Errors are [*TableError]. v stays as
// it is.
func (v *Vocabulary) With(name string, text []byte) (*Vocabulary, error) {
	w := &Vocabulary{
		calls:      maps.Clone(v.calls),
		families:   maps.Clone(v.families),
		aliases:    maps.Clone(v.aliases),
		heads:      maps.Clone(v.heads),
		reads:      maps.Clone(v.reads),
		variables:  v.variables.clone(),
		parameters: v.parameters.clone(),
		paths:      v.paths.clone(),
		hosts:      v.hosts.clone(),
	}
	if err := w.read(name, text, true); err != nil {
		return nil, err
	}
	return w, nil
}

// Call returns what is known of the callable, by its canonical name; nil if
// nothing is. An entry of "sh.*" is that of every attribute of sh without one
// of its own.
func (v *Vocabulary) Call(canonical string) *Call {
	if c := v.calls[canonical]; c != nil {
		return c
	}
	if i := strings.LastIndexByte(canonical, '.'); i > 0 {
		return v.families[canonical[:i]]
	}
	return nil
}

// Attribute returns what a read of the attribute gives, by its canonical
// name: os.environ gives the environment. Empty for one that is no source.
func (v *Vocabulary) Attribute(canonical string) Labels { return v.reads[canonical] }

// Variable returns what an environment variable of that name holds:
// [SecretVar] for one that is named like a secret, else [Variable].
func (v *Vocabulary) Variable(name string) Labels {
	if s := v.variables.match(name); s != 0 {
		return s
	}
	return Set(Variable)
}

// Parameter returns what a parameter of that name holds, when nobody in the
// artifact calls its function: [Parameter], and [SecretParameter] beside it
// for one that is named like a secret.
func (v *Vocabulary) Parameter(name string) Labels {
	return Set(Parameter) | v.parameters.match(name)
}

// maxRenames limits how many aliases one name goes through; the tables need
// three.
const maxRenames = 8

// Canonical returns the name that the tables use for a dotted name, aliases
// replaced from the left on the boundaries of its parts:
// "urllib2.urlopen" gives "urllib.request.urlopen".
func (v *Vocabulary) Canonical(name string) string {
	for range maxRenames {
		next, ok := v.rename(name)
		if !ok {
			return name
		}
		name = next
	}
	return name
}

// rename replaces the longest prefix of name that is an alias.
func (v *Vocabulary) rename(name string) (string, bool) {
	if !v.heads[head(name)] {
		return "", false
	}
	for i := len(name); i > 0; i-- {
		if i < len(name) && name[i] != '.' && name[i] != '(' && name[i] != '[' {
			continue
		}
		if to, ok := v.aliases[name[:i]]; ok {
			return to + name[i:], true
		}
	}
	return "", false
}

// head returns the first part of a dotted name.
func head(name string) string {
	for i := range len(name) {
		if name[i] == '.' || name[i] == '(' || name[i] == '[' {
			return name[:i]
		}
	}
	return name
}

// Names returns the names of all calls, sorted.
func (v *Vocabulary) Names() []string { return slices.Sorted(maps.Keys(v.calls)) }
