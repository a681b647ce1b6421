// Package labelled reads sets of artifacts that somebody has labelled as
// malicious or genuine, for measuring the scanner.
//
// A malicious set is a tar whose members are FAMILY/FILE, or a folder of such
// files. Members of a tar are read in place: nothing of them reaches the disk.
// A genuine set is a folder of artifacts under their own names.
//
// # The split
//
// A set is split in two by what belongs together: families of malicious files,
// projects of genuine ones. Rules are tuned on [Tune] alone; of [Held] nobody
// looks at more than totals. [Held] groups are those for which the first byte of
// the SHA-256 of the name, modulo ten, is below three.
package labelled

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"pipwarden/pypi"
)

// A Split is a part of a set.
type Split uint8

const (
	Held Split = iota // looked at as totals only
	Tune              // looked at file by file
	All               // both
)

var splitNames = []string{"held", "tune", "all"}

// String returns "held", "tune" or "all".
func (s Split) String() string { return splitNames[s] }

// ParseSplit is the inverse of [Split.String].
func ParseSplit(s string) (Split, error) {
	i := slices.Index(splitNames, s)
	if i < 0 {
		return Held, fmt.Errorf("unknown split %q: want tune, held or all", s)
	}
	return Split(i), nil
}

// SplitOf returns the part, Held or Tune, that a family or project is in.
func SplitOf(group string) Split {
	if sha256.Sum256([]byte(group))[0]%10 < 3 {
		return Held
	}
	return Tune
}

// A Sample is one labelled artifact.
type Sample struct {
	Name      string   // file name, the one that an installer would go by
	Path      string   // of the member or the file, for messages
	Project   string   // that the labels say the file is of; "" = by its name
	Group     string   // family of a malicious sample, normalised project of a genuine one
	Class     string   // what the labels say that it does; "" = nothing
	Places    []string // where the labels say that the payload is; empty = nothing
	Malicious bool
	Size      int64 // bytes

	content io.ReaderAt // nil = the file at Path
}

// noPayload are the classes of samples in which whoever labelled them saw no payload.
var noPayload = []string{"weak", "no_risky_api_anywhere", "nothing_found_by_heuristic", "no_python"}

// Payload reports whether the sample is labelled as one that does harm. A sample
// without a class is.
func (s *Sample) Payload() bool { return s.Malicious && !slices.Contains(noPayload, s.Class) }

// Split returns the part that the sample is in.
func (s *Sample) Split() Split { return SplitOf(s.Group) }

// Filename is the sample's name taken apart, as a file of the labelled project
// if it is one; a name that is no distribution's has [pypi.KindUnknown] and its
// text.
func (s *Sample) Filename() pypi.Filename {
	if project, err := pypi.ParseName(s.Project); err == nil {
		if f, err := pypi.ParseFilename(s.Name, project); err == nil {
			return f
		}
	}
	f, _ := pypi.ParseFilename(s.Name, "")
	return f
}

// Open returns the sample's content of Size bytes. The caller closes it.
func (s *Sample) Open() (Content, error) {
	if s.content != nil {
		return Content{s.content, io.NopCloser(nil)}, nil
	}
	f, err := os.Open(s.Path)
	if err != nil {
		return Content{}, err
	}
	return Content{f, f}, nil
}

// Content is an opened sample.
type Content struct {
	io.ReaderAt
	io.Closer
}

// A Set is a list of samples in the order of its archive or folder.
type Set struct {
	Samples []*Sample

	tar *os.File // nil = a folder
}

// Close closes the archive that the samples are read from.
func (s *Set) Close() error {
	if s.tar == nil {
		return nil
	}
	return s.tar.Close()
}

// Keep leaves the samples of one part; All leaves all.
func (s *Set) Keep(part Split) {
	if part == All {
		return
	}
	s.Samples = slices.DeleteFunc(s.Samples, func(x *Sample) bool { return x.Split() != part })
}

// Limit leaves the first n samples of each group; 0 leaves all.
func (s *Set) Limit(n int) {
	if n == 0 {
		return
	}
	count := map[string]int{}
	s.Samples = slices.DeleteFunc(s.Samples, func(x *Sample) bool {
		count[x.Group]++
		return count[x.Group] > n
	})
}

// errEmpty is what an empty set is: measuring nothing must not look like success.
var errEmpty = errors.New("no artifacts in the set")

func checked(s *Set, path string) (*Set, error) {
	if len(s.Samples) == 0 {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, errEmpty), s.Close())
	}
	return s, nil
}

// isArtifact reports whether a file name looks like an artifact's, be it a valid
// one or not.
func isArtifact(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{".whl", ".egg", ".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz"}, func(ext string) bool {
		return strings.HasSuffix(name, ext)
	})
}
