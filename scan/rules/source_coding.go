package rules

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"pipwarden/scan"
	"pipwarden/scan/python"
)

// Coding looks at Python source that a reader does not see as Python reads it.
var Coding = &scan.Rule{
	ID: "source-coding",
	Doc: `Python source is not what an editor shows: coding, hidden columns, look-alike letters

Python decodes a file by the coding that its first lines declare, ends a line at a
bare carriage return, takes letters of mathematics for plain ones, and does not
care how far to the right a statement stands. Each hides code from whoever looks.
A declared coding in which other letters stand for the code (utf-7,
unicode_escape) weighs 80, a statement behind a hundred blanks 60 (other code
there 40), one behind a bare carriage return in a comment 60, builtins in foreign letters 60, invisible
characters by the dozen 60, a NUL byte or a text that runs backwards 40. Codings
of an alphabet weigh nothing. Of 508 genuine files none weighs 40.`,
	Weight:     80,
	Stage:      scan.StageImport,
	Behaviours: []scan.Behaviour{scan.CodeExecution},
	Hiding:     []scan.Hiding{scan.SourceCoding},
	Run: func(p *scan.Pass) scan.Hooks {
		return scan.Hooks{Member: func(m *scan.Member) {
			if m.Regular() && isPython(m) {
				(&sourceCoding{p: p, m: m}).check()
			}
		}}
	},
}

// isPython says that a member is Python source, by its name or by what it says.
func isPython(m *scan.Member) bool {
	switch m.Ext() {
	case ".py", ".pyw":
		return m.Format == scan.FormatText || m.Format == scan.FormatUnknown
	case "":
		return m.IsScript() && !bytes.HasPrefix(m.Content, []byte("#!/bin/")) && m.Format == scan.FormatText
	}
	return false
}

// maxOddities is the number of findings in one file: each counts its lines anew.
const maxOddities = 10

type sourceCoding struct {
	p    *scan.Pass
	m    *scan.Member
	said int
}

func (s *sourceCoding) check() {
	b := s.m.Content
	s.cookie(b)
	if i := bytes.IndexByte(b, 0); i >= 0 && !utf16(b) {
		s.say(i, 40, "a NUL byte stands in the source: some versions of Python stop reading there")
	}
	if i := bareReturn(b); i >= 0 {
		s.say(i, 60, "a carriage return in a comment ends the line for Python, and code follows that editors show as part of the comment")
	}
	wide, foreign := hasWideGap(b), !ascii(b)
	if foreign {
		s.characters(b)
	}
	if wide || foreign && hasForeignLetters(b) {
		s.tokens(python.Parse(b, python.Options{}), wide)
	}
}

// say reports what stands at an offset. What tests hold is what a tool for
// source has to be tested with.
func (s *sourceCoding) say(offset, weight int, message string) {
	if inTests(s.m.Path()) || s.m.Nested() {
		weight = min(weight, 5)
	}
	if s.said++; s.said > maxOddities {
		return
	}
	b := s.m.Content
	f := at(s.m, 1+lineBreaks(b[:offset]), weight, message)
	f.Code = string(b[max(0, offset-40):min(len(b), offset+200)])
	s.p.Report(f)
}

// lineBreaks counts lines as Python does.
func lineBreaks(b []byte) int {
	return bytes.Count(b, []byte("\n")) + bytes.Count(b, []byte("\r")) - bytes.Count(b, []byte("\r\n"))
}

func utf16(b []byte) bool {
	return bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff"))
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// hidingCodings are those in which ASCII text stands for other text. The names
// are those of CPython's codecs, with "_" for every sign.
var hidingCodings = regexp.MustCompile(`^(?:u(?:tf)?_?7|unicode_1_1_utf_7|(?:raw_)?unicode_?escape|string_escape|unicode_internal|idna|punycode|` +
	`rot_?13|hex(?:_codec)?|base_?64(?:_codec)?|zlib(?:_codec)?|zip|bz2(?:_codec)?|uu(?:_codec)?|quopri(?:_codec)?|quoted_printable|undefined)$`)

// shiftingCodings switch alphabets with escapes in ASCII.
var shiftingCodings = regexp.MustCompile(`^(?:hz|hzgb|hz_gb|hz_gb_2312|iso_?2022.*|csiso2022.*|utf_?16.*|u16|utf_?32.*|u32|cp(?:037|1026|1140|273|500|424|875)|ebcdic.*|ibm(?:037|500|1140).*)$`)

// cookieHead is how much of a file can hold the declaration.
const cookieHead = 4 << 10

// cookie judges the declared coding (PEP 263).
func (s *sourceCoding) cookie(b []byte) {
	head := b[:min(len(b), cookieHead)]
	if !bytes.Contains(head, []byte("coding")) {
		return
	}
	source := python.Parse(firstLines(head), python.Options{Dialect: python.Py3}).Source
	name := strings.NewReplacer("-", "_", ".", "_", " ", "_").Replace(strings.ToLower(source.Cookie))
	offset := max(0, bytes.Index(b, []byte(source.Cookie)))
	switch {
	case source.Cookie == "":
	case hidingCodings.MatchString(name):
		s.say(offset, 80, fmt.Sprintf("the declared coding %q turns other text into code than the one that stands here", source.Cookie))
	case shiftingCodings.MatchString(name):
		s.say(offset, 60, fmt.Sprintf("under the declared coding %q plain letters stand for others", source.Cookie))
	case source.Unknown:
		s.say(offset, 15, fmt.Sprintf("the declared coding %q is none of Python's: something registers it first", source.Cookie))
	}
}

// firstLines cuts a text after its second line end.
func firstLines(b []byte) []byte {
	n := 0
	for i, c := range b {
		if c == '\n' || c == '\r' && (i+1 == len(b) || b[i+1] != '\n') {
			if n++; n == 2 {
				return b[:i]
			}
		}
	}
	return b
}

// bareReturn finds a carriage return that ends no line for an editor, in a
// comment, with code behind it; -1 = none. Files that end all lines so are of
// old systems, and "\r\r\n" is what a careless conversion leaves.
func bareReturn(b []byte) int {
	if !bytes.Contains(b, []byte("\n")) {
		return -1
	}
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], '\r')
		if i < 0 {
			return -1
		}
		i += at
		at = i + 1
		rest := bytes.TrimLeft(b[at:min(len(b), at+4096)], " \t\f\r")
		if len(rest) == 0 || rest[0] == '\n' || rest[0] == '#' {
			continue
		}
		line := b[bytes.LastIndexByte(b[:i], '\n')+1 : i]
		if bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("#")) && !bytes.Contains(line, []byte("\r")) {
			return i
		}
	}
}
