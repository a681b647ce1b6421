package flow

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// The limits of regular expressions. One search takes time in the product of
// program and text, but a search for all matches may read the rest of the text
// at each.
const (
	patternLimit = 4 << 10 // bytes of a pattern
	subjectLimit = 1 << 20 // bytes of the text
	searchLimit  = 1 << 25 // instructions of the program times bytes of the text
	aheadLimit   = 2 << 10 // bytes of the text, where a match may read far ahead
	matchLimit   = freshItemLimit
	changeLimit  = 1 << 19 // matches that are replaced
)

// patternFuncs are those of module re over known texts.
func patternFuncs() map[string]libraryFunc {
	return under("re", map[string]libraryFunc{
		"compile": compiled, "sub": substituted, "findall": findAll, "split": splitByPattern, "escape": escapePattern,
	})
}

// The flags of module re, as far as they change what Go's expressions mean.
const (
	ignoreCase = 2
	multiLine  = 8
	dotAll     = 16
	verbose    = 64
)

// patternOf translates a pattern; nil where it cannot be, or is not known.
func patternOf(v, flags *Value) *regexp.Regexp {
	if v != nil && v.Kind == Ref && v.Str == "re.compile()" && v.Self != nil {
		if v.Self.Kind == Tuple && len(v.Self.Items) == 2 {
			return patternOf(v.Self.Items[0], v.Self.Items[1])
		}
		return nil
	}
	s, ok := knownText(v)
	letters, also := flagLetters(flags)
	if !ok || !also || len(s) > patternLimit {
		return nil
	}
	if letters != "" {
		s = "(?" + letters + ")" + s
	}
	// \d, \w and \s of Python read Unicode; \Z is the end alone.
	s = strings.ReplaceAll(s, `\Z`, `\z`)
	re, err := regexp.Compile(s)
	if err != nil {
		return nil
	}
	return re
}

// affordable says that all matches of an expression in a text of that size can
// be searched for.
func affordable(re *regexp.Regexp, size int) bool {
	tree, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return false
	}
	tree = tree.Simplify()
	program, err := syntax.Compile(tree)
	if err != nil || len(program.Inst)*size > searchLimit {
		return false
	}
	return size <= aheadLimit || !readsAhead(tree, true)
}

// readsAhead says that a match may read much more than it takes: that there is
// a repetition without bound that is not the last thing of the expression, or
// is one of more than single characters.
func readsAhead(re *syntax.Regexp, last bool) bool {
	switch re.Op {
	case syntax.OpStar, syntax.OpPlus:
		switch re.Sub[0].Op {
		case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
			return !last || re.Flags&syntax.NonGreedy != 0
		case syntax.OpLiteral:
			return !last || len(re.Sub[0].Rune) > 1 || re.Flags&syntax.NonGreedy != 0
		}
		return true
	}
	for i, sub := range re.Sub {
		if readsAhead(sub, last && (re.Op != syntax.OpConcat || i == len(re.Sub)-1)) {
			return true
		}
	}
	return false
}

func compiled(a *arguments) *Value {
	pattern, flags := a.at(0, "pattern"), a.at(1, "flags")
	if _, ok := knownText(pattern); !ok {
		return nil
	}
	if flags == nil {
		flags = integer(0)
	}
	return &Value{Kind: Ref, Str: "re.compile()", Self: tuple([]*Value{pattern, flags}), Labels: pattern.Labels}
}

// flagLetters returns Go's letters for flags, which may be absent; not ok for
// those that cannot be had, or are not known.
func flagLetters(flags *Value) (letters string, ok bool) {
	if absent(flags) {
		return "", true
	}
	n, ok := intOf(flags)
	for _, f := range []struct {
		bit    int64
		letter string
	}{{ignoreCase, "i"}, {multiLine, "m"}, {dotAll, "s"}} {
		if n&f.bit != 0 {
			letters += f.letter
		}
	}
	return letters, ok && n&verbose == 0
}

// subject returns the expression and the text that it is applied to.
func (a *arguments) subject(at int, flags string) (*regexp.Regexp, *Value) {
	v := a.at(at, "string")
	s, ok := knownText(v)
	if !ok || len(s) > subjectLimit {
		return nil, nil
	}
	re := patternOf(a.at(0, "pattern"), a.at(len(a.pos), flags))
	if re == nil || !affordable(re, len(s)) {
		return nil, nil
	}
	return re, v
}

// substituted is re.sub with a text or a callable.
func substituted(a *arguments) *Value {
	re, v := a.subject(2, "flags")
	with := a.at(1, "repl")
	count, ok := a.int(3, "count", 0)
	if re == nil || with == nil || !ok {
		return nil
	}
	template, isText := knownText(with)
	if !isText {
		return nil
	}
	template = goTemplate(template)
	if count == 0 {
		count = changeLimit
	}
	found := re.FindAllStringSubmatchIndex(v.Str, min(count, changeLimit)+1)
	if len(found) > changeLimit {
		return nil
	}
	var out []byte
	last := 0
	for i, m := range found {
		if i >= count {
			break
		}
		out = append(out, v.Str[last:m[0]]...)
		out = re.ExpandString(out, template, v.Str, m)
		last = m[1]
		if len(out) > resultLimit {
			return nil
		}
	}
	out = append(out, v.Str[last:]...)
	result := carry(sameKind(v, string(out)), v, with)
	if len(found) >= replacedOften && template == "" {
		return computed(result, int64(len(out)))
	}
	return result
}

// goTemplate writes a replacement of Python's as Go's.
func goTemplate(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '$':
			out.WriteString("$$")
		case c == '\\' && i+1 < len(s):
			i += templateEscape(&out, s[i:]) - 1
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// templateEscape writes what the backslash at the beginning of s starts and
// returns its length.
func templateEscape(out *strings.Builder, s string) int {
	switch c := s[1]; {
	case '0' <= c && c <= '9':
		out.WriteString("${" + s[1:2] + "}")
	case c == 'g' && len(s) > 3 && s[2] == '<' && strings.IndexByte(s, '>') > 3:
		end := strings.IndexByte(s, '>')
		out.WriteString("${" + s[3:end] + "}")
		return end + 1
	case c == 'n':
		out.WriteByte('\n')
	case c == 't':
		out.WriteByte('\t')
	case c == '\\':
		out.WriteByte('\\')
	default:
		out.WriteString(s[:2])
	}
	return 2
}

// findAll is re.findall: the texts, or the groups.
func findAll(a *arguments) *Value {
	re, v := a.subject(1, "flags")
	if re == nil {
		return nil
	}
	found := re.FindAllStringSubmatch(v.Str, matchLimit+1)
	if len(found) > matchLimit {
		return nil
	}
	items := make([]*Value, 0, len(found))
	for _, m := range found {
		switch len(m) {
		case 1:
			items = append(items, carry(sameKind(v, m[0]), v))
		case 2:
			items = append(items, carry(sameKind(v, m[1]), v))
		default:
			items = append(items, tuple(stringsLike(v, m[1:])))
		}
	}
	return list(items)
}

func splitByPattern(a *arguments) *Value {
	re, v := a.subject(1, "flags")
	if re == nil || re.NumSubexp() > 0 || len(a.pos) > 2 {
		return nil
	}
	parts := re.Split(v.Str, matchLimit+1)
	if len(parts) > matchLimit {
		return nil
	}
	return list(stringsLike(v, parts))
}

func escapePattern(a *arguments) *Value {
	s, ok := a.text(0, "pattern")
	if !ok || len(a.pos) != 1 {
		return nil
	}
	var out strings.Builder
	for i := range len(s) {
		if strings.IndexByte("()[]{}?*+-|^$\\.&~# \t\n\r\v\f", s[i]) >= 0 {
			out.WriteByte('\\')
		}
		out.WriteByte(s[i])
	}
	return carry(sameKind(a.pos[0], out.String()), a.pos[0])
}

// patternMethods are those of a compiled expression.
func patternMethods() map[string]methodFunc {
	with := func(f libraryFunc) methodFunc {
		return func(self *Value, a *arguments) *Value {
			return f(&arguments{a.name, append([]*Value{self}, a.pos...), a.kw, a.evaluation})
		}
	}
	return map[string]methodFunc{"sub": with(substituted), "findall": with(findAll), "split": with(splitByPattern)}
}
