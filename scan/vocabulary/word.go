package vocabulary

import (
	"fmt"
	"slices"
	"strings"
)

// words are names of variables or parameters with their labels. A pattern is
// in capitals or not, "*" stands for any characters at either end. The first
// pattern that fits decides, so the exceptions stand before the rule.
type words struct {
	exact map[string]Labels
	globs []wordGlob
}

type wordGlob struct {
	text        string // without its stars
	front, back bool   // whether a star stands there
	labels      Labels
}

func (w *words) clone() words {
	c := words{exact: make(map[string]Labels, len(w.exact)), globs: slices.Clone(w.globs)}
	for k, l := range w.exact {
		c.exact[k] = l
	}
	return c
}

// add adds a pattern, one of the user's before those that are there; the label
// "-" takes a name out of the patterns below.
func (w *words) add(pattern, label string, first bool) error {
	var labels Labels
	if label != "-" {
		var err error
		if labels, err = parseLabels(label); err != nil {
			return err
		}
	}
	pattern = strings.ToLower(pattern)
	if !strings.Contains(pattern, "*") {
		if w.exact == nil {
			w.exact = make(map[string]Labels)
		}
		w.exact[pattern] = labels
		return nil
	}
	g := wordGlob{labels: labels}
	g.text, g.front = strings.CutPrefix(pattern, "*")
	g.text, g.back = strings.CutSuffix(g.text, "*")
	if strings.Contains(g.text, "*") || g.text == "" {
		return fmt.Errorf("pattern %q", pattern)
	}
	if first {
		w.globs = slices.Insert(w.globs, 0, g)
	} else {
		w.globs = append(w.globs, g)
	}
	return nil
}

// maxWord limits the names that are looked at; longer ones are no names.
const maxWord = 100

func (w *words) match(name string) Labels {
	if len(name) > maxWord {
		return 0
	}
	name = strings.ToLower(name)
	if l, ok := w.exact[name]; ok {
		return l
	}
	for i := range w.globs {
		if w.globs[i].fits(name) {
			return w.globs[i].labels
		}
	}
	return 0
}

func (g *wordGlob) fits(name string) bool {
	switch {
	case g.front && g.back:
		return strings.Contains(name, g.text)
	case g.front:
		return strings.HasSuffix(name, g.text)
	}
	return strings.HasPrefix(name, g.text)
}
