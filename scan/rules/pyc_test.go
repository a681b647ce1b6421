package rules_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"

	"pipwarden/internal/pypitest"
	"pipwarden/scan/rules"
)

// TestBytecodeIsFollowed holds that compiled Python without its source is judged
// by what it does, as a source is.
func TestBytecodeIsFollowed(t *testing.T) {
	d := pypitest.Load(t, filepath.Join("testdata", "pyc-without-source", "followed.txtar"))
	b := d.MustBytes(t)
	r := scanBytes(t, rules.NewScanner(), d.Filename, bytes.NewReader(b), int64(len(b)))
	for _, rule := range []string{"exfiltration", "decoded-code"} {
		f := r.Finding(rule)
		if f == nil || !slices.Equal(f.Path[:min(2, len(f.Path))], []string{"demo/helper.pyc", "bytecode"}) {
			t.Errorf("%s: %+v", rule, f)
		}
	}
}
