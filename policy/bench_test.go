package policy

import (
	"fmt"
	"testing"
)

// BenchmarkScreen is one file of a page under twenty rules for other projects.
func BenchmarkScreen(b *testing.B) {
	c := Default()
	for i := range 20 {
		c.Rules = append(c.Rules, Rule{Project: []string{fmt.Sprintf("p%d-*", i)}, Action: Allow, Reason: "x"})
	}
	p, s := compile(b, c), file(b, nativeName)
	b.ReportAllocs()
	for b.Loop() {
		p.Screen(s, now)
	}
}
