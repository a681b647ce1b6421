package policy

import (
	"strings"

	"pipwarden/pypi"
)

// tokenPrefix marks the patterns of a rule that name tokens. They are held against tokens alone, and all others against what
// clients say of themselves alone, so that no User-Agent passes for a token.
const tokenPrefix = "token:"

// clients are the patterns of a rule's client.
type clients struct{ tools, tokens globs }

func (c *clients) empty() bool { return c.tools.empty() && c.tokens.empty() }

func (c *clients) match(by *pypi.Client) bool {
	return c.tools.match(by.Tool) || c.tools.match(toolVersion(*by)) || by.Token != "" && c.tokens.match(by.Token)
}

// clients reads a rule's patterns.
func (b *compiler) clients(key string, list []string) clients {
	var tools, tokens []string
	for _, s := range list {
		if name, ok := strings.CutPrefix(strings.ToLower(s), tokenPrefix); ok {
			tokens = append(tokens, name)
			continue
		}
		tools = append(tools, s)
	}
	return clients{b.globs(key, tools, strings.ToLower), b.globs(key, tokens, strings.ToLower)}
}

// NamesTokens tells whether a rule asks for a token: if not, no decision depends on one.
func (p *Policy) NamesTokens() bool {
	if p == nil {
		return false
	}
	for i := range p.rules {
		if !p.rules[i].client.tokens.empty() {
			return true
		}
	}
	return false
}
