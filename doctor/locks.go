package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pipwarden/lockfile"
)

// maxHosts are the hosts of one lock file that are named.
const maxHosts = 5

// projectFiles are the files of the project's folder that match.
func (x *Examiner) projectFiles(patterns ...string) []string {
	var files []string
	for _, p := range patterns {
		found, err := filepath.Glob(filepath.Join(globEscaped(x.Computer.Folder), p))
		if err != nil {
			continue // the patterns are ours, and the folder has been escaped
		}
		files = append(files, found...)
	}
	return files
}

// globEscaped makes a folder's name stand for itself in a pattern.
func globEscaped(dir string) string {
	if os.PathSeparator == '\\' {
		return dir // patterns have no escape there
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}

// locks looks for lock files in the project's folder that name files on other hosts than the guard's: installs by them
// go there whatever index is set.
func (x *Examiner) locks() {
	for _, file := range x.projectFiles("uv.lock", "pdm.lock", "poetry.lock", "pylock.toml", "pylock.*.toml", "Pipfile.lock") {
		b, err := os.ReadFile(file)
		if err != nil {
			x.add(Finding{Notice, "lock", file, "cannot be read: " + err.Error(), ""})
			continue
		}
		f, err := lockfile.Parse(file, string(b))
		if err != nil {
			x.add(Finding{Notice, "lock", file, err.Error(), "lock the project again"})
			continue
		}
		x.lock(file, f)
	}
}

func (x *Examiner) lock(file string, f *lockfile.File) {
	var hosts []string
	files, first := 0, 0
	for _, a := range f.Addresses {
		if a.Filename == "" || a.Project == "" || x.isGuard(a.URL.String()) {
			continue
		}
		if files++; first == 0 {
			first = a.Line
		}
		if !slices.Contains(hosts, a.URL.Host) {
			hosts = append(hosts, a.URL.Host)
		}
	}
	if files == 0 {
		x.add(Finding{Level: Fine, Check: "lock", Where: file, Problem: "names no file on another host than the guard's"})
		return
	}
	if x.Through() {
		x.add(Finding{Level: Fine, Check: "lock", Where: file, Problem: fmt.Sprintf("its %d addresses are reached through the guard, which is the proxy", files)})
		return
	}
	named := strings.Join(hosts[:min(len(hosts), maxHosts)], ", ")
	x.add(Finding{Bypass, "lock", fmt.Sprintf("%s, line %d", file, first), fmt.Sprintf("names %d files on %s: an install by it takes them there, past the guard", files, named),
		fmt.Sprintf("pipwarden lock --to-guard %s; or run behind the guard's proxy", filepath.Base(file))})
}
