package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"pipwarden/policy"
)

// maxFile bounds a configuration file: 16 MiB hold a denylist of 200,000 hashes.
const maxFile = 16 << 20

// A Loader says where a configuration comes from. The zero value reads the
// first of the usual files that there is, and no environment.
type Loader struct {
	// Path is the file, as --config names it; it must exist. "" = what
	// PIPWARDEN_CONFIG names, which must exist too, else the first of
	// DefaultPaths that exists, else none.
	Path string
	// Env is the environment, as os.Environ gives it.
	Env []string
	// OtherEnv are names of PIPWARDEN_ variables that are somebody else's.
	OtherEnv []string
	// Flags are set last, in order.
	Flags []Flag
	// Known are the ids that reports can hold; with them a misspelt id in the
	// policy is an error.
	Known policy.Known
}

// A Flag is a setting of the command line.
type Flag struct {
	Key    string // such as "server.listen"
	Value  string // as the environment would have it
	Origin string // such as "--listen"
}

// Load reads the file at path over the defaults, and then the environment of
// the process. "" reads the first of the usual files that there is, or none.
// The error is [Errors], and there is no configuration beside it; a file that
// cannot be read is one as well.
func Load(path string) (*Config, error) {
	l := Loader{Path: path, Env: os.Environ()}
	return l.Load()
}

// Load reads the configuration. See the function of this name.
func (l *Loader) Load() (*Config, error) {
	path, text, err := l.read()
	if err != nil {
		return nil, err
	}
	return l.parse(path, text)
}

// Parse is Load with the text of a file instead of the file itself. The name is
// for messages; "" = there is no file.
func (l *Loader) Parse(name, text string) (*Config, error) { return l.parse(name, text) }

func (l *Loader) parse(path, text string) (*Config, error) {
	c := Default()
	c.file, c.known = path, l.Known
	origins, problems := decode(path, text, c)
	if origins == nil {
		return nil, problems
	}
	c.origins = origins
	problems = append(problems, c.environ(l.Env, l.OtherEnv)...)
	for _, f := range l.Flags {
		if e := c.setText(f.Key, f.Value, policy.Origin{Source: f.Origin}); e != nil {
			problems = append(problems, e)
		}
	}
	if len(problems) == 0 {
		problems = c.check()
	}
	if len(problems) > 0 {
		problems.sort()
		return nil, problems
	}
	return c, nil
}

// read finds and reads the file.
func (l *Loader) read() (path, text string, err error) {
	path, origin := l.Path, "--config"
	if path == "" {
		path, origin = lookup(l.Env, EnvPrefix+"CONFIG"), EnvPrefix+"CONFIG"
	}
	if path != "" {
		text, err = readFile(path)
		if err != nil {
			err = Errors{{File: path, Problem: fmt.Sprintf("cannot be read (%s names it): %v", origin, cause(err))}}
		}
		return path, text, err
	}
	for _, path := range DefaultPaths(l.Env) {
		text, err := readFile(path)
		switch {
		case err == nil:
			return path, text, nil
		case !errors.Is(err, fs.ErrNotExist):
			// A policy that is there and cannot be read is not no policy.
			return path, "", Errors{{File: path, Problem: fmt.Sprintf("cannot be read: %v", cause(err))}}
		}
	}
	return "", "", nil
}

// cause takes the path out of an error that is told with it.
func cause(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

func readFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		return "", fmt.Errorf("larger than %s", Size(maxFile))
	}
	return string(text), err
}

// DefaultPaths are the files that are read when none is named, the first that
// exists: config.toml in the folder pipwarden of the user's configuration
// (XDG_CONFIG_HOME or ~/.config; on Windows %AppData%), and on Unix the one in
// /etc.
func DefaultPaths(env []string) []string {
	var out []string
	home := lookup(env, "XDG_CONFIG_HOME")
	switch {
	case filepath.IsAbs(home):
	case runtime.GOOS == "windows":
		home = lookup(env, "AppData")
	case lookup(env, "HOME") != "":
		home = filepath.Join(lookup(env, "HOME"), ".config")
	}
	if filepath.IsAbs(home) {
		out = append(out, filepath.Join(home, "pipwarden", "config.toml"))
	}
	if runtime.GOOS != "windows" {
		out = append(out, "/etc/pipwarden/config.toml")
	}
	return out
}

// LoadCases reads the [[case]] tables of a file of tests for a policy. The
// error is [Errors].
func LoadCases(path string) ([]policy.Case, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, Errors{{File: path, Problem: fmt.Sprintf("cannot be read: %v", cause(err))}}
	}
	return ParseCases(path, text)
}

// ParseCases is LoadCases with the text of the file.
func ParseCases(name, text string) ([]policy.Case, error) {
	var file struct {
		Cases []policy.Case `toml:"case"`
	}
	if _, problems := decode(name, text, &file); len(problems) > 0 {
		return nil, problems
	}
	if len(file.Cases) == 0 {
		return nil, Errors{{File: name, Problem: "holds no [[case]]"}}
	}
	return slices.Clip(file.Cases), nil
}
