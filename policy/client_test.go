package policy

import (
	"testing"

	"pipwarden/pypi"
)

// A rule that names tokens is about those who have them, whatever they say of themselves; and the other way round.
func TestTokenIsNoClaim(t *testing.T) {
	cfg := Default()
	cfg.Rules = []Rule{{Client: []string{"token:ci-*"}, Action: Block}, {Client: []string{"pip", "*b"}, Action: Warn}}
	p, err := Compile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if !p.NamesTokens() {
		t.Error("no rule names a token")
	}
	for _, c := range []struct {
		client pypi.Client
		rule   int // that matches, -1 = none
	}{
		{pypi.Client{Tool: "pip", ToolVersion: "26", Token: "ci-1"}, 0},
		{pypi.Client{Tool: "uv", Token: "ci-1"}, 0},
		{pypi.Client{Tool: "uv", Token: "pip"}, -1},
		{pypi.Client{Tool: "uv", Token: "bob"}, -1},
		{pypi.Client{Tool: "token:ci-1"}, -1},
		{pypi.Client{Tool: "ci-1"}, -1},
		{pypi.Client{Tool: "pip"}, 1},
		{pypi.Client{}, -1},
	} {
		got := -1
		for i := range p.rules {
			if got < 0 && p.rules[i].client.match(&c.client) {
				got = i
			}
		}
		if got != c.rule {
			t.Errorf("%+v: rule %d, want %d", c.client, got, c.rule)
		}
	}
	if p, err = Compile(Default()); err != nil || p.NamesTokens() {
		t.Errorf("the default names tokens, or %v", err)
	}
}
