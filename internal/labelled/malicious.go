package labelled

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Malicious reads a tar or a folder of malicious samples. The family of a sample
// is what labels say, else the folder that it is in. The file labels is a table
// as [ReadLabels] reads it; "" = none.
func Malicious(path, labels string) (*Set, error) {
	table, err := ReadLabels(labels)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("malicious set: %w", err)
	}
	read := readTar
	if info.IsDir() {
		read = readFolder
	}
	s, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("malicious set %s: %w", path, err)
	}
	for _, x := range s.Samples {
		if err := table.apply(x); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return checked(s, path)
}

// readTar lists the members of a tar, to be read where they are.
func readTar(file string) (*Set, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	s := &Set{tar: f}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if err == io.EOF {
			return s, nil
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		// The reader takes headers in whole blocks and nothing in advance, so the
		// file stands at the member's first byte.
		at, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		s.Samples = append(s.Samples, &Sample{
			Name: path.Base(h.Name), Path: h.Name, Group: path.Base(path.Dir(h.Name)),
			Malicious: true, Size: h.Size, content: io.NewSectionReader(f, at, h.Size),
		})
	}
}

func readFolder(folder string) (*Set, error) {
	s := &Set{}
	err := filepath.WalkDir(folder, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !isArtifact(d.Name()) {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		s.Samples = append(s.Samples, &Sample{
			Name: d.Name(), Path: p, Group: filepath.Base(filepath.Dir(p)), Malicious: true, Size: info.Size(),
		})
		return nil
	})
	return s, err
}

// Labels are notes on samples by SHA-256.
type Labels map[string]label

type label struct {
	family, project, class string
	places                 []string
}

// ReadLabels reads a table with a header and tab-separated columns: SHA-256,
// family, path of which the first element is the project, size, date, and a note of KEY=VALUE pairs between semicolons, of
// which cls (class) and loc (places between plus signs) are read. The name ""
// is no table.
func ReadLabels(file string) (Labels, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("labels: %w", err)
	}
	out := Labels{}
	line := 0
	for row := range strings.Lines(string(text)) {
		line++
		cells := strings.Split(strings.TrimRight(row, "\r\n"), "\t")
		if line == 1 {
			continue
		}
		if len(cells) < 6 {
			return nil, fmt.Errorf("labels %s:%d: %d columns, want 6", file, line, len(cells))
		}
		l := parseNote(cells[5])
		l.family = cells[1]
		l.project, _, _ = strings.Cut(cells[2], "/")
		out[cells[0]] = l
	}
	return out, nil
}

func parseNote(note string) (l label) {
	for pair := range strings.SplitSeq(note, ";") {
		switch key, value, _ := strings.Cut(pair, "="); key {
		case "cls":
			l.class = value
		case "loc":
			if value != "none" {
				l.places = strings.Split(value, "+")
			}
		}
	}
	return l
}

func (l Labels) apply(s *Sample) error {
	if l == nil {
		return nil
	}
	c, err := s.Open()
	if err != nil {
		return err
	}
	defer c.Close()
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(c, 0, s.Size)); err != nil {
		return fmt.Errorf("%s: %w", s.Path, err)
	}
	if found, ok := l[hex.EncodeToString(h.Sum(nil))]; ok {
		s.Group, s.Project, s.Class, s.Places = found.family, found.project, found.class, found.places
	}
	return nil
}
