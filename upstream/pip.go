package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

const (
	maxPipOutput = 1 << 20          // 1 MiB; the help of install has 15 kB
	pipGrace     = time.Second      // for the pipes of a killed child, which its own children may hold
	pipMark      = "pipwarden-pip:" // starts the line with the answer; sitecustomize and shims print what they like
	maxQuoted    = 200              // bytes of a child's complaint that an error repeats
)

// pipAnswer is what pip says of itself.
type pipAnswer struct {
	Options    bool     `json:"options"` // the fields from Index on hold all that pip would use
	Default    string   `json:"default"` // built-in index
	Files      []string `json:"files"`   // configuration files, least important first
	Index      string   `json:"index"`
	Extra      []string `json:"extra"`
	NoIndex    bool     `json:"no_index"`
	Cert       string   `json:"cert"`
	ClientCert string   `json:"client_cert"`
	Proxy      string   `json:"proxy"`
	Trusted    []string `json:"trusted"`
	FindLinks  []string `json:"find_links"`

	merged *configFile // what the files say together, when pip does not name them
}

// safePath is the start of each Python child: without it a file of the working directory, which is a stranger's checkout
// as often as not, would be imported in place of a module.
const safePath = `import sys
sys.path[:] = [p for p in sys.path if p not in ("", ".")]
`

// askScript has pip's own option parser say what "pip install" would use. The names hold from pip 10 to 26, and are
// internal: the program falls back to pip's command line when they are gone.
const askScript = safePath + `
import json
out = {"options": True}
from pip._internal.models.index import PyPI
out["default"] = PyPI.simple_url
try:
    from pip._internal.commands import create_command
    command = create_command("install")
except ImportError:
    from pip._internal.commands import commands_dict
    command = commands_dict["install"]()
o = command.parse_args([])[0]
out.update(index=o.index_url, extra=o.extra_index_urls, no_index=bool(o.no_index), cert=o.cert,
           client_cert=o.client_cert, proxy=o.proxy, trusted=o.trusted_hosts, find_links=o.find_links)
try:
    from pip._internal.configuration import Configuration
    c = Configuration(isolated=False)
    order = ["global", "user", "site", "env"]
    walk = getattr(c, "iter_config_files", None) or c._iter_config_files
    found = sorted((order.index(k), n, f) for k, fs in walk() if k in order for n, f in enumerate(fs) if f)
    out["files"] = [f for _, _, f in found]
except Exception:
    pass
sys.stdout.write("\n` + pipMark + `" + json.dumps(out) + "\n")
`

// runScript is "python -m pip" without the working directory.
const runScript = safePath + `
import runpy
sys.argv[0] = "pip"
runpy.run_module("pip", run_name="__main__", alter_sys=True)
`

// askPip asks the Pythons of this machine until one has a pip that answers. It returns nil, and what each said, when
// none does.
func (d *discovery) askPip(ctx context.Context) (*pipAnswer, []string) {
	var tried []string
	seen := map[string]bool{}
	for _, name := range []string{d.env["PIPWARDEN_PYTHON"], "python3", "python", "py", "pip"} {
		if name == "" {
			continue
		}
		path, err := exec.LookPath(name)
		if err != nil || seen[path] {
			if err != nil {
				tried = append(tried, fmt.Sprintf("%s: not found", name))
			}
			continue
		}
		seen[path] = true
		var answer *pipAnswer
		if name == "pip" {
			answer, err = d.askCommand(ctx, path)
		} else {
			answer, err = d.askPython(ctx, path)
		}
		if err == nil {
			return answer, tried
		}
		if ctx.Err() != nil {
			return nil, tried
		}
		d.opts.Log.Debug("pip does not answer", "client", path, "error", err)
		tried = append(tried, fmt.Sprintf("%s: %v", path, err))
	}
	return nil, tried
}

// askPython asks the pip of one interpreter.
func (d *discovery) askPython(ctx context.Context, python string) (*pipAnswer, error) {
	out, err := d.run(ctx, python, "-c", askScript)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return nil, err
		}
		// Its modules may have moved; what its commands print moves less.
		if a, cmdErr := d.askCommand(ctx, python, "-c", runScript); cmdErr == nil {
			return a, nil
		}
		return nil, err
	}
	_, line, ok := strings.Cut(out, "\n"+pipMark)
	if !ok {
		return nil, errors.New("no answer")
	}
	line, _, _ = strings.Cut(line, "\n")
	var a pipAnswer
	if err := json.Unmarshal([]byte(line), &a); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	if a.Default == "" {
		return nil, errors.New("no built-in index named")
	}
	return &a, nil
}

// defaultPattern finds the built-in index in the help of "pip install": "(default <url>)" behind --index-url.
var defaultPattern = regexp.MustCompile(`--index-url[^()]*\([Dd]efault:?\s+(https?://[^\s()]+)\)`)

// askCommand asks a pip by its command line: the help names the built-in index, and "config list" what all files
// together say. Where each setting is written, it does not tell.
func (d *discovery) askCommand(ctx context.Context, command string, args ...string) (*pipAnswer, error) {
	out, err := d.run(ctx, command, append(args, "install", "--help")...)
	if err != nil {
		return nil, err
	}
	// The help is wrapped to the terminal, and a wrapped URL is broken at its hyphens: COLUMNS in run is wide.
	m := defaultPattern.FindStringSubmatch(out)
	if m == nil {
		return nil, errors.New("its help names no built-in index")
	}
	a := &pipAnswer{Default: m[1]}
	if out, err = d.run(ctx, command, append(args, "config", "list")...); err != nil {
		return nil, err
	}
	a.merged = parseConfigList(out)
	return a, nil
}

// parseConfigList reads the lines section.key='value' of "pip config list". Those of the environment are left out: the
// program sees it itself.
func parseConfigList(out string) *configFile {
	f := &configFile{name: "pip's settings", values: map[string]map[string]string{}}
	for line := range strings.Lines(out) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		section, key, ok := strings.Cut(name, ".")
		if !ok || section != "global" && section != "install" || len(value) < 2 {
			continue
		}
		if f.values[section] == nil {
			f.values[section] = map[string]string{}
		}
		f.values[section][key] = strings.TrimSpace(unquote(strings.TrimPrefix(value, "u")))
	}
	return f
}

// unquote reverses Python's repr of a text as far as addresses and paths need it.
func unquote(s string) string {
	if q := s[0]; (q == '\'' || q == '"') && s[len(s)-1] == q {
		s = s[1 : len(s)-1]
	}
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\'`, `'`, `\"`, `"`).Replace(s)
}

// run runs a child to its end and returns what it wrote to its standard output.
func (d *discovery) run(ctx context.Context, command string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, d.opts.Timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.Env = append(d.opts.Env[:len(d.opts.Env):len(d.opts.Env)],
		"PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1", "PYTHONIOENCODING=utf-8", "COLUMNS=1000", "NO_COLOR=1")
	cmd.WaitDelay = pipGrace
	var out, complaint limitedBuffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("no answer within %v: %w", d.opts.Timeout, ctx.Err())
	case err != nil:
		return "", fmt.Errorf("%w%s", err, lastLine(complaint.String()))
	}
	return "\n" + out.String(), nil
}

// lastLine is where Python says what went wrong.
func lastLine(s string) string {
	s = strings.TrimSpace(s)
	s = strings.TrimSpace(s[strings.LastIndexByte(s, '\n')+1:])
	if s == "" {
		return ""
	}
	return fmt.Sprintf(" (%q)", s[:min(len(s), maxQuoted)])
}

// limitedBuffer keeps the first bytes that a child writes and takes the others for nothing, so that the child ends.
type limitedBuffer struct{ kept []byte }

func (b *limitedBuffer) Write(p []byte) (int, error) {
	b.kept = append(b.kept, p[:min(len(p), maxPipOutput-len(b.kept))]...)
	return len(p), nil
}

func (b *limitedBuffer) String() string { return string(b.kept) }
