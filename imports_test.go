package pipwarden_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// edges says who may import whom. A new edge is a decision: change it here and in ARCHITECTURE.md.
var edges = map[string][]string{
	"pypi":            {},
	"certs":           {},
	"installers":      {},
	"token":           {},
	"lockfile":        {"pypi"},
	"doctor":          {"installers", "lockfile"},
	"scan/archive":    {},
	"scan/python":     {},
	"scan/decode":     {},
	"scan/vocabulary": {},
	"scan/shell":      {},
	"scan/flow":       {"scan/decode", "scan/python", "scan/vocabulary"},
	"cmd/measure":     {"internal/labelled", "pypi", "scan", "scan/archive", "scan/rules"},
	"scan":            {"pypi", "scan/archive", "scan/python"},
	"scan/rules":      {"pypi", "scan", "scan/archive", "scan/decode", "scan/flow", "scan/python", "scan/shell", "scan/vocabulary"},
	"policy":          {"pypi", "scan"},
	"config":          {"policy"},
	"cache":           {"pypi", "scan"},
	"upstream":        {"pypi"},
	"gate":            {"cache", "policy", "pypi", "scan", "scan/archive", "upstream"},
	"proxy":           {"cache", "gate", "policy", "pypi", "scan", "upstream"},
	"cmd/pipwarden":   {"cache", "certs", "config", "doctor", "gate", "installers", "lockfile", "policy", "proxy", "pypi", "scan", "scan/archive", "scan/rules", "token", "upstream"},
}

// TestImports holds the architecture: each package imports what its line allows and nothing else of ours, and no
// package lacks a line.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}:{{join .Imports " "}}`, "./...").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		path, imports, ok := strings.Cut(strings.TrimSpace(line), ":")
		name, ours := strings.CutPrefix(path, "pipwarden/")
		if !ok || !ours || strings.HasPrefix(name, "internal/") || strings.Contains(name, "/internal/") {
			continue
		}
		may, known := edges[name]
		if !known {
			t.Errorf("package %s has no line in edges", name)
			continue
		}
		for imp := range strings.FieldsSeq(imports) {
			dep, ours := strings.CutPrefix(imp, "pipwarden/")
			if ours && !slices.Contains(may, dep) && !strings.HasPrefix(dep, name+"/") {
				t.Errorf("%s imports %s, which is not an edge of the architecture", name, dep)
			}
		}
	}
}
