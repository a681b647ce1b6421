package config

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
)

// Every way to write a key, and everything that may stand around it.
func TestLocate(t *testing.T) {
	got := locate(`# [no] table = 1
top = 1
a.b."c d".'e' = "x#y" # comment
multi = """
[not.a.table]
key = "\"\"\"" """
raw = '''
[[no]]
''' 
quotes = """x""""
list = [
  1, # [x]
  { in = 1, "q.r" = [2,
  3] },
  ["deep"],
]

[table]
x=1
  y = { z.w = 2 }
[[array]]
n = 1
[array.sub]
n = 2
[[array]]
n = 3
[[array.inner]]
n = 4
[[array.inner]]
n = 5
[ "odd \u0041" . b ]
n = 6
date = 1979-05-27 07:32:00
`)
	want := map[string]int{
		"top": 2, "a": 3, "a.b": 3, `a.b."c d"`: 3, `a.b."c d".e`: 3, "multi": 4, "raw": 7, "quotes": 10,
		"list": 11, "list[0]": 12, "list[1]": 13, "list[1].in": 13, `list[1]."q.r"`: 13, `list[1]."q.r"[0]`: 13, `list[1]."q.r"[1]`: 14,
		"list[2]": 15, "list[2][0]": 15,
		"table": 18, "table.x": 19, "table.y": 20, "table.y.z": 20, "table.y.z.w": 20,
		"array": 21, "array[0]": 21, "array[0].n": 22, "array[0].sub": 23, "array[0].sub.n": 24,
		"array[1]": 25, "array[1].n": 26, "array[1].inner": 27, "array[1].inner[0]": 27, "array[1].inner[0].n": 28,
		"array[1].inner[1]": 29, "array[1].inner[1].n": 30,
		`"odd A"`: 31, `"odd A".b`: 31, `"odd A".b.n`: 32, `"odd A".b.date`: 33,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What a text holds by the parser, it holds by locate.
func located(t *testing.T, lines map[string]int, value any, path string) {
	t.Helper()
	switch value := value.(type) {
	case map[string]any:
		for k, v := range value {
			key := joinKey(path, k)
			if lines[key] == 0 {
				t.Errorf("%s has no line", key)
			}
			located(t, lines, v, key)
		}
	case []map[string]any:
		for i, v := range value {
			located(t, lines, v, joinIndex(path, i))
		}
	case []any:
		for i, v := range value {
			located(t, lines, v, joinIndex(path, i))
		}
	}
}

// Every key that the parser finds has a line, and that line names it; and what
// loads is a whole configuration with a policy that compiles.
func FuzzLoad(f *testing.F) {
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(commented.ReplaceAllString(string(text), "$1"))
	for _, s := range []string{
		"a.b.'c' = [{x=1},\n{y='''\n'''}]", "[[rule]]\nproject='a'\naction='allow'\n[rule.x]", "x=\"\"\"\\\"\"\"\"\"", "[a]\r\nb=1\r\n", "a = [ [ ] , { } ]",
		"[policy.gaps]\n\"\" = 'warn'\n", "[[upstream.index]]\nname='a'\nurl='http://x.invalid'\n", "\ufeffa=1", "[[a]]\n[[a.b]]\n[a.b.c]\nd=1\n[[a.b]]\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var raw map[string]any
		if _, err := toml.Decode(text, &raw); err == nil {
			lines := locate(text)
			located(t, lines, raw, "")
			last := 1 + strings.Count(text, "\n")
			for key, line := range lines {
				if line < 1 || line > last {
					t.Errorf("%s is on line %d of %d", key, line, last)
				}
			}
		} else {
			locate(text) // has to end
		}
		var l Loader
		c, err := l.Parse("fuzz.toml", text)
		if (c == nil) == (err == nil) {
			t.Fatalf("configuration %v and error %v", c != nil, err)
		}
		if err != nil {
			if s := err.Error(); s == "" || strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }) {
				t.Errorf("message %q", s)
			}
			return
		}
		if p, err := c.Compile(); p == nil || err != nil {
			t.Errorf("it loads and does not compile: %v", err)
		}
		c.Settings()
	})
}

// Every type of the configuration has a form.
func TestKinds(t *testing.T) {
	walk(reflect.ValueOf(Default()).Elem(), "", func(key string, v reflect.Value) {
		if render(v) == "" {
			t.Errorf("%s has no text", key)
		}
	})
	defer func() {
		if r := recover(); fmt.Sprint(r) != "config: no TOML form for chan int" {
			t.Errorf("got %v", r)
		}
	}()
	kindOf(reflect.TypeFor[chan int]())
}
