package pypi

import (
	"math/rand/v2"
	"strings"
)

// speller makes texts of the shapes that the specifications describe, right and
// slightly wrong.
type speller struct{ *rand.Rand }

func newSpeller() speller { return speller{rand.New(rand.NewPCG(440, 508))} }

func (s speller) pick(words ...string) string { return words[s.IntN(len(words))] }

// maybe returns one of the words once in n.
func (s speller) maybe(n int, words ...string) string {
	if s.IntN(n) > 0 {
		return ""
	}
	return s.pick(words...)
}

func (s speller) number() string {
	return s.pick("0", "1", "2", "3", "9", "10", "00", "01", "159", "160", "161", "2024", "20240101000000")
}

func (s speller) release() string {
	parts := make([]string, 1+s.IntN(4))
	for i := range parts {
		parts[i] = s.pick("0", "0", "1", "1", "2", s.number())
	}
	return strings.Join(parts, ".")
}

func (s speller) separator() string { return s.pick("", "", ".", "-", "_") }

// version makes a version; one of eight is likely to be wrong.
func (s speller) version() string {
	v := s.maybe(12, "v", "V", " ") + s.maybe(10, "0!", "1!", "2!") + s.release()
	if s.IntN(3) == 0 {
		v += s.separator() + s.pick("a", "b", "c", "rc", "RC", "alpha", "beta", "pre", "preview", "Beta") +
			s.separator() + s.maybe(2, s.number())
	}
	if s.IntN(4) == 0 {
		v += s.pick("-"+s.number(), s.separator()+s.pick("post", "rev", "r", "POST")+s.separator()+s.maybe(2, s.number()))
	}
	if s.IntN(4) == 0 {
		v += s.separator() + s.pick("dev", "Dev") + s.separator() + s.maybe(2, s.number())
	}
	if s.IntN(5) == 0 {
		v += "+" + s.pick("abc", "1", "01", "Ubuntu", "0a", "cu118") + s.maybe(2, ".", "-", "_") + s.maybe(2, "5", "x", "10")
	}
	if s.IntN(16) == 0 {
		i := s.IntN(len(v) + 1)
		v = v[:i] + s.pick(".", "-", "_", "+", "!", "a", "x", "0", " ", "*", "post") + v[i:]
	}
	return v
}

func (s speller) specifier() string {
	op := s.pick("==", "!=", "<=", ">=", "<", ">", "~=", "===")
	v := strings.TrimSpace(s.version())
	if s.IntN(4) == 0 && (op == "==" || op == "!=") {
		v = s.maybe(6, "1!") + s.release() + ".*"
	}
	if op != "==" && op != "!=" && s.IntN(8) > 0 {
		v, _, _ = strings.Cut(v, "+")
	}
	return op + s.maybe(4, " ") + v
}

func (s speller) specifiers() string {
	list := make([]string, 1+s.IntN(3))
	for i := range list {
		list[i] = s.specifier()
	}
	return strings.Join(list, s.pick(",", ", ", " , "))
}

func (s speller) name() string {
	return s.pick("demo", "Demo", "zope.interface", "zope_interface", "a__b", "a-b", "x2", "2to3")
}

func (s speller) marker(depth int) string {
	switch {
	case depth > 0 && s.IntN(3) == 0:
		return s.marker(depth-1) + s.pick(" and ", " or ", " and", "or ") + s.marker(depth-1)
	case depth > 0 && s.IntN(4) == 0:
		return s.pick("(", "( ") + s.marker(depth-1) + s.pick(")", " )", "")
	default:
		value := func() string {
			return s.pick("python_version", "os_name", "os.name", "sys_platform", "extra", "platform.machine",
				"implementation_name", "'3.8'", `"linux"`, "'a b'", `"it's"`, "nonsense", "'open")
		}
		return value() + s.pick("", " ") +
			s.pick("==", "===", "!=", "<", "<=", ">", ">=", "~=", " in ", " not in ", "in", " not  in ", "=", "<>", "not") +
			s.pick("", " ") + value()
	}
}

func (s speller) requirement() string {
	r := s.maybe(10, " ") + s.name() + s.maybe(2, " ")
	r += s.maybe(3, "[a]", "[a, b.c]", "[ a ,b ]", "[]", "[ ]", "[a", "[a,]", "[-a]")
	switch s.IntN(6) {
	case 0:
		r += s.pick("@ ", " @ ", "@", " @") + s.pick("https://files.invalid/demo.zip", "file:///x;y", "x", "")
		r += s.pick("", " ", "  ")
	case 1:
		r += s.pick("(", " (", "( ") + s.specifiers() + s.pick(")", " )", "", "))")
	case 2:
	default:
		r += s.maybe(2, " ") + s.specifiers() + s.maybe(12, ",", ", ", ",,", " x")
	}
	if s.IntN(3) == 0 {
		r += s.pick(";", " ;", "; ", " ; ") + s.marker(2)
	}
	return r
}
