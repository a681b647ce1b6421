package flow

import (
	"context"
	"strings"
	"testing"
	"time"
)

// hostile are programs made to cost more than their size.
func hostile() map[string]string {
	rep := strings.Repeat
	return map[string]string{
		"recursion":          "def f(x):\n  return f(x + 1) + f(x + 2)\nf(1)\n",
		"mutual recursion":   "def f(x):\n  g(x)\n  g(x + 1)\ndef g(x):\n  f(x)\n  f(x + 1)\nf(1)\n",
		"fan out":            fanOut(40),
		"endless loop":       "n = 0\nwhile True:\n  n += 1\n",
		"nested loops":       "for a in range(1000):\n for b in range(1000):\n  for c in range(1000):\n   d = a + b + c\n",
		"doubling text":      "s = 'x' * 1000\n" + rep("s = s + s\n", 60) + "exec(s)\n",
		"doubling list":      "s = [1, 2, 3]\n" + rep("s = s + s\n", 60),
		"list in itself":     "s = []\ns.append(s)\nprint(s, {1: s})\nimport os\nos.system(s)\n",
		"nested lists":       "s = []\n" + rep("s = [s, s]\n", 200) + "import os\nos.system(s)\n",
		"power":              "x = 9 ** 9 ** 9 ** 9\ny = 1 << 10 ** 12\n",
		"deep calls":         "f" + rep("()", 9000) + "\n",
		"deep attributes":    "import os\nos" + rep(".a", 9000) + "\n",
		"deep brackets":      "x = " + rep("[", 900) + rep("]", 900) + "\n",
		"long sum":           "x = 'a'" + rep(" + 'a'", 9000) + "\n",
		"deep ifs":           deep("if x:", 90),
		"deep elifs":         "if x: a = 1\n" + rep("elif x: a = 2\n", 900) + "else: a = 3\n",
		"deep tries":         deep("try:", 90),
		"deep functions":     deep("def f():", 90),
		"deep lambdas":       "x = " + rep("lambda: ", 900) + "1\n",
		"exec of itself":     "s = 'exec(s)'\nexec(s)\n",
		"growing exec":       "s = 'exec(s + \" \" + s)'\nexec(s)\n",
		"exec in a loop":     "for i in range(100000):\n  exec('x = ' + str(i))\n",
		"exec of functions":  "def f(s):\n  exec('def g(): f(s + \"1\")\\ng()')\nf('')\n",
		"import of itself":   "import pkg\nfrom pkg import *\nimport setup\n",
		"class of itself":    "class A: pass\n" + rep("class A(A, A): pass\n", 40) + "A().x\nA.y\n",
		"bases":              diamonds(30),
		"generators":         "def g():\n  yield from g()\n  yield 1\nlist(g())\n",
		"many branches":      rep("if x: a = 1\nelse: a = 2\n", 2000),
		"many unions":        "a = 0\n" + rep("if x: a = [a]\n", 300) + "print(a)\n",
		"many callbacks":     "import x\ndef f(g): x.y(f, g)\n" + rep("x.y(f)\n", 300),
		"replace":            "s = 'aaaaaaaaaa'\n" + rep("s = s.replace('a', 'aaaaaaaaaa')\n", 12),
		"format":             "s = '%s' * 1000\ns = s % tuple([s] * 1000)\ns = s % tuple([s] * 1000)\n",
		"comprehensions":     "x = [[[[a for a in range(99)] for b in range(99)] for c in range(99)] for d in range(99)]\n",
		"getattr loop":       "class A:\n  def __getattr__(self, n): return self.x\nA().y\n",
		"call loop":          "class A:\n  def __call__(self): return self()\nA()()\n",
		"iter loop":          "class A:\n  def __iter__(self): return iter(self)\nfor x in A(): pass\n",
		"decorator loop":     "def d(f): return d(f)\n@d\n@d\ndef g(): pass\n",
		"scope in itself":    "g = globals()\ng['g'] = g\nx = g['g']['g']\nprint(g)\nimport os\nos.system(g)\n",
		"instance in itself": "class A: pass\na = A()\na.a = a\nimport os\nos.system(a)\nexec(a)\n",
		"state":              "class A:\n  n = 0\n  def go(self):\n    while True:\n      self.n += 1\n      self.go()\nA().go()\n",
	}
}

func deep(head string, n int) string {
	var out strings.Builder
	for i := range n {
		out.WriteString(strings.Repeat(" ", i) + head + "\n")
	}
	out.WriteString(strings.Repeat(" ", n) + "x = 1\n")
	if head == "try:" {
		for i := n - 1; i >= 0; i-- {
			pad := strings.Repeat(" ", i)
			out.WriteString(pad + "except A:\n" + pad + " x = 2\n" + pad + "finally:\n" + pad + " y = 1\n")
		}
	}
	return out.String()
}

func fanOut(n int) string {
	var out strings.Builder
	out.WriteString("import os\ndef f0(x): os.system(x)\n")
	for i := 1; i < n; i++ {
		name, prev := string(rune('a'+i%26))+strings.Repeat("x", i), string(rune('a'+(i-1)%26))+strings.Repeat("x", i-1)
		if i == 1 {
			prev = "f0"
		}
		out.WriteString("def " + name + "(x):\n  " + prev + "(x + 'a')\n  " + prev + "(x + 'b')\n  " + prev + "(x)\n")
	}
	return out.String()
}

func diamonds(n int) string {
	var out strings.Builder
	out.WriteString("class A: pass\n")
	for range n {
		out.WriteString("class B(A): pass\nclass C(A): pass\nclass A(B, C): pass\n")
	}
	return out.String() + "A().x\n"
}

// TestHostile: each ends after work that is bounded.
func TestHostile(t *testing.T) {
	const most = 8_000_000 // steps
	for name, code := range hostile() {
		t.Run(name, func(t *testing.T) {
			p := New(Config{})
			p.Add(Source{Path: "setup.py", Text: []byte(code)})
			p.Add(Source{Path: "pkg/__init__.py", Module: "pkg", Package: true, Text: []byte(code)})
			begin := time.Now()
			trace, err := p.Run(context.Background(), []EntryPoint{{Stage: Build, Path: "setup.py"}, {Stage: Import, Module: "pkg"}})
			if err != nil || trace.Steps > most {
				t.Errorf("%d steps, %v", trace.Steps, err)
			}
			t.Logf("%d steps in %v, %d events, %d problems", trace.Steps, time.Since(begin), len(trace.Events), len(trace.Problems))
		})
	}
}
