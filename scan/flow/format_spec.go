package flow

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// A directive is one conversion of a value to text, of the % operator or of
// the "Format Specification Mini-Language".
type directive struct {
	fill      string
	align     byte // < > ^ =, 0 if absent
	sign      byte // + or blank, 0 if absent
	alternate bool
	width     int
	group     byte // , or _
	precision int  // -1 if absent
	verb      byte // 0 if absent
}

// plainDirective is the empty specification.
var plainDirective = directive{fill: " ", precision: -1}

// parseSpec reads what stands after the colon; not ok for what is none.
func parseSpec(s string) (d directive, ok bool) {
	d = plainDirective
	s = d.parseAlign(s)
	if s != "" && strings.IndexByte("+- ", s[0]) >= 0 {
		if s[0] != '-' {
			d.sign = s[0]
		}
		s = s[1:]
	}
	s = strings.TrimPrefix(s, "z")
	if strings.HasPrefix(s, "#") {
		d.alternate, s = true, s[1:]
	}
	if strings.HasPrefix(s, "0") {
		if d.align == 0 {
			d.fill, d.align = "0", '='
		}
		s = s[1:]
	}
	if d.width, s, ok = digits(s, 0); !ok {
		return d, false
	}
	if s != "" && (s[0] == ',' || s[0] == '_') {
		d.group, s = s[0], s[1:]
	}
	if strings.HasPrefix(s, ".") {
		if d.precision, s, ok = digits(s[1:], -1); !ok {
			return d, false
		}
	}
	if len(s) == 1 {
		d.verb, s = s[0], ""
	}
	return d, s == ""
}

func (d *directive) parseAlign(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	if len(s) > n && n > 0 && strings.IndexByte("<>^=", s[n]) >= 0 {
		d.fill, d.align = s[:n], s[n]
		return s[n+1:]
	}
	if s != "" && strings.IndexByte("<>^=", s[0]) >= 0 {
		d.align = s[0]
		return s[1:]
	}
	return s
}

// digits reads a number at the beginning of s; not ok if it is no size.
func digits(s string, otherwise int) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	if i == 0 {
		return otherwise, s, true
	}
	n, err := strconv.Atoi(s[:i])
	return n, s[i:], err == nil && n <= resultLimit
}

// pad brings a text to the directive's width; otherwise is the alignment of
// values of its kind.
func (d *directive) pad(s string, otherwise byte) string {
	missing := d.width - utf8.RuneCountInString(s)
	if missing <= 0 {
		return s
	}
	align := d.align
	if align == 0 {
		align = otherwise
	}
	left, right := missing, 0
	switch align {
	case '<':
		left, right = 0, missing
	case '^':
		left, right = missing/2, missing-missing/2
	case '=':
		if s != "" && strings.IndexByte("+- ", s[0]) >= 0 {
			return s[:1] + strings.Repeat(d.fill, missing) + s[1:]
		}
	}
	return strings.Repeat(d.fill, left) + s + strings.Repeat(d.fill, right)
}

// apply converts a value; not ok where it is not known, or where Python would
// raise an exception.
func (d *directive) apply(v *Value) (string, bool) {
	if d.width > resultLimit {
		return "", false
	}
	switch {
	case isNumber(v) && d.numeric(v):
		convert := d.integer
		if v.Kind == Float || d.verb != 0 && strings.IndexByte("eEfFgG%", d.verb) >= 0 {
			convert = d.float
		}
		s, ok := convert(v)
		return d.pad(d.signed(s), '>'), ok
	case d.verb != 0 && d.verb != 's':
		return "", false
	case v.Kind == Text:
		s := v.Str
		if d.precision >= 0 && d.precision < length(v) {
			s = part(v, 0, d.precision)
		}
		return d.pad(s, '<'), !v.Partial
	}
	s, ok := repr(v)
	return d.pad(s, '<'), ok
}

// numeric says that a number is not written as its str: that of a Bool is a
// word, unless it is asked for a form of numbers.
func (d *directive) numeric(v *Value) bool {
	return v.Kind != Bool || d.verb != 's' && *d != plainDirective
}

func (d *directive) signed(s string) string {
	if d.sign != 0 && !strings.HasPrefix(s, "-") {
		return string(d.sign) + s
	}
	return s
}

func (d *directive) integer(v *Value) (string, bool) {
	s, prefix, ok := "", "", true
	switch d.verb {
	case 0, 'd', 'n':
		s, ok = decimal(v)
		if v.Kind == Bool {
			s = strconv.FormatInt(v.Int, 10)
		}
	case 'x', 'X':
		s, prefix, ok = inBase(v, 16)
	case 'o':
		s, prefix, ok = inBase(v, 8)
	case 'b':
		s, prefix, ok = inBase(v, 2)
	case 'c':
		n, fits := smallInt(v)
		return runeString(rune(n)), fits && 0 <= n && n <= utf8.MaxRune
	default:
		return "", false
	}
	if d.group != 0 {
		s = grouped(s, d.group, d.verb)
	}
	if d.alternate {
		s = prefixed(s, prefix)
	}
	if d.verb == 'X' {
		s = strings.ToUpper(s)
	}
	return s, ok
}

func prefixed(s, prefix string) string {
	if strings.HasPrefix(s, "-") {
		return "-" + prefix + s[1:]
	}
	return prefix + s
}

// grouped separates the digits in threes, or fours where the base is not ten.
func grouped(s string, separator, verb byte) string {
	sign, width := "", 3
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	if verb != 0 && verb != 'd' && verb != 'n' {
		width = 4
	}
	whole, rest := s, ""
	if i := strings.IndexAny(s, ".e"); i >= 0 && width == 3 {
		whole, rest = s[:i], s[i:]
	}
	var out []byte
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%width == 0 {
			out = append(out, separator)
		}
		out = append(out, whole[i])
	}
	return sign + string(out) + rest
}

func (d *directive) float(v *Value) (string, bool) {
	f, ok := floatOf(v)
	if !ok || d.precision > 1000 {
		return "", false
	}
	precision := d.precision
	if precision < 0 {
		precision = 6
	}
	s := ""
	switch d.verb {
	case 0:
		if d.precision < 0 {
			s = floatText(f)
		} else {
			s = general(f, max(precision, 1))
			if !strings.ContainsAny(s, ".en") {
				s += ".0"
			}
		}
	case 'e', 'E', 'f':
		s = strconv.FormatFloat(f, d.verb, precision, 64)
	case 'F':
		s = strconv.FormatFloat(f, 'f', precision, 64)
	case 'g', 'n':
		s = general(f, max(precision, 1))
	case 'G':
		s = strings.ToUpper(general(f, max(precision, 1)))
	case '%':
		s = strconv.FormatFloat(f*100, 'f', precision, 64) + "%"
	default:
		return "", false
	}
	if d.group != 0 {
		s = grouped(s, d.group, 0)
	}
	return s, true
}

// general is %g: the digits of the precision without trailing zeros, with an
// exponent where that is shorter.
func general(f float64, precision int) string {
	s := strconv.FormatFloat(f, 'e', precision-1, 64)
	i := strings.IndexByte(s, 'e')
	if i < 0 {
		return s
	}
	exponent, _ := strconv.Atoi(s[i+1:])
	if exponent < -4 || exponent >= precision {
		return trimZeros(s[:i]) + s[i:]
	}
	return trimZeros(strconv.FormatFloat(f, 'f', max(0, precision-1-exponent), 64))
}

func trimZeros(s string) string {
	if strings.IndexByte(s, '.') < 0 {
		return s
	}
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// decimal is the repr of a number.
func decimal(v *Value) (string, bool) {
	switch {
	case v.Kind == Bool:
		return []string{"False", "True"}[v.Int&1], true
	case v.Kind == Float:
		return floatText(v.Float), true
	case v.Big == nil:
		return strconv.FormatInt(v.Int, 10), true
	}
	b, ok := bigOf(v)
	if !ok || b.BitLen() > productBits/2 {
		return "", false
	}
	return b.String(), true
}

// floatText is repr of a float: the shortest text that reads the same.
func floatText(f float64) string {
	s := strconv.FormatFloat(f, 'e', -1, 64)
	i := strings.IndexByte(s, 'e')
	if i < 0 {
		return strings.ToLower(strings.TrimPrefix(s, "+"))
	}
	exponent, _ := strconv.Atoi(s[i+1:])
	if exponent < -4 || exponent >= 16 {
		return s
	}
	s = strconv.FormatFloat(f, 'f', -1, 64)
	if strings.IndexByte(s, '.') < 0 {
		s += ".0"
	}
	return s
}

// inBase writes an Int without a prefix, and returns the prefix too.
func inBase(v *Value, base int) (s, prefix string, ok bool) {
	prefix = map[int]string{2: "0b", 8: "0o", 16: "0x"}[base]
	if n, fits := intOf(v); fits {
		return strconv.FormatInt(n, base), prefix, true
	}
	b, ok := bigOf(v)
	if !ok {
		return "", prefix, false
	}
	return b.Text(base), prefix, true
}
