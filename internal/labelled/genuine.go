package labelled

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Genuine reads a folder of genuine artifacts. The file list names those that
// belong to the set in its fourth column, after a header, and the project in its
// first; "" = every artifact of the folder does, and the project is the one of
// its name.
func Genuine(folder, list string) (*Set, error) {
	projects, err := readList(list)
	if err != nil {
		return nil, err
	}
	s, err := readFolder(folder)
	if err != nil {
		return nil, fmt.Errorf("genuine set %s: %w", folder, err)
	}
	kept := s.Samples[:0]
	for _, x := range s.Samples {
		project, listed := projects[x.Name]
		if projects != nil && !listed {
			continue
		}
		x.Malicious, x.Group, x.Project = false, project, project
		if project == "" {
			x.Group = projectOf(x)
		}
		kept = append(kept, x)
	}
	s.Samples = kept
	return checked(s, folder)
}

func projectOf(s *Sample) string {
	if f := s.Filename(); f.Project != "" {
		return string(f.Project)
	}
	return filepath.Base(s.Path)
}

// readList maps the files of a list to their projects.
func readList(file string) (map[string]string, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	out := map[string]string{}
	line := 0
	for row := range strings.Lines(string(text)) {
		line++
		cells := strings.Split(strings.TrimRight(row, "\r\n"), "\t")
		if line > 1 && len(cells) < 4 {
			return nil, fmt.Errorf("list %s:%d: %d columns, want 4", file, line, len(cells))
		}
		if line > 1 {
			out[cells[3]] = cells[0]
		}
	}
	return out, nil
}
