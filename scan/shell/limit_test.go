package shell

import (
	"strings"
	"testing"
)

// TestLimits holds that texts which are made to cost much are read within
// the limits. Each is one text, repeated.
func TestLimits(t *testing.T) {
	for _, unit := range []string{
		"(", "$(", "`", "\"", "'", "((", "{", "$(a ", "(a ", "a;", "a|", "\"$(", "x.downloadfile(", "frombase64string('", "+ ' '", "<<a\n", "<<<",
		"a=$(curl b);", "sh -c '", "eval ", "cmd /c ", "powershell -c ", "sudo ", "iex (", "\\", "^", "#", "<#", "%a%", ">", "& ", "\n", "a\n",
	} {
		text := strings.Repeat(unit, (1<<17)/len(unit))
		for _, d := range []Dialect{Posix, Cmd, PowerShell} {
			if c := ReadAs(d, text); len(c.Simple) > maxSimple+maxDepth+1 {
				t.Errorf("%q: %d commands", unit, len(c.Simple))
			}
		}
	}
}
