package main

import (
	"os"
	"strings"
	"testing"

	"pipwarden/internal/pypitest"
)

// Meetings that the egress proxy answers in other words than the index, by name; "" = they are about paths of the index alone.
var otherWords = map[string]string{
	"file that the page does not list":      "no index page lists",
	"forged path":                           "no index page lists",
	"another project's file under this one": "",
	// The index of this test speaks TLS, and nothing leads from there to http.
	"redirect to another host":           "downgrade",
	"redirect to loopback":               "downgrade",
	"link to a cloud's metadata service": "downgrade",
	// The page's link is not followed, and a client's own loopback is not for an index to name.
	"link to loopback": "no index page lists",
}

// TestWhatMustNotGetOut is TestWhatMustNotGetIn for clients that know the proxy alone: nothing is installed, and the screen says
// why.
func TestWhatMustNotGetOut(t *testing.T) {
	installers := clients(t)
	for name, m := range meetings {
		words, ours := otherWords[name]
		if ours && words == "" {
			continue
		}
		if ours {
			m.says = words
		}
		t.Run(name, func(t *testing.T) {
			n, x := newNetwork(t), pypitest.NewIndex(t, pypitest.Options{})
			what := m.prepare(x)
			x.Add(pypitest.Wheel("pip", "1.0")) // tells the guard at its start where files lie
			n.index(x, "https")
			s := serve(t, t.TempDir(), n.config("https", m.policy))
			what = strings.Replace(what, "URL/files/default/demo", "https://files.invalid", 1)
			for _, c := range installers {
				cmd, target := c.install(t, "https://index.invalid", what)
				through(cmd, s)
				stdout, stderr, code := run(t, cmd)
				screen := unwrap(stdout + stderr)
				if code == 0 {
					t.Errorf("%s installed it:\n%s", c.name, screen)
				}
				if left, err := os.ReadDir(target); err == nil {
					for _, e := range left {
						if e.Name() != ".lock" { // uv's own, and empty
							t.Errorf("%s left %s in the target", c.name, e.Name())
						}
					}
				}
				if !strings.Contains(screen, m.says) {
					t.Errorf("%s does not show %q:\n%s", c.name, m.says, screen)
				}
			}
			if !strings.Contains(s.text(), m.logs) {
				t.Errorf("the guard's log does not say %q:\n%s", m.logs, s.text())
			}
		})
	}
}
