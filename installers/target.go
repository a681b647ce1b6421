package installers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A target is a file and how a client's index is set in it.
type target struct {
	client string
	file   string
	set    func(text, url string) (string, []string, error)
}

// targets are the files to write for a client and a scope. why says what a person has to do instead when there are
// none.
func (c *Computer) targets(client string, scope Scope) (list []target, why string) {
	switch client {
	case Pip:
		return c.pipTargets(scope)
	case UV:
		return c.uvTargets(scope)
	case PDM:
		return c.pdmTargets(scope)
	case Poetry:
		return c.poetryTargets(scope)
	case Pipenv:
		return c.pipenvTargets(scope)
	}
	return nil, "has no settings"
}

func one(client, file string, set func(text, url string) (string, []string, error)) ([]target, string) {
	if file == "" {
		return nil, "the folder of its settings is not known: HOME is not set"
	}
	return []target{{client, file, set}}, ""
}

func (c *Computer) pipTargets(scope Scope) ([]target, string) {
	switch scope {
	case Machine:
		files := c.pipMachine()
		return one(Pip, files[len(files)-1], setPip)
	case Project:
		file := c.pipEnvironment()
		if file == "" {
			return nil, "pip has no settings for a project but those of its virtual environment, and there is none: make one (python -m venv .venv), or activate it"
		}
		return one(Pip, file, setPip)
	}
	return one(Pip, c.pipUser(), setPip)
}

func (c *Computer) uvTargets(scope Scope) ([]target, string) {
	switch scope {
	case Machine:
		return one(UV, c.uvMachine(), setUV)
	case Project:
		// uv takes [tool.uv] of pyproject.toml for nothing where there is a uv.toml.
		if file := below(c.Folder, "pyproject.toml"); !isFile(below(c.Folder, "uv.toml")) && c.says(file, "tool", "uv") {
			return one(UV, file, setUVProject)
		}
		return one(UV, below(c.Folder, "uv.toml"), setUV)
	}
	return one(UV, c.uvUser(), setUV)
}

func (c *Computer) pdmTargets(scope Scope) ([]target, string) {
	switch scope {
	case Machine:
		return one(PDM, c.pdmMachine(), setPDM)
	case Project:
		return one(PDM, below(c.Folder, "pdm.toml"), setPDM)
	}
	return one(PDM, c.pdmUser(), setPDM)
}

func (c *Computer) poetryTargets(scope Scope) ([]target, string) {
	file := below(c.Folder, "pyproject.toml")
	switch {
	case scope != Project:
		return nil, `poetry takes its index from each project's pyproject.toml alone: "pipwarden setup --project --client poetry" in the project`
	case !isFile(file):
		return nil, "there is no pyproject.toml in this folder"
	}
	return one(Poetry, file, setPoetry)
}

func (c *Computer) pipenvTargets(scope Scope) ([]target, string) {
	switch {
	case scope == Project:
		return nil, "pipenv has no setting of a project that does not end up in its lock file: use --user"
	case c.OS == "windows":
		return nil, "pipenv takes its index from the environment alone: setx PIPENV_PYPI_MIRROR URL"
	case scope == Machine:
		return []target{{Pipenv, "/etc/environment.d/50-pipwarden.conf", setAssignment}, {Pipenv, "/etc/profile.d/pipwarden.sh", setExport}}, ""
	}
	var list []target
	for _, f := range c.shellFiles() {
		set := setExport
		if strings.HasSuffix(f, ".fish") {
			set = setFish
		}
		list = append(list, target{Pipenv, f, set})
	}
	if c.OS == "linux" && c.config() != "" {
		list = append(list, target{Pipenv, below(c.config(), "environment.d", "50-pipwarden.conf"), setAssignment})
	}
	if len(list) == 0 {
		return nil, "no start file of a shell is here: export PIPENV_PYPI_MIRROR=URL"
	}
	return list, ""
}

// says tells whether a TOML file has a table; a file that cannot be read has none.
func (c *Computer) says(file string, keys ...string) bool {
	text, err := readText(file)
	if err != nil {
		return false
	}
	m, err := parseTOML(text)
	return err == nil && tableAt(m, keys...) != nil
}

func setUVProject(text, url string) (string, []string, error) {
	return setPyproject(text, UV, []string{"tool", "uv", "index"}, []string{`name = "pipwarden"`, uvURL(url), "default = true"},
		func(x map[string]any) bool { return x["default"] == true })
}

func setPoetry(text, url string) (string, []string, error) {
	out, notes, err := setPyproject(text, Poetry, []string{"tool", "poetry", "source"}, []string{`name = "pipwarden"`, "url = " + strconv.Quote(url), `priority = "primary"`},
		func(x map[string]any) bool {
			return x["priority"] == nil || x["priority"] == "primary" || x["priority"] == "default"
		})
	if err == nil {
		notes = append(notes, `poetry.lock does not fit any longer: "poetry lock" makes it anew`)
	}
	return out, notes, err
}

// mirror is the variable that pipenv takes its index from.
const mirror = "PIPENV_PYPI_MIRROR"

// appended adds a block to a file of which nothing else has to be known.
func appended(text, line string) (string, []string, error) {
	return edit{client: Pipenv, at: len(slices.Collect(strings.Lines(text))), body: []string{line}}.apply(text), nil, nil
}

func setExport(text, url string) (string, []string, error) {
	return appended(text, fmt.Sprintf("export %s='%s'", mirror, url))
}

func setFish(text, url string) (string, []string, error) {
	return appended(text, fmt.Sprintf("set -gx %s '%s'", mirror, url))
}

// setAssignment is for environment.d(5), where "$" is a reference.
func setAssignment(text, url string) (string, []string, error) {
	return appended(text, fmt.Sprintf("%s='%s'", mirror, strings.ReplaceAll(url, "$", "$$")))
}
