package shell

import (
	"fmt"
	"strings"
	"sync"
)

// A program is what the table knows of one.
type program struct {
	kind    string
	effects Effects
	options string // for "wrap": letters of the options that take a word
}

// A when is an effect that certain words bring about.
type when struct {
	words   []string
	effects Effects
}

type tables struct {
	programs map[string]program
	whens    map[string][]when
	secret   []string
	persist  []string
	facts    []string
}

var known = sync.OnceValue(func() *tables {
	t := &tables{programs: make(map[string]program), whens: make(map[string][]when)}
	for _, name := range []string{"programs.txt", "fragments.txt"} {
		text, err := Sources.ReadFile(name)
		if err != nil {
			panic("shell: " + err.Error()) // embedded files always read
		}
		if err := t.read(string(text)); err != nil {
			panic("shell: " + name + ": " + err.Error()) // held by a test
		}
	}
	return t
})

func (t *tables) read(text string) error {
	n := 0
	for line := range strings.Lines(text) {
		n++
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		if err := t.entry(fields); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return nil
}

func (t *tables) entry(fields []string) (err error) {
	n := map[string]int{"program": 4, "when": 4, "secret": 2, "persist": 2, "facts": 2}[fields[0]]
	if n == 0 || len(fields) < n || len(fields) > n && (fields[0] != "program" || len(fields) > n+1) {
		return fmt.Errorf("unknown entry %q", strings.Join(fields, " "))
	}
	text := strings.ReplaceAll(fields[1], "?", " ")
	switch fields[0] {
	case "secret":
		t.secret = append(t.secret, text)
	case "persist":
		t.persist = append(t.persist, text)
	case "facts":
		t.facts = append(t.facts, text)
	case "when":
		w := when{words: strings.Split(strings.ReplaceAll(fields[2], "?", " "), ",")}
		w.effects, err = parseEffects(fields[3])
		t.whens[fields[1]] = append(t.whens[fields[1]], w)
	case "program":
		p := program{kind: fields[2]}
		p.effects, err = parseEffects(fields[3])
		if len(fields) > n {
			p.options = fields[n]
		}
		if _, ok := t.programs[fields[1]]; ok {
			return fmt.Errorf("%q stands twice", fields[1])
		}
		t.programs[fields[1]] = p
	}
	return err
}

func parseEffects(text string) (s Effects, err error) {
	if text == "-" {
		return 0, nil
	}
next:
	for name := range strings.SplitSeq(text, ",") {
		for e := range effects {
			if effectNames[e] == name {
				s |= 1 << e
				continue next
			}
		}
		return 0, fmt.Errorf("unknown effect %q", name)
	}
	return s, nil
}

// holds says that one of the fragments is in a text that is in lower case and
// has slashes alone.
func holds(text string, fragments []string) bool {
	for _, f := range fragments {
		if found(text, f) {
			return true
		}
	}
	return false
}

// found says that the fragment is in the text and no longer word there.
func found(text, fragment string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], fragment)
		if i < 0 {
			return false
		}
		from += i + len(fragment)
		if from == len(text) || !nameByte(text[from]) || !nameByte(fragment[len(fragment)-1]) {
			return true
		}
	}
}

func nameByte(c byte) bool { return isLetter(c) || c >= '0' && c <= '9' || c == '-' }
