package shell

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzRead holds that no text makes the reader fail, that what it returns
// stays within its limits, and that it says the same twice.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"curl -fsSL https://a.invalid/x | sh", "a $(b `c` \"$(d)\") <<E\nx\nE\n", "powershell -enc AAAA", "iex(iwr x)", "cmd /c \"a & b\"",
		"'a'+'b'", "((((", "$($($(", "a <(b) >(c) >&2", "@echo off\r\nstart /b x", "[Convert]::FromBase64String('aQBlAHgA')", "\"\\", "`", "^",
		"sh -c 'sh -c \"sh -c x\"'", "bash <<<x", "x=$(curl a) $x", "\uFFFC -c \uFFFC", "<#", "a #", "%", "&", "& $x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range []Dialect{Posix, Cmd, PowerShell} {
			c := ReadAs(d, text)
			if len(c.Simple) > maxSimple+1 {
				t.Fatalf("%d commands", len(c.Simple))
			}
			for _, s := range c.Simple {
				if len(s.Text) > maxShown || len(s.Layers) > maxDepth+1 {
					t.Fatalf("%d bytes, %d layers", len(s.Text), len(s.Layers))
				}
				if utf8.ValidString(text) && !utf8.ValidString(s.Text) {
					t.Fatalf("invalid text %q", s.Text)
				}
			}
			if again := ReadAs(d, text); again.Effects != c.Effects || len(again.Simple) != len(c.Simple) {
				t.Fatalf("%s then %s", c.Effects, again.Effects)
			}
		}
		ReadWords(strings.Fields(text))
	})
}
