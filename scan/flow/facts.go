package flow

import (
	"bytes"
	"math"
	"strings"

	"pipwarden/scan/python"
)

// read takes the facts out of a source.
func (f *FileFacts) read(file *python.File) {
	f.Errors, f.Dialect, f.Cookie = len(file.Errors), file.Dialect.String(), file.Source.Cookie
	f.LongestLine = longestLine(file.Text)
	var largest *python.Str
	names := identifiers{seen: make(map[string]bool)}
	file.Inspect(func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Name:
			names.add(n.ID)
		case *python.FunctionDef:
			names.add(n.Name)
		case *python.ClassDef:
			names.add(n.Name)
		case *python.Parameter:
			names.add(n.Name)
		case *python.Attribute:
			names.letters(n.Attr)
		case *python.Str:
			if largest == nil || len(n.Value) > len(largest.Value) {
				largest = n
			}
		}
		return true
	})
	if largest != nil {
		f.LiteralBytes, f.LiteralEntropy = len(largest.Value), entropy(largest.Value)
	}
	f.Unicode = names.unicode
	if len(names.seen) > 0 {
		f.ConfusableNames = float64(names.confusable) / float64(len(names.seen))
	}
	f.WideGap, f.WideLine = wideGap(file)
}

type identifiers struct {
	seen                map[string]bool
	confusable, unicode int
}

func (i *identifiers) add(name string) {
	if name == "" || i.seen[name] {
		return
	}
	i.seen[name] = true
	if confusable(name) {
		i.confusable++
	}
	i.letters(name)
}

func (i *identifiers) letters(name string) {
	for j := range len(name) {
		if name[j] >= 0x80 {
			i.unicode++
			return
		}
	}
}

// confusable says that a name is made to look like others: OO0O, IlIl, _0x1f3a.
func confusable(name string) bool {
	trimmed := strings.Trim(name, "_")
	if len(trimmed) >= 5 && strings.Trim(trimmed, "Il1") == "" || len(trimmed) >= 5 && strings.Trim(trimmed, "O0o") == "" ||
		len(name) >= 4 && trimmed == "" && strings.Count(name, "_") > 3 {
		return true
	}
	rest, ok := strings.CutPrefix(strings.ToLower(trimmed), "0x")
	return ok && len(rest) >= 4 && strings.Trim(rest, "0123456789abcdef") == ""
}

func longestLine(text string) (longest int) {
	for line := range strings.Lines(text) {
		longest = max(longest, len(line))
	}
	return longest
}

// entropy is Shannon's, in bits a byte.
func entropy(s string) (bits float64) {
	var count [256]int
	for i := range len(s) {
		count[s[i]]++
	}
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(s))
			bits -= p * math.Log2(p)
		}
	}
	return bits
}

// gapWidth is how many blanks hide code from a person who does not scroll.
const gapWidth = 100

var gap = bytes.Repeat([]byte{' '}, gapWidth)

// wideGap finds code that stands far to the right of other code on its line.
func wideGap(file *python.File) (column, line int) {
	text := file.Text
	for i := 0; ; {
		j := strings.Index(text[i:], string(gap))
		if j < 0 {
			return 0, 0
		}
		start := i + j
		end := start
		for end < len(text) && (text[end] == ' ' || text[end] == '\t') {
			end++
		}
		i = end
		begin := strings.LastIndexByte(text[:start], '\n') + 1
		if strings.TrimSpace(text[begin:start]) == "" || end == len(text) || strings.IndexByte("\r\n#", text[end]) >= 0 {
			continue
		}
		if inLiteral(file, python.Pos(start)) {
			continue
		}
		at := file.Position(python.Pos(end))
		return at.Column, at.Line
	}
}

// inLiteral says that a place lies inside a string or a comment.
func inLiteral(file *python.File, pos python.Pos) (inside bool) {
	for _, c := range file.Comments {
		if c.Start <= pos && pos < c.Stop {
			return true
		}
	}
	file.Inspect(func(n python.Node) bool {
		if inside || n.Pos() > pos || n.End() <= pos {
			return false
		}
		switch n.(type) {
		case *python.Str, *python.JoinedStr:
			inside = true
		}
		return !inside
	})
	return inside
}
