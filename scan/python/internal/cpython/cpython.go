// Package cpython finds the Python interpreters of a machine, so that tests
// and comparisons can ask them.
package cpython

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// Versions are the minor versions that are looked for.
var Versions = []string{"2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"}

// An Interpreter is one CPython.
type Interpreter struct {
	Path    string // of the executable
	Version string // "3.11"
	Full    string // "3.11.7"
	Library string // the standard library; installed packages lie below it or in Site
	Site    string // installed packages
}

// Number is the version as 100*major+minor.
func (i Interpreter) Number() int {
	n := 0
	for _, part := range strings.SplitN(i.Version, ".", 2) {
		v := 0
		for _, c := range part {
			v = v*10 + int(c-'0')
		}
		n = n*100 + v
	}
	return n
}

// probe prints what an Interpreter holds. It may not use what only one of the
// two languages has.
const probe = `
import json, os, sys, platform
import distutils.sysconfig as s
print(json.dumps([platform.python_version(), sys.executable, s.get_python_lib(standard_lib=True), s.get_python_lib()]))
`

// probe3 is probe for versions without distutils.
const probe3 = `
import json, sys, platform, sysconfig as s
print(json.dumps([platform.python_version(), sys.executable, s.get_path("stdlib"), s.get_path("purelib")]))
`

// Find returns the interpreters that it finds, one for each of Versions that
// is there: by their names in PATH and below pyenv's root.
func Find(ctx context.Context) []Interpreter {
	var found []Interpreter
	for _, version := range Versions {
		for _, path := range candidates(version) {
			if i, ok := ask(ctx, path); ok && i.Version == version {
				found = append(found, i)
				break
			}
		}
	}
	return found
}

// candidates lists executables that may be an interpreter of a version,
// pyenv's first: they carry the whole library with its tests.
func candidates(version string) []string {
	var paths []string
	root := os.Getenv("PYENV_ROOT")
	if home, err := os.UserHomeDir(); root == "" && err == nil {
		root = filepath.Join(home, ".pyenv")
	}
	if matches, err := filepath.Glob(filepath.Join(root, "versions", version+".*", "bin", "python")); err == nil {
		sort.Sort(sort.Reverse(sort.StringSlice(matches)))
		paths = append(paths, matches...)
	}
	if path, err := exec.LookPath("python" + version); err == nil {
		paths = append(paths, path)
	}
	return paths
}

func ask(ctx context.Context, path string) (Interpreter, bool) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	script := probe3
	if strings.Contains(path, "2.7") {
		script = probe
	}
	out, err := exec.CommandContext(ctx, path, "-c", script).Output()
	if err != nil {
		return Interpreter{}, false
	}
	var answer [4]string
	if json.Unmarshal(out, &answer) != nil {
		return Interpreter{}, false
	}
	parts := strings.SplitN(answer[0], ".", 3)
	if len(parts) < 3 {
		return Interpreter{}, false
	}
	return Interpreter{
		Path: answer[1], Version: parts[0] + "." + parts[1], Full: answer[0],
		Library: answer[2], Site: answer[3],
	}, true
}

// Files lists the .py files of the standard library and of what is installed
// beside it, in a stable order.
func (i Interpreter) Files() ([]string, error) {
	files, err := Sources(i.Library)
	if err != nil || strings.HasPrefix(i.Site, i.Library) {
		return files, err
	}
	more, err := Sources(i.Site)
	return append(files, more...), err
}

// Sources lists the .py files below a folder; one that is not there has none.
func Sources(root string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.HasSuffix(path, ".py") {
			files = append(files, path)
		}
		return nil
	})
	return files, err
}
