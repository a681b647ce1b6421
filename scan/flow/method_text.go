package flow

import (
	"strings"
	"unicode"
)

// partialMethods are those that a text with Holes survives, or that tell
// something of what is known of it.
var partialMethods = map[string]bool{
	"format": true, "format_map": true, "strip": true, "lstrip": true, "rstrip": true, "lower": true, "upper": true, "casefold": true,
	"encode": true, "decode": true, "replace": true, "join": true, "startswith": true, "endswith": true, "removeprefix": true,
	"removesuffix": true, "__add__": true, "__str__": true, "__mod__": true, "__contains__": true, "expandtabs": true,
	"extend": true, "append": true, "tobytes": true, "__format__": true,
}

// stringMethods are those of str, bytes and bytearray.
func stringMethods() map[string]methodFunc {
	return map[string]methodFunc{
		"lower": mapped(strings.ToLower), "upper": mapped(strings.ToUpper), "casefold": mapped(strings.ToLower),
		"title": known1(titled), "capitalize": known1(capitalized), "swapcase": known1(swapped),
		"strip": stripping(true, true), "lstrip": stripping(true, false), "rstrip": stripping(false, true),
		"startswith": comparingEnd(strings.HasPrefix, false), "endswith": comparingEnd(strings.HasSuffix, true),
		"removeprefix": removing(strings.TrimPrefix), "removesuffix": removing(strings.TrimSuffix),
		"replace": replaceText, "join": joinStrings, "split": splitText, "rsplit": splitText, "splitlines": splitLines,
		"partition": partitionText, "rpartition": partitionText,
		"find": findText, "index": findText, "rfind": findText, "rindex": findText, "count": countText,
		"center": aligning('^'), "ljust": aligning('<'), "rjust": aligning('>'), "zfill": zeroFilled,
		"encode": encodeText, "decode": decodeText, "hex": hexText, "translate": translateText, "expandtabs": expandTabs,
		"format":     func(self *Value, a *arguments) *Value { return formatText(self, a.pos, a.kw) },
		"format_map": formatMap,
		"isdigit":    classified(unicode.IsDigit), "isdecimal": classified(unicode.IsDigit), "isnumeric": classified(unicode.IsNumber),
		"isalpha": classified(unicode.IsLetter), "isspace": classified(unicode.IsSpace),
		"isalnum": classified(func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }),
		"islower": cased(strings.ToLower), "isupper": cased(strings.ToUpper), "isascii": known1(func(v *Value) *Value { return boolean(isASCII(v.Str)) }),
		"__str__": func(self *Value, a *arguments) *Value { return str(self) },
		"tobytes": func(self *Value, a *arguments) *Value { return self },
		"append":  appendByte, "extend": extendBytes, "pop": popByte, "reverse": reverseBytes, "copy": copyBytes, "insert": insertByte, "clear": clearBytes,
	}
}

// like makes a string of what self is, as much known as self, with its labels.
func like(self *Value, s string) *Value {
	if len(s) > resultLimit {
		return unknown(self)
	}
	return &Value{Kind: self.Kind, Str: s, Partial: self.Partial, Labels: self.Labels, Made: self.Made, Int: self.Int, ID: self.ID}
}

// mapped is a method that changes each character on its own.
func mapped(f func(string) string) methodFunc {
	return func(self *Value, a *arguments) *Value {
		if self.Kind == Bytes && !isASCII(self.Str) {
			b := []byte(self.Str)
			for i, c := range b {
				if c < 0x80 {
					b[i] = f(string(rune(c)))[0]
				}
			}
			return like(self, string(b))
		}
		return like(self, f(self.Str))
	}
}

// known1 is a method of a string alone.
func known1(f func(v *Value) *Value) methodFunc {
	return func(self *Value, a *arguments) *Value { return f(self) }
}

func titled(v *Value) *Value {
	within := false
	return like(v, strings.Map(func(r rune) rune {
		was := within
		within = unicode.IsLetter(r)
		if was {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, v.Str))
}

func capitalized(v *Value) *Value {
	runes := runesOf(v)
	for i, r := range runes {
		if i == 0 {
			runes[i] = unicode.ToUpper(r)
		} else {
			runes[i] = unicode.ToLower(r)
		}
	}
	return carry(textOfRunes(v, runes), v)
}

func swapped(v *Value) *Value {
	runes := runesOf(v)
	for i, r := range runes {
		if unicode.IsUpper(r) {
			runes[i] = unicode.ToLower(r)
		} else {
			runes[i] = unicode.ToUpper(r)
		}
	}
	return computed(carry(textOfRunes(v, runes), v), int64(len(runes)))
}

func stripping(left, right bool) methodFunc {
	return func(self *Value, a *arguments) *Value {
		set := " \t\n\r\v\f"
		if v := a.at(0, "chars"); !absent(v) {
			s, ok := knownText(v)
			if !ok {
				return nil
			}
			set = s
		} else if self.Kind == Text {
			set += "\x1c\x1d\x1e\x1f\x85\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
		}
		return like(self, trim(self, set, left, right))
	}
}

func trim(v *Value, set string, left, right bool) string {
	s := v.Str
	cut := func(r rune) bool { return strings.ContainsRune(set, r) }
	if v.Kind == Bytes {
		for left && s != "" && strings.IndexByte(set, s[0]) >= 0 {
			s = s[1:]
		}
		for right && s != "" && strings.IndexByte(set, s[len(s)-1]) >= 0 {
			s = s[:len(s)-1]
		}
		return s
	}
	if left {
		s = strings.TrimLeftFunc(s, cut)
	}
	if right {
		s = strings.TrimRightFunc(s, cut)
	}
	return s
}

// comparingEnd is startswith or endswith. Of a text with Holes only what stands
// before the first is compared, or after the last.
func comparingEnd(f func(s, part string) bool, end bool) methodFunc {
	return func(self *Value, a *arguments) *Value {
		if len(a.pos) != 1 {
			return nil
		}
		options := a.pos
		if a.pos[0].Kind == Tuple {
			options = a.pos[0].Items
		}
		sure := true
		for _, o := range options {
			part, ok := knownText(o)
			switch {
			case ok && f(self.Str, part):
				return trueValue
			case !ok, self.Partial && undecided(self.Str, part, end):
				sure = false
			}
		}
		if !sure {
			return nil
		}
		return falseValue
	}
}

// undecided says that what a Hole stands for decides whether s begins (or
// ends) with part.
func undecided(s, part string, end bool) bool {
	first, last := strings.Index(s, hole), strings.LastIndex(s, hole)
	switch {
	case first < 0:
		return true // the Hole went away with a part of the text
	case end:
		return strings.HasSuffix(part, s[last+len(hole):])
	}
	return strings.HasPrefix(part, s[:first])
}

func removing(f func(s, part string) string) methodFunc {
	return func(self *Value, a *arguments) *Value {
		part, ok := a.text(0, "")
		if !ok {
			return nil
		}
		return like(self, f(self.Str, part))
	}
}

// replacedOften is the number of replacements in one text from which on its
// words did not stand in the source.
const replacedOften = 4

func replaceText(self *Value, a *arguments) *Value {
	before, ok := a.text(0, "old")
	count, fits := a.int(2, "count", -1)
	with := a.at(1, "new")
	if !ok || !fits || with == nil {
		return nil
	}
	if opaque(with) {
		with = partialText(hole)
	}
	if !isString(with) {
		return nil
	}
	found := strings.Count(self.Str, before)
	if count >= 0 {
		found = min(found, count)
	}
	if len(self.Str)+found*(len(with.Str)-len(before)) > resultLimit {
		return nil
	}
	out := like(self, strings.Replace(self.Str, before, with.Str, count))
	if found == 0 {
		return out
	}
	out.Partial = out.Partial || with.Partial
	out = carry(out, with)
	if found >= replacedOften && with.Str == "" && out.Kind != Unknown {
		return computed(out, int64(len(out.Str)))
	}
	return out
}

// joinStrings is separator.join(parts).
func joinStrings(self *Value, a *arguments) *Value {
	if len(a.pos) != 1 {
		return nil
	}
	v := a.pos[0]
	if isString(v) && !v.Partial {
		return joinCharacters(self, v)
	}
	items, all := iterate(v)
	if !all && items == nil {
		return carry(partialText(hole), self, v)
	}
	p := pieces{text: self.Kind == Text, bytes: self.Kind == Bytes, partial: self.Partial}
	p.from = append(p.from, self)
	single, ok := p.joined(self.Str, items)
	if !ok {
		return nil
	}
	if !all {
		p.write(self.Str)
		p.hole()
		p.from = append(p.from, v)
	}
	if single >= computedLength && 2*single > len(items) {
		p.count = max(p.count, int64(single))
	}
	return p.result()
}

// joined adds items with a separator between them, and counts those of one or
// two characters. It is not ok where one is no string.
func (p *pieces) joined(separator string, items []*Value) (single int, ok bool) {
	for i, item := range items {
		if item.Kind == Int || item.Kind == None || isContainer(item) && item.Kind != Union {
			return 0, false
		}
		if i > 0 {
			p.write(separator)
		}
		if isString(item) && 0 < len(item.Str) && len(item.Str) <= 2 {
			single++
		}
		p.value(item)
	}
	return single, true
}

func joinCharacters(self, v *Value) *Value {
	if self.Str == "" && self.Kind == v.Kind {
		return v
	}
	runes := runesOf(v)
	if len(v.Str)+len(runes)*len(self.Str) > resultLimit {
		return nil
	}
	var out strings.Builder
	for i, r := range runes {
		if i > 0 {
			out.WriteString(self.Str)
		}
		out.WriteString(runeString(r))
	}
	return carry(text(out.String()), self, v)
}

func formatMap(self *Value, a *arguments) *Value {
	if len(a.pos) != 1 {
		return nil
	}
	f := braceFormat{mapped: a.pos[0]}
	f.out.text = true
	f.out.from = append(f.out.from, self)
	if f.text(self.Str, 0); f.failed {
		return nil
	}
	f.out.partial = f.out.partial || self.Partial
	return f.out.result()
}

func classified(f func(rune) bool) methodFunc {
	return known1(func(v *Value) *Value {
		for _, r := range runesOf(v) {
			if !f(r) {
				return falseValue
			}
		}
		return boolean(v.Str != "")
	})
}

func cased(f func(string) string) methodFunc {
	return known1(func(v *Value) *Value {
		return boolean(f(v.Str) == v.Str && strings.ToLower(v.Str) != strings.ToUpper(v.Str))
	})
}
