package vocabulary

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A TableError is a line of a table that cannot be read.
type TableError struct {
	// Table is the name of the table, Line its line, from 1.
	Table string
	Line  int
	// Problem says what is wrong with it.
	Problem string
}

// Error tells table, line and problem.
func (e *TableError) Error() string { return fmt.Sprintf("%s:%d: %s", e.Table, e.Line, e.Problem) }

// read adds the entries of a table. Only a table that may replace has
// entries that v knows already.
func (v *Vocabulary) read(name string, text []byte, replace bool) error {
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		// A "#" inside a word belongs to the word.
		fields := strings.Fields(line)
		if i := slices.IndexFunc(fields, func(f string) bool { return f[0] == '#' }); i >= 0 {
			fields = fields[:i]
		}
		if len(fields) == 0 {
			continue
		}
		if err := v.entry(fields, replace); err != nil {
			return &TableError{Table: name, Line: n, Problem: err.Error()}
		}
	}
	return nil
}

// entry adds one entry.
func (v *Vocabulary) entry(fields []string, replace bool) error {
	kind, rest := fields[0], fields[1:]
	least := 2
	if kind == "read" {
		least = 3
	}
	if kind != "call" && len(rest) != least || len(rest) < least {
		return fmt.Errorf("%q entry of %d words", kind, len(rest))
	}
	switch kind {
	case "call":
		return v.addCall(rest, replace)
	case "alias":
		return v.addAlias(rest[0], rest[1], replace)
	case "read":
		return v.addRead(rest, replace)
	case "path":
		return v.paths.add(rest[0], rest[1])
	case "variable":
		return v.variables.add(rest[0], rest[1], replace)
	case "parameter":
		return v.parameters.add(rest[0], rest[1], replace)
	case "host":
		return v.hosts.add(rest[0], rest[1], replace)
	}
	return fmt.Errorf("unknown entry %q", kind)
}

func (v *Vocabulary) addAlias(from, to string, replace bool) error {
	if _, ok := v.aliases[from]; ok && !replace {
		return fmt.Errorf("alias of %q stands twice", from)
	}
	v.aliases[from] = to
	v.heads[head(from)] = true
	return nil
}

func (v *Vocabulary) addRead(fields []string, replace bool) error {
	if fields[1] != "->" {
		return fmt.Errorf("%q instead of \"->\"", fields[1])
	}
	if _, ok := v.reads[fields[0]]; ok && !replace {
		return fmt.Errorf("%q stands twice", fields[0])
	}
	labels, err := parseLabels(fields[2])
	v.reads[fields[0]] = labels
	return err
}

func (v *Vocabulary) addCall(fields []string, replace bool) error {
	c := &Call{Name: fields[0]}
	if _, ok := v.calls[c.Name]; ok && !replace {
		return fmt.Errorf("%q stands twice", c.Name)
	}
	var err error
	if c.Effects, err = parseEffects(fields[1]); err != nil {
		return err
	}
	for i := 2; i < len(fields); i++ {
		role, args, isRole := strings.Cut(fields[i], "=")
		switch {
		case fields[i] == "->" && i+1 < len(fields):
			i++
			c.Returns, err = parseLabels(fields[i])
		case fields[i] == "clean":
			c.Clean = true
		case isRole:
			err = c.addArgs(role, args)
		default:
			err = fmt.Errorf("unknown word %q", fields[i])
		}
		if err != nil {
			return err
		}
	}
	v.calls[c.Name] = c
	if family, ok := strings.CutSuffix(c.Name, ".*"); ok {
		v.families[family] = c
	}
	return nil
}

func (c *Call) addArgs(role, args string) error {
	r := slices.Index(roleNames[:], role)
	if r < 0 {
		return fmt.Errorf("unknown role %q", role)
	}
	for a := range strings.SplitSeq(args, ",") {
		s, err := parseSelector(a)
		if err != nil {
			return err
		}
		c.Args[r] = append(c.Args[r], s)
	}
	return nil
}

func parseSelector(text string) (s Selector, err error) {
	if text == "self" {
		return Selector{Position: Self}, nil
	}
	number, keyword, both := strings.Cut(text, ":")
	number, s.Rest = strings.CutSuffix(number, "..")
	if s.Position, err = strconv.Atoi(number); err == nil && s.Position >= 0 && s.Position < 100 {
		s.Keyword = keyword
		return s, nil
	}
	if both || s.Rest || !isName(text) {
		return s, fmt.Errorf("unknown argument %q", text)
	}
	return Selector{Position: -1, Keyword: text}, nil
}

// isName says that text is an identifier, or "**" for all keywords.
func isName(text string) bool {
	for i := range len(text) {
		c := text[i]
		if !(c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || i > 0 && c >= '0' && c <= '9') {
			return text == "**"
		}
	}
	return text != ""
}

func parseEffects(text string) (s Effects, err error) {
	if text == "-" {
		return 0, nil
	}
	for name := range strings.SplitSeq(text, ",") {
		e := slices.Index(effectNames[:], name)
		if e < 0 {
			return 0, fmt.Errorf("unknown effect %q", name)
		}
		s |= 1 << e
	}
	return s, nil
}

func parseLabels(text string) (s Labels, err error) {
	for name := range strings.SplitSeq(text, ",") {
		l := slices.Index(labelNames[:], name)
		if l < 0 {
			return 0, fmt.Errorf("unknown label %q", name)
		}
		s |= 1 << l
	}
	return s, nil
}
