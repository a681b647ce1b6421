package flow

import (
	"slices"
	"strings"
	"unicode"
)

// splitText is split and rsplit; the name of the method tells which.
func splitText(self *Value, a *arguments) *Value {
	count, ok := a.int(1, "maxsplit", -1)
	if !ok {
		return nil
	}
	if count < 0 {
		count = itemLimit
	}
	var parts []string
	if v := a.at(0, "sep"); absent(v) {
		parts = fields(self, count, a.name == "rsplit")
	} else {
		separator, ok := knownText(v)
		if !ok || separator == "" {
			return nil
		}
		parts = splitBy(self.Str, separator, count, a.name == "rsplit")
	}
	return list(stringsLike(self, parts))
}

func stringsLike(self *Value, parts []string) []*Value {
	items := make([]*Value, 0, len(parts))
	for _, p := range parts {
		items = append(items, carry(sameKind(self, p), self))
	}
	return items
}

func splitBy(s, separator string, count int, fromRight bool) []string {
	if !fromRight {
		return strings.SplitN(s, separator, min(count, freshItemLimit)+1)
	}
	var out []string
	for ; count > 0; count-- {
		i := strings.LastIndex(s, separator)
		if i < 0 {
			break
		}
		out = append(out, s[i+len(separator):])
		s = s[:i]
	}
	out = append(out, s)
	slices.Reverse(out)
	return out
}

// fields splits at white space.
func fields(v *Value, count int, fromRight bool) []string {
	if fromRight && count < itemLimit {
		return fieldsFromRight(v.Str, count)
	}
	var out []string
	s := strings.TrimLeftFunc(v.Str, unicode.IsSpace)
	for ; s != "" && count > 0; count-- {
		i := strings.IndexFunc(s, unicode.IsSpace)
		if i < 0 {
			break
		}
		out = append(out, s[:i])
		s = strings.TrimLeftFunc(s[i:], unicode.IsSpace)
	}
	if s != "" {
		out = append(out, s)
	}
	return out
}

func fieldsFromRight(s string, count int) []string {
	var out []string
	s = strings.TrimRightFunc(s, unicode.IsSpace)
	for ; s != "" && count > 0; count-- {
		i := strings.LastIndexFunc(s, unicode.IsSpace)
		if i < 0 {
			break
		}
		_, n := decodeRune(s[i:])
		out = append(out, s[i+n:])
		s = strings.TrimRightFunc(s[:i], unicode.IsSpace)
	}
	if s != "" {
		out = append(out, s)
	}
	slices.Reverse(out)
	return out
}

func splitLines(self *Value, a *arguments) *Value {
	keep := false
	if v := a.at(0, "keepends"); v != nil {
		keep, _ = truth(v)
	}
	var parts []string
	for s := self.Str; s != ""; {
		i := strings.IndexAny(s, "\n\r\v\f\x1c\x1d\x1e")
		if i < 0 {
			parts = append(parts, s)
			break
		}
		end := i + 1
		if strings.HasPrefix(s[i:], "\r\n") {
			end++
		}
		if keep {
			i = end
		}
		parts = append(parts, s[:i])
		s = s[end:]
	}
	return list(stringsLike(self, parts))
}

func partitionText(self *Value, a *arguments) *Value {
	separator, ok := a.text(0, "")
	if !ok || separator == "" {
		return nil
	}
	last := a.name == "rpartition"
	i := strings.Index(self.Str, separator)
	if last {
		i = strings.LastIndex(self.Str, separator)
	}
	parts := []string{self.Str, "", ""}
	switch {
	case i >= 0:
		parts = []string{self.Str[:i], separator, self.Str[i+len(separator):]}
	case last:
		parts = []string{"", "", self.Str}
	}
	return tuple(stringsLike(self, parts))
}

// within returns the part of self that find and count look at, and the number
// of characters before it.
func within(self *Value, a *arguments) (s string, before int, ok bool) {
	from, to, _, ok := bounds(length(self), a.at(1, "start"), a.at(2, "end"), nil)
	if !ok {
		return "", 0, false
	}
	return part(self, from, max(from, to)), from, true
}

// findText is find, index and those from the right.
func findText(self *Value, a *arguments) *Value {
	needle, ok := a.text(0, "")
	if n, isInt := intOf(a.at(0, "")); isInt && self.Kind == Bytes {
		needle, ok = string([]byte{byte(n)}), true
	}
	s, before, also := within(self, a)
	if !ok || !also {
		return nil
	}
	i := strings.Index(s, needle)
	if strings.HasPrefix(a.name, "r") {
		i = strings.LastIndex(s, needle)
	}
	if i < 0 {
		if strings.HasSuffix(a.name, "index") {
			return nil
		}
		return integer(-1)
	}
	if self.Kind == Text {
		i = length(&Value{Kind: Text, Str: s[:i]})
	}
	return integer(int64(before + i))
}

func countText(self *Value, a *arguments) *Value {
	needle, ok := a.text(0, "")
	s, _, also := within(self, a)
	if !ok || !also {
		return nil
	}
	if needle == "" {
		return integer(int64(length(&Value{Kind: self.Kind, Str: s}) + 1))
	}
	return integer(int64(strings.Count(s, needle)))
}

func aligning(align byte) methodFunc {
	return func(self *Value, a *arguments) *Value {
		width, ok := a.int(0, "", 0)
		if !ok || width > resultLimit {
			return nil
		}
		d := directive{fill: " ", width: width}
		if fill, ok := a.text(1, ""); ok && fill != "" {
			d.fill = fill
		}
		missing := width - length(self)
		if align == '^' && missing > 0 && missing&width&1 == 1 {
			// str.center gives the odd one to the left where the width is odd, format always to the right.
			d.width--
			return like(self, d.fill+d.pad(self.Str, align))
		}
		return like(self, d.pad(self.Str, align))
	}
}

func zeroFilled(self *Value, a *arguments) *Value {
	width, ok := a.int(0, "", 0)
	if !ok || width > resultLimit {
		return nil
	}
	d := directive{fill: "0", align: '=', width: width}
	return like(self, d.pad(self.Str, '='))
}

func expandTabs(self *Value, a *arguments) *Value {
	size, ok := a.int(0, "tabsize", 8)
	if !ok || size < 0 || size > 64 {
		return nil
	}
	var out strings.Builder
	column := 0
	for _, r := range runesOf(self) {
		switch {
		case out.Len() > resultLimit:
			return nil
		case r == '\t' && size > 0:
			n := size - column%size
			out.WriteString(strings.Repeat(" ", n))
			column += n
			continue
		case r == '\n' || r == '\r':
			column = -1
		}
		column++
		out.Write(appendRune(nil, r))
	}
	return like(self, out.String())
}

// translateText is str.translate(table) and bytes.translate(table, delete).
func translateText(self *Value, a *arguments) *Value {
	table := a.at(0, "table")
	if table == nil || self.Kind == Bytes || isString(table) {
		return translateBytes(self, a)
	}
	if table.Kind != Dict || table.Partial {
		return nil
	}
	var out []byte
	for _, r := range runesOf(self) {
		to, found := lookup(table, integer(int64(r)))
		if !found {
			out = appendRune(out, r)
			continue
		}
		if n, ok := intOf(to); ok {
			out = appendRune(out, rune(n))
		} else if s, ok := knownText(to); ok {
			out = append(out, s...)
		} else if to.Kind != None {
			return nil
		}
		if len(out) > resultLimit {
			return nil
		}
	}
	return computed(carry(decodedBy(&Value{Kind: Text, Str: string(out)}, "translate", 0), self, table), int64(len(out)))
}

// translateBytes maps bytes by a table of 256; Python 2's str has it too.
func translateBytes(self *Value, a *arguments) *Value {
	remove, _ := a.text(1, "delete")
	table, ok := a.text(0, "")
	if !ok && !absent(a.at(0, "")) || ok && len(table) != 256 {
		return nil
	}
	out := make([]byte, 0, len(self.Str))
	for i := range len(self.Str) {
		c := self.Str[i]
		if strings.IndexByte(remove, c) >= 0 {
			continue
		}
		if ok {
			c = table[c]
		}
		out = append(out, c)
	}
	v := a.carry(carry(decodedBy(&Value{Kind: self.Kind, Str: string(out)}, "translate", 0), self))
	return computed(v, int64(len(out)))
}
