package rules

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"pipwarden/scan/python"
)

// wideGap is the number of blanks in front of a statement that no screen shows
// beside the rest of the line.
const wideGap = 100

// hasWideGap says that there is a run of wideGap blanks; it looks at every
// fiftieth byte.
func hasWideGap(b []byte) bool {
	for i := wideGap / 2; i < len(b); i += wideGap / 2 {
		if b[i] != ' ' && b[i] != '\t' {
			continue
		}
		start, stop := i, i
		for start > 0 && isBlank(b[start-1]) {
			start--
		}
		for stop < len(b) && isBlank(b[stop]) {
			stop++
		}
		if stop-start >= wideGap {
			return true
		}
	}
	return false
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\f' }

// hasForeignLetters says that there are letters that Python takes for ASCII ones
// (full width, mathematical, and a few single ones), or Cyrillic or Greek ones
// beside Latin ones.
func hasForeignLetters(b []byte) bool {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		next := i + size
		switch {
		case r >= 0x1d400 && r <= 0x1d7ff, r >= 0xff21 && r <= 0xff5a, r >= 0x2100 && r <= 0x214f,
			r == 0xaa, r == 0xba, r == 0x17f, r >= 0x1d2c && r <= 0x1d6a, r >= 0x2070 && r <= 0x209c, r == 0x2c7c:
			return true
		case r >= 0x370 && r <= 0x52f && (i > 0 && isWord(b[i-1]) || next < len(b) && isWord(b[next])):
			return true
		}
		i = next
	}
	return false
}

func isWord(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }

// invisible are characters without width: a text of them is a text that nobody
// sees. Joiners and selectors belong to emoji and scripts, one or two at a time.
func invisible(r rune) bool {
	switch {
	case r >= 0x200b && r <= 0x200f, r >= 0x2060 && r <= 0x2064, r == 0xfeff, r == 0x180e, r == 0x3164, r == 0xffa0:
		return true
	case r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0000 && r <= 0xe01ef:
		return true
	}
	return false
}

const (
	// minInvisible is the number of invisible characters in a row that carries a
	// message: six letters in binary. Sloppy editing leaves some tens at most.
	minInvisible = 48
	// minReordered is the number of letters behind a mark that makes a line worth
	// reordering. Tables of characters hold the marks alone.
	minReordered = 6
	// maxTokens bounds what is read for the sake of columns and letters.
	maxTokens = 2_000_000
)

// invisibleRun finds the first run of minInvisible invisible characters of more
// than one kind; -1 = none. One kind alone says nothing: it is what a web page
// leaves in a copied text.
func invisibleRun(b []byte) int {
	n, start, other, first := 0, 0, 0, rune(0)
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			n = 0
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		switch {
		case !invisible(r):
			n = 0
		case n == 0:
			start, first, n, other = i, r, 1, 0
		default:
			n++
			if r != first {
				other++
			}
		}
		if n >= minInvisible && other >= minInvisible/8 {
			return start
		}
		i += size
	}
	return -1
}

// unbalanced finds a line in which text is made to run backwards and not back
// again (Boucher and Anderson, "Trojan Source", 2021); -1 = none.
func unbalanced(b []byte) int {
	open, start, letters := 0, -1, 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf && open == 0 {
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		switch r {
		case 0x202a, 0x202b, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068:
			if open++; open == 1 {
				start, letters = i, 0
			}
		case 0x202c, 0x2069:
			open = max(0, open-1)
		case '\n':
			if open > 0 && letters >= minReordered {
				return start
			}
			open = 0
		default:
			if open > 0 && unicode.IsLetter(r) {
				letters++
			}
		}
		i += size
	}
	return -1
}

// characters looks for what has no width or another direction.
func (s *sourceCoding) characters(b []byte) {
	if i := invisibleRun(b); i >= 0 {
		s.say(i, 60, "a run of invisible characters stands in the source, long enough to carry a message")
	}
	if i := unbalanced(b); i >= 0 {
		s.say(i, 40, "a line makes its text run backwards to its end: editors show it in another order than Python reads it")
	}
}

// tokens looks at columns and names, token by token: what stands in texts and
// comments is none of either.
func (s *sourceCoding) tokens(f *python.File, wide bool) {
	depth, n, fresh := 0, 0, true // fresh: nothing stands on the line yet
	gap := python.Span{}
	previous := ""
	for t := range f.Tokens() {
		if n++; n > maxTokens || s.said > maxOddities {
			return // the file is judged by what came before
		}
		text := f.Text[t.Start:t.Stop]
		switch t.Kind {
		case python.SpaceTrivia:
			gap = t.Span
			continue
		case python.NewlineToken, python.NewlineTrivia:
			fresh, gap = true, python.Span{}
			continue
		case python.CommentTrivia, python.ContinuationTrivia, python.NULTrivia:
			gap = python.Span{}
			continue
		case python.OperatorToken:
			depth += nesting(text)
		case python.NameToken:
			s.name(f, t.Span, text)
		}
		if wide && !fresh && gap.Len() >= wideGap && s.gap(f, gap, depth, previous) {
			wide = false
		}
		fresh, gap, previous = false, python.Span{}, text
	}
}

func nesting(operator string) int {
	switch operator {
	case "(", "[", "{":
		return 1
	case ")", "]", "}":
		return -1
	}
	return 0
}

// hiddenCall is what somebody moves out of sight.
var hiddenCall = regexp.MustCompile(`^[;,]?\s*(?:exec|eval|__import__|import|from|compile|getattr|os\.\w+|subprocess\.\w+|_+)\b`)

// gap judges what stands behind many blanks, and says whether it spoke. Inside of
// brackets people align tables.
func (s *sourceCoding) gap(f *python.File, gap python.Span, depth int, previous string) bool {
	after := f.Text[gap.Stop:min(int(gap.Stop)+40, len(f.Text))]
	weight, what := 40, "code goes on"
	switch {
	case previous == ";" || hiddenCall.MatchString(after) || depth <= 0 && strings.ContainsAny(after[:1], ";,"):
		weight, what = 60, "another statement stands"
	case depth > 0:
		return false
	}
	s.say(min(f.Position(gap.Stop).Offset, len(s.m.Content)), weight,
		fmt.Sprintf("%s %d blanks to the right, where no screen shows it", what, gap.Len()))
	return true
}

// hiddenNames are what someone may want to call without writing it.
var hiddenNames = map[string]bool{
	"exec": true, "eval": true, "compile": true, "__import__": true, "getattr": true, "setattr": true, "globals": true, "locals": true,
	"vars": true, "open": true, "system": true, "popen": true, "subprocess": true, "base64": true, "b64decode": true, "os": true,
	"marshal": true, "loads": true, "zlib": true, "decompress": true, "socket": true, "requests": true, "urllib": true, "request": true,
	"urlopen": true, "Popen": true, "builtins": true, "__builtins__": true, "import": true, "from": true, "decode": true, "sys": true,
	"call": true, "check_output": true, "ctypes": true, "pickle": true, "codecs": true, "lambda": true, "environ": true,
}

// name judges one identifier: one that is another for Python than for a
// reader.
func (s *sourceCoding) name(f *python.File, at python.Span, text string) {
	if isASCII(text) {
		return
	}
	plain := norm.NFKC.String(text)
	switch {
	case hiddenNames[plain]:
		s.say(s.offset(f, at), 60, fmt.Sprintf("the name %q is written in letters of another alphabet, which Python takes for plain ones", plain))
	case isASCII(plain) && len(plain) >= 4:
		s.say(s.offset(f, at), 15, fmt.Sprintf("the name %q is written in letters of another alphabet", plain))
	case mixed(plain) && hiddenNames[skeleton(plain)]:
		s.say(s.offset(f, at), 40, fmt.Sprintf("the name %q mixes alphabets to look like %q", plain, skeleton(plain)))
	}
}

func (s *sourceCoding) offset(f *python.File, at python.Span) int {
	return min(f.Position(at.Start).Offset, len(s.m.Content))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// mixed says that a word holds Latin letters and Cyrillic or Greek ones.
func mixed(s string) bool {
	latin, other := false, false
	for _, r := range s {
		latin = latin || unicode.Is(unicode.Latin, r)
		other = other || unicode.Is(unicode.Cyrillic, r) || unicode.Is(unicode.Greek, r)
	}
	return latin && other
}

// lookAlikes are letters that print as another's (Unicode Technical Standard 39
// lists them all; these are the ones that make English words).
var lookAlikes = map[rune]rune{
	'а': 'a', 'с': 'c', 'ԁ': 'd', 'е': 'e', 'һ': 'h', 'і': 'i', 'ј': 'j', 'ӏ': 'l', 'о': 'o', 'р': 'p', 'ԛ': 'q', 'ѕ': 's', 'ѵ': 'v',
	'ԝ': 'w', 'х': 'x', 'у': 'y', 'ο': 'o', 'α': 'a', 'ν': 'v', 'ρ': 'p', 'ι': 'i', 'κ': 'k', 'υ': 'u', 'А': 'A', 'В': 'B', 'С': 'C',
	'Е': 'E', 'Н': 'H', 'І': 'I', 'К': 'K', 'М': 'M', 'О': 'O', 'Р': 'P', 'Т': 'T', 'Х': 'X',
}

// skeleton writes a word with the Latin letters that it looks like.
func skeleton(s string) string {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if plain, ok := lookAlikes[r]; ok {
			r = plain
		}
		out = append(out, r)
	}
	return string(out)
}
