package policy

import (
	"fmt"
	"slices"
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

// BenchmarkScreenRelease is one sdist of releases that list ever more wheels, of which none suits.
func BenchmarkScreenRelease(b *testing.B) {
	p := compile(b, Default())
	for _, n := range []int{10, maxRelease, 20 * maxRelease} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := sdist(b)
			s.Release = slices.Repeat(s.release(b, "demo-1.0-cp312-cp312-win_amd64.whl").Release, n)
			for b.Loop() {
				p.Screen(s, now)
			}
		})
	}
}
