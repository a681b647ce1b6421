package rules

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"pipwarden/scan"
)

// NearName looks for project names that are almost those of well-known ones.
var NearName = &scan.Rule{
	ID: "near-name",
	Doc: `the project's name is almost that of a well-known project

People mistype names, and whoever registers the typo is installed. A name that is
one letter, one swap, a separator or a look-alike sign away from a well-known one
weighs 15, one that adds a word such as "python" or "utils" to it 5. Names are
compared in normal form (PEP 503). A well-known name is never near another. Many
honest projects have such names, extensions and forks above all, so that this
raises what else is found and never decides. The list of names is data with its
date and origin, popular.txt. Of its 980 names 49 would speak if they were not on
the list, 24 of them with weight 15.`,
	Weight: 15,
	Hiding: []scan.Hiding{scan.Disguise},
	Run: func(p *scan.Pass) scan.Hooks {
		return scan.Hooks{End: func() {
			if near, ok := nearest(string(p.Filename.Project), popular()); ok {
				p.Report(scan.Finding{Weight: near.weight, Message: fmt.Sprintf("the project's name %q is %s %q", p.Filename.Project, near.how, near.name)})
			}
		}}
	},
}

//go:embed popular.txt
var popularText string

// A nameList is a set of normalised names, in groups by length.
type nameList struct {
	has      map[string]bool
	joined   map[string]string // without separators, and with plain letters for look-alikes
	words    map[string]string // the words in alphabetical order
	byLength map[int][]string
}

var popular = sync.OnceValue(func() nameList { return readNames(popularText) })

func readNames(text string) nameList {
	l := nameList{map[string]bool{}, map[string]string{}, map[string]string{}, map[int][]string{}}
	for line := range strings.Lines(text) {
		name := strings.TrimSpace(line)
		if name == "" || name[0] == '#' {
			continue
		}
		l.has[name] = true
		l.joined[plainLetters(name)] = name
		l.words[sortedWords(name)] = name
		l.byLength[len(name)] = append(l.byLength[len(name)], name)
	}
	return l
}

// A nearName says which name is near and in what way.
type nearName struct {
	name, how string
	weight    int
}

const (
	// minNearName is the length from which one letter more or less is a typo and
	// not another word.
	minNearName = 5
	// minFarName is the length from which two letters are.
	minFarName = 11
)

func nearest(name string, l nameList) (nearName, bool) {
	if l.has[name] || len(name) < minNearName-1 || strings.HasPrefix(name, "types-") {
		return nearName{}, false
	}
	if like, ok := l.joined[plainLetters(name)]; ok && len(like) >= minNearName-1 {
		return nearName{like, "in other separators or look-alike signs", 15}, true
	}
	if like, ok := l.words[sortedWords(name)]; ok && strings.Contains(name, "-") {
		return nearName{like, "in another order of words", 15}, true
	}
	for n := len(name) - 1; n <= len(name)+1; n++ {
		for _, like := range l.byLength[n] {
			if !mistyped(name, like) {
				continue
			}
			if strings.TrimRight(name, "0123456789") == strings.TrimRight(like, "0123456789") {
				return nearName{like, "another number behind", 5}, true
			}
			return nearName{like, "a typing error away from", 15}, true
		}
	}
	if like, ok := combined(name, l); ok {
		return nearName{like, "a word beside", 5}, true
	}
	return nearName{}, false
}

// mistyped says that b is one error away from a: a letter too many, too few,
// another, or two swapped (two errors in long names). In short names only a
// swap or a doubled letter counts.
func mistyped(a, b string) bool {
	limit := 1
	if len(b) >= minFarName {
		limit = 2
	}
	if len(b) < minNearName {
		return len(b) == minNearName-1 && len(a) >= len(b) && distance(a, b) == 1 && (swapped(a, b) || doubled(a, b))
	}
	if len(b) == minNearName && a[0] != b[0] && !swapped(a, b) {
		return false // another word: typing errors spare the first letter
	}
	return distance(a, b) <= limit
}

func swapped(a, b string) bool {
	x, y := []byte(a), []byte(b)
	slices.Sort(x)
	slices.Sort(y)
	return string(x) == string(y)
}

func doubled(a, b string) bool {
	for i := 1; i < len(a); i++ {
		if a[i] == a[i-1] && a[:i]+a[i+1:] == b {
			return true
		}
	}
	return false
}

// distance is that of Damerau and Levenshtein, with each letter moved at most
// once.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(row[j-1]+1, last[j]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

var letters = strings.NewReplacer("-", "", "0", "o", "1", "l", "rn", "m", "vv", "w")

// plainLetters drops separators and writes signs that look like letters as
// these.
func plainLetters(name string) string { return letters.Replace(name) }

func sortedWords(name string) string {
	words := strings.Split(name, "-")
	slices.Sort(words)
	return strings.Join(words, "-")
}

// nameWords are words that people add to a name to make another of it.
var nameWords = []string{
	"python", "python2", "python3", "py", "py3", "lib", "libs", "util", "utils", "tool", "tools", "toolkit", "sdk", "api", "core", "dev",
	"pro", "plus", "new", "beta", "v2", "v3", "2", "3", "4", "x", "js", "official", "latest", "fix", "fixed", "update", "upgrade", "setup", "install",
}

// combined takes one added word off, with or without a separator.
func combined(name string, l nameList) (string, bool) {
	for _, w := range nameWords {
		for _, rest := range []string{cutAffix(name, w+"-", ""), cutAffix(name, "", "-"+w), cutAffix(name, w, ""), cutAffix(name, "", w)} {
			if len(rest) >= minNearName && l.has[rest] {
				return rest, true
			}
		}
	}
	return "", false
}

// cutAffix returns name without the prefix and the suffix, "" where one is
// missing.
func cutAffix(name, prefix, suffix string) string {
	if !strings.HasPrefix(name, prefix) || !strings.HasSuffix(name, suffix) || len(name) < len(prefix)+len(suffix) {
		return ""
	}
	return name[len(prefix) : len(name)-len(suffix)]
}
