package scan_test

import (
	"testing"

	"pipwarden/internal/pypitest"
	"pipwarden/scan"
)

func TestFormatOf(t *testing.T) {
	tar := make([]byte, 512)
	copy(tar, "a.txt")
	copy(tar[257:], "ustar")
	tests := []struct {
		head string
		want scan.Format
	}{
		{"", scan.FormatEmpty},
		{"import os\n", scan.FormatText},
		{"caf\xe9 in latin-1", scan.FormatText},
		{"\xff\xfei\x00m\x00p\x00", scan.FormatText},
		{"a\x00b", scan.FormatUnknown},
		{"MZ is a text", scan.FormatText},
		{"MZ" + string(make([]byte, 100)), scan.FormatUnknown}, // no PE header
		{string(pypitest.Native("pe")), scan.FormatPE},
		{string(pypitest.Native("elf")), scan.FormatELF},
		{string(pypitest.Native("macho")), scan.FormatMachO},
		{"\xca\xfe\xba\xbe\x00\x00\x00\x02", scan.FormatMachO},   // two architectures
		{"\xca\xfe\xba\xbe\x00\x00\x00\x34", scan.FormatUnknown}, // a Java class
		{"PK\x03\x04", scan.FormatZip},
		{"PK\x05\x06", scan.FormatZip},
		{"\x1f\x8b\x08", scan.FormatGzip},
		{"BZh9", scan.FormatBzip2},
		{"\xfd7zXZ\x00", scan.FormatXz},
		{"\x00asm\x01", scan.FormatWasm},
		{string(tar), scan.FormatTar},
		{"\xcb\x0d\r\n" + string(make([]byte, 12)), scan.FormatPyc},
	}
	for _, tt := range tests {
		if got := scan.FormatOf([]byte(tt.head)); got != tt.want {
			t.Errorf("FormatOf(%.20q) = %v, want %v", tt.head, got, tt.want)
		}
	}
}

func TestIsScript(t *testing.T) {
	tests := []struct {
		path, content string
		want          bool
	}{
		{"a.py", "", false}, // nothing to run
		{"a.py", "1", true},
		{"a.PS1", "1", true},
		{"a.py", "\x7fELF", false},
		{"run", "#!/bin/sh\n", true},
		{"data", "import os, sys\n", true},
		{"data.txt", "# one\nfrom os.path import join\n", true},
		{"data.bin", "exec(x)\n", true},
		{"letter.txt", "from the office\nimport duties were raised\n", false},
		{"a.json", "{}", false},
		{"a.js", "function f() {}\n", false},
	}
	for _, tt := range tests {
		m := scan.Member{Layers: []string{tt.path}, Content: []byte(tt.content), Format: scan.FormatOf([]byte(tt.content))}
		if got := m.IsScript(); got != tt.want {
			t.Errorf("IsScript of %q with %q = %v, want %v", tt.path, tt.content, got, tt.want)
		}
	}
}

func TestLevelText(t *testing.T) {
	for _, l := range []scan.Level{scan.LevelUnknown, scan.LevelClean, scan.LevelSuspicious, scan.LevelMalicious} {
		back, err := scan.ParseLevel(l.String())
		if err != nil || back != l {
			t.Errorf("ParseLevel(%q) = %v, %v", l, back, err)
		}
	}
	if _, err := scan.ParseLevel("harmless"); err == nil {
		t.Error("an unknown level is read")
	}
	if got := scan.Level(9).String(); got != "unknown" {
		t.Errorf("a level that is none = %q", got)
	}
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		`plain "text"`:      `plain "text"`,
		"\x1b[2Jred\n":      `\x1b[2Jred\n`,
		"\u202egnp.exe":     `\u202egnp.exe`,
		"\xff\\x":           `\xff\\x`,
		"\u0435xec \u2028x": `\u0435xec \u2028x`,
	} {
		if got := scan.Escape(in); got != want {
			t.Errorf("Escape(%q) = %s, want %s", in, got, want)
		}
	}
}
