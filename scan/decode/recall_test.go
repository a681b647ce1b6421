package decode_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pipwarden/scan/decode"
	"pipwarden/scan/python"
)

// calledNames are the names that a source calls: "os.system", "f".
func calledNames(source []byte) map[string]bool {
	names := map[string]bool{}
	python.Parse(source, python.Options{}).Inspect(func(n python.Node) bool {
		if c, ok := n.(*python.Call); ok {
			if name := dotted(c.Func); name != "" {
				names[name] = true
			}
		}
		return true
	})
	return names
}

func dotted(e python.Expr) string {
	switch e := e.(type) {
	case *python.Name:
		return e.ID
	case *python.Attribute:
		if x := dotted(e.X); x != "" {
			return x + "." + e.Attr
		}
	}
	return ""
}

// sourceOf is the source of a compiled module of a library.
func sourceOf(file string) string {
	dir, base := filepath.Split(file)
	stem, _, _ := strings.Cut(base, ".")
	return filepath.Join(strings.TrimSuffix(filepath.Clean(dir), "__pycache__"), stem+".py")
}

// TestSkeletonRecall holds that what sources call, their skeletons call too.
func TestSkeletonRecall(t *testing.T) {
	found, all := map[string]int{}, map[string]int{}
	missing := map[string][]string{}
	for _, file := range library() {
		source, err := os.ReadFile(sourceOf(file))
		if err != nil {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := decode.ReadPyc(b)
		if err != nil {
			t.Fatal(err)
		}
		got, v := calledNames([]byte(decode.Skeleton(p.Code))), p.Version.String()
		for name := range calledNames(source) {
			if all[v]++; got[name] {
				found[v]++
			} else {
				missing[v] = append(missing[v], filepath.Base(file)+" "+name)
			}
		}
	}
	if len(all) == 0 {
		t.Skip("no compiled library")
	}
	for v := range all {
		slices.Sort(missing[v])
		t.Logf("%s: %d of %d names; not %v", v, found[v], all[v], missing[v][:min(len(missing[v]), 12)])
		if found[v]*100 < 98*all[v] {
			t.Errorf("%s: %d of %d names that sources call", v, found[v], all[v])
		}
	}
}
