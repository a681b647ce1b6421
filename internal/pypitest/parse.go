package pypitest

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// Parse reads a dist from a txtar archive. Its comment holds directives, one a
// line, and lines of other programs ("want ...", "#...") that are left alone:
//
//	file NAME             the artifact's file name; required, and first
//	name NAME             the metadata's name, where it differs
//	version VERSION       the metadata's version, where it differs
//	requires REQUIREMENT  a Requires-Dist field
//	requires-python SPEC  on the page and in the metadata
//	upload TIME           RFC 3339 or a date
//	yank [REASON]
//	top FOLDER            of an sdist; "." = none
//	raw                   generate nothing
//	omit PATH             do not generate this file
//	unrecorded PATH       leave it out of RECORD
//	badhash PATH          RECORD has another hash
//	ghost PATH            in RECORD and nowhere else
//	exec PATH             mode 0755
//	symlink PATH TARGET   adds a link
//	hardlink PATH TARGET
//	native PATH FORMAT    adds an inert file with the header of elf, pe or macho
//	hex PATH              the member's text is hexadecimal
//	base64 PATH           the member's text is base64
func Parse(text []byte) (*Dist, error) {
	d, _, err := parse(txtar.Parse(text))
	return d, err
}

// ParseWithRest is Parse that also returns the lines of the comment that are no
// directives, such as expectations.
func ParseWithRest(text []byte) (*Dist, []string, error) {
	return parse(txtar.Parse(text))
}

// Load reads a dist from a txtar file.
func Load(tb testing.TB, file string) *Dist {
	tb.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	d, err := Parse(text)
	if err != nil {
		tb.Fatalf("%s: %v", file, err)
	}
	return d
}

func parse(a *txtar.Archive) (*Dist, []string, error) {
	d := &Dist{}
	for _, f := range a.Files {
		d.Members = append(d.Members, Member{Path: f.Name, Data: f.Data})
	}
	var rest []string
	for line := range strings.Lines(string(a.Comment)) {
		line = strings.TrimSpace(line)
		word, arg, _ := strings.Cut(line, " ")
		known, err := d.directive(word, strings.TrimSpace(arg))
		if err != nil {
			return nil, nil, fmt.Errorf("directive %q: %w", line, err)
		}
		if !known && line != "" {
			rest = append(rest, line)
		}
	}
	if d.Filename == "" {
		return nil, nil, fmt.Errorf("no file directive")
	}
	return d, rest, nil
}

// texts are the directives that set one field.
func (d *Dist) texts() map[string]*string {
	return map[string]*string{
		"file": &d.Filename, "name": &d.Name, "version": &d.Version,
		"requires-python": &d.RequiresPython, "top": &d.Top,
	}
}

// lists are the directives that append to one field.
func (d *Dist) lists() map[string]*[]string {
	return map[string]*[]string{
		"requires": &d.Requires, "omit": &d.Omit, "unrecorded": &d.Unrecorded,
		"badhash": &d.BadHash, "ghost": &d.Ghosts,
	}
}

func (d *Dist) directive(word, arg string) (known bool, err error) {
	if p := d.texts()[word]; p != nil {
		*p = arg
		return true, nil
	}
	if p := d.lists()[word]; p != nil {
		*p = append(*p, arg)
		return true, nil
	}
	switch word {
	case "raw":
		d.Raw = true
	case "yank":
		d.Yanked = &arg
	case "upload":
		d.UploadTime, err = parseTime(arg)
	case "exec", "hex", "base64":
		err = d.change(word, arg)
	case "symlink", "hardlink", "native":
		err = d.addSpecial(word, arg)
	default:
		return false, nil
	}
	return true, err
}

func parseTime(s string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	return time.Parse(time.RFC3339Nano, s)
}

func (d *Dist) change(word, path string) (err error) {
	for i := range d.Members {
		m := &d.Members[i]
		if m.Path != path {
			continue
		}
		text := strings.Join(strings.Fields(string(m.Data)), "")
		switch word {
		case "exec":
			m.Executable = true
		case "hex":
			m.Data, err = hex.DecodeString(text)
		case "base64":
			m.Data, err = base64.StdEncoding.DecodeString(text)
		}
		return err
	}
	return fmt.Errorf("no member %q", path)
}

func (d *Dist) addSpecial(word, arg string) error {
	path, second, ok := strings.Cut(arg, " ")
	if !ok {
		return fmt.Errorf("want two arguments")
	}
	m := Member{Path: path}
	switch word {
	case "symlink":
		m.Symlink = second
	case "hardlink":
		m.Hardlink = second
	case "native":
		if m.Data = Native(second); m.Data == nil {
			return fmt.Errorf("unknown format %q", second)
		}
	}
	d.Members = append(d.Members, m)
	return nil
}

// Native is an inert file of 128 bytes with the header of "elf", "pe" or
// "macho"; nil for other formats. No system loads it.
func Native(format string) []byte {
	b := make([]byte, 128)
	switch format {
	case "elf":
		copy(b, "\x7fELF\x02\x01\x01")
	case "pe":
		copy(b, "MZ")
		b[60] = 64
		copy(b[64:], "PE\x00\x00")
	case "macho":
		copy(b, "\xcf\xfa\xed\xfe")
	default:
		return nil
	}
	return b
}
