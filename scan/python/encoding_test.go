package python_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pipwarden/scan/python"
	"pipwarden/scan/python/internal/cpython"
)

// encodedSources are files in encodings other than UTF-8. Each CPython that
// knows the encoding must read the same tree.
func encodedSources(t *testing.T) map[string]string {
	t.Helper()
	sources := map[string]string{
		"utf-8":                "# coding: utf-8\nx = u'\u00e9\u4e2d\U0001f600'\n",
		"bom":                  "\ufeffx = u'\u00e9'\n",
		"bom and cookie":       "\ufeff# coding: utf-8\nx = u'\u00e9'\n",
		"second line":          "#!/usr/bin/python\n# -*- coding: latin-1 -*-\nx = u'\xe9'\n",
		"second line, code":    "x = 1\n# -*- coding: latin-1 -*-\nx = 1\n",
		"vim":                  "# vim: set fileencoding=cp1252 :\nx = u'\x80\x93'\n",
		"carriage return":      "# coding: latin-1\rx = u'\xe9'\r",
		"latin-1 as bytes":     "# coding: latin-1\nx = '\xe9\\x41\xe9'\n",
		"gbk as bytes":         "# coding: gbk\nx = '\xd6\xd0\\n'\n",
		"utf-7":                "# coding: utf-7\nx = u'+AOk- +2D3eAA- a+-b'\n+AHAAcgBpAG4AdA-(1)\n",
		"utf-7, open run":      "# coding: utf-7\nx = u'+AOk'\n",
		"utf-7, whole line":    "# coding: utf-7\n+AGUAeABlAGM('1')\n",
		"unicode_escape":       "# coding: unicode_escape\nx = u'\xe9'\\ny = 1\\x0a\\u0065\\170\\U00000065c('1')\n",
		"unicode_escape, name": "# coding: unicode-escape\nx = u'\\N{BULLET}'\n",
		"raw_unicode_escape":   "# coding: raw_unicode_escape\nx = u'\xe9\\u4e2d\\\\u4e2d\\n'\n\\u0065xec('1')\n",
		"hz":                   "# coding: hz\nx = u'~{VPND~} ~~'\n",
		"iso2022_jp":           "# coding: iso2022_jp\nx = u'\x1b$B$\"\x1b(B'\n",
		"iso2022_kr":           "# coding: iso2022_kr\n\x1b$)Cx = 1\n",
		"euc_jp":               "# coding: euc_jp\nx = u'\xa4\xa2\xb0\xa1'\n",
		"shift_jis":            "# coding: shift_jis\nx = u'\x82\xa0\x88\x9f\xb1'\n",
		"cp932":                "# coding: cp932\nx = u'\x82\xa0\x87\x40'\n",
		"gb18030":              "# coding: gb18030\nx = u'\xd6\xd0\x81\x30\x81\x30'\n",
		"big5":                 "# coding: big5\nx = u'\xa4\xa4\xa4\xe5'\n",
		"euc_kr":               "# coding: euc_kr\nx = u'\xc7\xd1\xb1\xdb'\n",
		"cp949":                "# coding: cp949\nx = u'\xc7\xd1\x81\x41'\n",
		"idna":                 "# coding: idna\nx = 1\n",
		"rot_13":               "# coding: rot_13\nk = 'uryyb'\n",
		"unknown":              "# coding: no-such-encoding\nx = 1\n",
		"hex":                  "# coding: hex\n783d31\n",
		"base64":               "# coding: base64\neD0x\n",
		"invalid UTF-8":        "x = 1 # \xff\n",
		"surrogates in UTF-8":  "x = u'\xed\xa0\x80'\n",
		"overlong UTF-8":       "x = u'\xc0\x80'\n",
		"identifiers":          "\U0001d41e\U0001d431\U0001d41e\U0001d41c('1')\n\ufb01 = \u212b\n",
		"names":                "x = u'\\N{BULLET}\\N{HANGUL SYLLABLE GAG}\\N{CJK UNIFIED IDEOGRAPH-4E2D}\\N{NBSP}\\N{latin small letter a}'\n",
		"sequence by name":     "x = u'\\N{KEYCAP DIGIT ONE}'\n",
		"escapes":              "x = u'\\a\\b\\f\\n\\r\\t\\v\\\\\\'\\\"\\0\\12\\377\\x41\\u4e2d\\U0001f600\\ud800\\\n\\q'\n",
		"escapes in bytes":     "x = b'\\a\\0\\12\\377\\x41\\u4e2d\\N{x}\\\n\\q'\n",
		"large octal":          "x = u'\\777'\n",
		"truncated escapes":    "x = u'\\x4'\n",
		"raw":                  "x = r'\\x41\\'\\\n'\n",
	}
	for _, name := range tableNames(t) {
		var b strings.Builder
		fmt.Fprintf(&b, "# coding: %s\nx = u'", name)
		for c := 0x80; c < 0x100; c++ {
			b.WriteByte(byte(c))
		}
		b.WriteString("'\ny = '")
		b.WriteString("\xc1\xe1\xf1'\n")
		sources["table "+name] = b.String()
		sources["part of table "+name] = fmt.Sprintf("# coding: %s\nx = u'\xa7\xb5\xc1\xd3\xe5\xf1'\n", name)
	}
	return sources
}

// tableNames reads the names of the single-byte encodings.
func tableNames(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("encodings.txt")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(data)) {
		if fields := strings.Fields(line); fields[0] == "table" {
			names = append(names, fields[1])
		}
	}
	return names
}

func TestEncodings(t *testing.T) {
	byDialect := map[python.Dialect][]cpython.Interpreter{}
	for _, i := range cpython.Find(t.Context()) {
		byDialect[dialect(i)] = append(byDialect[dialect(i)], i)
	}
	dir := t.TempDir()
	for d, interpreters := range byDialect {
		t.Run(d.String(), func(t *testing.T) {
			var snippets []*snippet
			for name, src := range encodedSources(t) {
				path := filepath.Join(dir, d.String()+" "+strings.ReplaceAll(name, "/", " ")+".py")
				if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
					t.Fatal(err)
				}
				newer := strings.Contains(src, "kz1048") || strings.Contains(src, "cp1125") || strings.Contains(src, "koi8_t") ||
					strings.Contains(src, "NBSP")
				snippets = append(snippets, &snippet{path: path, src: src, newer: newer && d == python.Py2})
			}
			compareSnippets(t, interpreters, snippets)
		})
	}
}

// TestOffset checks that each rune of a decoded text knows where it came from.
func TestOffset(t *testing.T) {
	for _, tt := range []struct {
		name, src, find string
		want            int
	}{
		{"utf-8", "x = 'é'; yy\n", "yy", 10},
		{"bom", "\ufeffyy\n", "yy", 3},
		{"latin-1", "# coding: latin-1\nx = '\xe9\xe9'; yy\n", "yy", 28},
		{"utf-7", "# coding: utf-7\nx = '+AOkA6Q-'; yy\n", "yy", 32},
		{"gbk", "# coding: gbk\nx = '\xd6\xd0\xd6\xd0'; yy\n", "yy", 26},
		{"hz", "# coding: hz\nx = '~{VPND~}'; yy\n", "yy", 29},
		{"unicode_escape", "# coding: unicode_escape\nx = 1\\n\\x79\\x79\n", "yy", 32},
	} {
		f := python.Parse([]byte(tt.src), python.Options{})
		i := strings.Index(f.Text, tt.find)
		if i < 0 {
			t.Errorf("%s: %q does not hold %q", tt.name, f.Text, tt.find)
			continue
		}
		if got := f.Position(python.Pos(i)).Offset; got != tt.want {
			t.Errorf("%s: %q stands at %d, want %d", tt.name, tt.find, got, tt.want)
		}
	}
}
