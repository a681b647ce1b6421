// Package lookalike holds inert look-alikes of malicious and of genuine
// artifacts, and mutators that hide what the malicious ones do. It is for tests
// alone.
//
// A look-alike has the shape of something that was seen in the wild and none of
// its substance: its hosts end in .invalid, lie in the blocks of addresses kept
// for documentation, or are public services with accounts that cannot exist. It
// is built in memory, and nothing of it is ever run.
//
// Each is a txtar under testdata/malicious or testdata/genuine, as
// pypitest.Parse reads it, with a sentence on what it does and these lines:
//
//	level LEVEL   malicious: the least level that it must reach; genuine: the most that it may
//	stage STAGE   when the payload runs, as scan.Stage has it
//	place PATH    a member that holds the payload; may be repeated
//	python 2      the payload is written in Python 2
package lookalike

import (
	"cmp"
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"

	"pipwarden/internal/pypitest"
	"pipwarden/pypi"
	"pipwarden/scan"
)

//go:embed testdata/*/*.txtar
var files embed.FS

// A Sample is one look-alike.
type Sample struct {
	Name   string         // of its txtar, without the extension
	About  string         // what it does, in a sentence
	Dist   *pypitest.Dist // what it is built from; not to be changed
	Level  scan.Level     // the least (malicious) or the most (genuine) that it is
	Stage  scan.Stage     // when the payload runs; "" for genuine ones
	Places []string       // members that hold the payload; empty for genuine ones
	Python int            // major version of the language
}

// Malicious returns the look-alikes of malicious artifacts, by name.
func Malicious() ([]*Sample, error) { return load("malicious") }

// Genuine returns the look-alikes of genuine artifacts, by name: what honest
// packages do that reads like malice.
func Genuine() ([]*Sample, error) { return load("genuine") }

func load(folder string) ([]*Sample, error) {
	entries, err := files.ReadDir("testdata/" + folder)
	if err != nil {
		return nil, err
	}
	var out []*Sample
	for _, e := range entries {
		text, err := files.ReadFile("testdata/" + folder + "/" + e.Name())
		if err != nil {
			return nil, err
		}
		s, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s/%s: %w", folder, e.Name(), err)
		}
		s.Name = strings.TrimSuffix(e.Name(), path.Ext(e.Name()))
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b *Sample) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

func parse(text []byte) (*Sample, error) {
	dist, rest, err := pypitest.ParseWithRest(text)
	if err != nil {
		return nil, err
	}
	s := &Sample{Dist: dist, Python: 3}
	for _, line := range rest {
		word, arg, _ := strings.Cut(line, " ")
		switch word {
		case "#":
			s.About = strings.TrimSpace(s.About + " " + arg)
		case "level":
			if s.Level, err = scan.ParseLevel(arg); err != nil {
				return nil, err
			}
		case "stage":
			s.Stage = scan.Stage(arg)
		case "place":
			s.Places = append(s.Places, arg)
		case "python":
			s.Python = 2
		default:
			return nil, fmt.Errorf("a line that says nothing: %q", line)
		}
	}
	return s, s.check()
}

func (s *Sample) check() error {
	if s.About == "" || s.Level == scan.LevelUnknown {
		return fmt.Errorf("no sentence or no level")
	}
	if s.Stage != "" && !slices.Contains(scan.Stages, s.Stage) {
		return fmt.Errorf("unknown stage %q", s.Stage)
	}
	if _, err := pypi.ParseFilename(s.Dist.Filename, ""); err != nil {
		return err
	}
	for _, p := range s.Places {
		if member(s.Dist, p) == nil {
			return fmt.Errorf("no member %q", p)
		}
	}
	return nil
}

// member returns the member at a path, nil if there is none.
func member(d *pypitest.Dist, p string) *pypitest.Member {
	for i := range d.Members {
		if d.Members[i].Path == p {
			return &d.Members[i]
		}
	}
	return nil
}
