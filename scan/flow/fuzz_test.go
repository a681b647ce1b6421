package flow

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pipwarden/scan/python"
)

// FuzzProgram: a run ends in time, does not panic, and executes every function
// body that stands in the source.
func FuzzProgram(f *testing.F) {
	for _, p := range programs {
		f.Add(p.code)
	}
	programs := hostile()
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		h := programs[name]
		if len(h) < 2000 && !strings.Contains(h, "while") && !strings.Contains(h, "range") { // a worker gets ten seconds
			f.Add(h)
		}
	}
	f.Fuzz(func(t *testing.T, code string) {
		p := New(Config{})
		p.Add(Source{Path: "setup.py", Text: []byte(code)})
		p.Add(Source{Path: "pkg/__init__.py", Module: "pkg", Package: true, Text: []byte(code)})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		trace, err := p.Run(ctx, []EntryPoint{{Stage: Build, Path: "setup.py"}, {Stage: Import, Module: "pkg", Object: "main"}})
		if err != nil {
			t.Fatalf("not done after %d steps", trace.Steps)
		}
		if want := 2 * functionsIn(code); trace.Functions < want && len(trace.Problems) == 0 {
			t.Fatalf("%d of %d functions were executed", trace.Functions, want)
		}
	})
}

// functionsIn counts the functions that stand where they are executed.
func functionsIn(code string) (n int) {
	python.Parse([]byte(code), python.Options{}).Inspect(func(x python.Node) bool {
		switch x.(type) {
		case *python.FunctionDef:
			n++
		case python.Expr, python.Pattern, *python.BadStmt:
			return false
		}
		return true
	})
	return n
}
