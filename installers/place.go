package installers

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// A Computer is where the settings lie. The zero value has no environment and no folder; [This] is the one that the
// program runs on.
type Computer struct {
	OS     string            // as runtime.GOOS
	Env    map[string]string // of the user
	Folder string            // of the project; absolute
}

// This is the computer that the program runs on, with the working directory as the project's folder and env as
// os.Environ gives it.
func This(env []string) (*Computer, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	c := &Computer{OS: runtime.GOOS, Env: map[string]string{}, Folder: dir}
	for _, kv := range env {
		key, value, _ := strings.Cut(kv, "=")
		if c.OS == "windows" {
			key = strings.ToUpper(key)
		}
		c.Env[key] = value
	}
	return c, nil
}

// home is the user's folder; "" when the environment does not say.
func (c *Computer) home() string {
	if c.OS == "windows" {
		return c.Env["USERPROFILE"]
	}
	return c.Env["HOME"]
}

// below joins a path to a root that may be unknown; "" then.
func below(root string, parts ...string) string {
	if root == "" {
		return ""
	}
	return filepath.Join(append([]string{root}, parts...)...)
}

// config is XDG_CONFIG_HOME or the folder that stands for it.
func (c *Computer) config() string {
	if dir := c.Env["XDG_CONFIG_HOME"]; filepath.IsAbs(dir) {
		return dir
	}
	return below(c.home(), ".config")
}

// cache is XDG_CACHE_HOME or the folder that stands for it.
func (c *Computer) cache() string {
	switch dir := c.Env["XDG_CACHE_HOME"]; {
	case c.OS == "windows":
		return c.Env["LOCALAPPDATA"]
	case c.OS == "darwin":
		return below(c.home(), "Library", "Caches")
	case filepath.IsAbs(dir):
		return dir
	}
	return below(c.home(), ".cache")
}

// systemConfig is the first folder of XDG_CONFIG_DIRS.
func (c *Computer) systemConfig() string {
	if dir := filepath.SplitList(c.Env["XDG_CONFIG_DIRS"]); len(dir) > 0 && filepath.IsAbs(dir[0]) {
		return dir[0]
	}
	return "/etc/xdg"
}

// programData is where Windows keeps what holds for everybody.
func (c *Computer) programData() string {
	if dir := c.Env["PROGRAMDATA"]; dir != "" {
		return dir
	}
	return c.Env["ALLUSERSPROFILE"]
}

// PipFiles are pip's configuration files, least important first: the machine's, the user's, the virtual environment's,
// and the one that PIP_CONFIG_FILE names. They need not exist. The null device there turns all of them off.
func (c *Computer) PipFiles() []string {
	own := c.Env["PIP_CONFIG_FILE"]
	if own == os.DevNull {
		return nil
	}
	var files []string
	for _, f := range append(c.pipMachine(), below(c.home(), c.pipLegacy(), c.pipName()), c.pipUser(), c.pipEnvironment(), own) {
		if f != "" {
			files = append(files, f)
		}
	}
	return files
}

func (c *Computer) pipName() string {
	if c.OS == "windows" {
		return "pip.ini"
	}
	return "pip.conf"
}

// pipLegacy is the folder of pip's first user file, which pip still reads.
func (c *Computer) pipLegacy() string {
	if c.OS == "windows" {
		return "pip"
	}
	return ".pip"
}

func (c *Computer) pipUser() string {
	switch c.OS {
	case "windows":
		return below(c.Env["APPDATA"], "pip", "pip.ini")
	case "darwin":
		// pip takes this folder where it is, and else the one of other Unix systems.
		if dir := below(c.home(), "Library", "Application Support", "pip"); isFolder(dir) {
			return below(dir, "pip.conf")
		}
	}
	return below(c.config(), "pip", "pip.conf")
}

// pipMachine lists the machine's files, the last of which counts most and is written.
func (c *Computer) pipMachine() []string {
	switch c.OS {
	case "windows":
		return []string{below(c.programData(), "pip", "pip.ini")}
	case "darwin":
		return []string{"/Library/Application Support/pip/pip.conf"}
	}
	return []string{below(c.systemConfig(), "pip", "pip.conf"), "/etc/pip.conf"}
}

// pipEnvironment is the file of the virtual environment that is active, or that lies in the project; "" without one.
func (c *Computer) pipEnvironment() string {
	dir := c.Env["VIRTUAL_ENV"]
	if dir == "" {
		dir = below(c.Folder, ".venv")
	}
	if _, err := os.Stat(below(dir, "pyvenv.cfg")); dir == "" || err != nil {
		return ""
	}
	return below(dir, c.pipName())
}

// UVFiles are uv's configuration files, least important first. They need not exist.
func (c *Computer) UVFiles() []string {
	var files []string
	for _, f := range []string{c.uvMachine(), c.uvUser(), below(c.Folder, "pyproject.toml"), below(c.Folder, "uv.toml")} {
		if f != "" {
			files = append(files, f)
		}
	}
	return files
}

func (c *Computer) uvUser() string {
	if c.OS == "windows" {
		return below(c.Env["APPDATA"], "uv", "uv.toml")
	}
	return below(c.config(), "uv", "uv.toml")
}

// uvMachine is the file that uv reads for everybody: the first one of XDG_CONFIG_DIRS, which without it is the one in
// /etc.
func (c *Computer) uvMachine() string {
	if c.OS == "windows" {
		return below(c.programData(), "uv", "uv.toml")
	}
	if f := below(c.systemConfig(), "uv", "uv.toml"); isFile(f) {
		return f
	}
	return "/etc/uv/uv.toml"
}

// PDMFiles are pdm's configuration files, least important first. They need not exist.
func (c *Computer) PDMFiles() []string {
	var files []string
	for _, f := range []string{c.pdmMachine(), c.pdmUser(), below(c.Folder, "pdm.toml")} {
		if f != "" {
			files = append(files, f)
		}
	}
	return files
}

func (c *Computer) pdmUser() string {
	if own := c.Env["PDM_CONFIG_FILE"]; own != "" {
		return own
	}
	switch c.OS {
	case "windows":
		return below(c.Env["LOCALAPPDATA"], "pdm", "pdm", "config.toml")
	case "darwin":
		return below(c.home(), "Library", "Application Support", "pdm", "config.toml")
	}
	return below(c.config(), "pdm", "config.toml")
}

func (c *Computer) pdmMachine() string {
	switch c.OS {
	case "windows":
		return below(c.programData(), "pdm", "pdm", "config.toml")
	case "darwin":
		return "/Library/Application Support/pdm/config.toml"
	}
	return below(c.systemConfig(), "pdm", "config.toml")
}

// shellFiles are the start files of the shells that this user has.
func (c *Computer) shellFiles() []string {
	if c.OS == "windows" || c.home() == "" {
		return nil
	}
	shell := filepath.Base(c.Env["SHELL"])
	zsh := c.Env["ZDOTDIR"]
	if zsh == "" {
		zsh = c.home()
	}
	var files []string
	for _, s := range []struct {
		shell, file string
		found       string // what shows that the shell is used
	}{
		{"bash", below(c.home(), ".bashrc"), below(c.home(), ".bashrc")},
		{"zsh", below(zsh, ".zshrc"), below(zsh, ".zshrc")},
		{"fish", below(c.config(), "fish", "conf.d", "pipwarden.fish"), below(c.config(), "fish")},
	} {
		if _, err := os.Stat(s.found); err == nil || shell == s.shell {
			files = append(files, s.file)
		}
	}
	return files
}

func isFolder(path string) bool {
	st, err := os.Stat(path)
	return path != "" && err == nil && st.IsDir()
}

func isFile(path string) bool {
	st, err := os.Stat(path)
	return path != "" && err == nil && st.Mode().IsRegular()
}
