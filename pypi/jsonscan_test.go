package pypi

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestJSONScannerRefuses(t *testing.T) {
	for _, s := range []string{
		"", " ", "nul", "nulll", "tru", "falsee", "01", "-", "+1", "1.", ".1", "1e", "1e+", "0x1", "--1", "1 2", "\x00",
		`"`, `"\`, `"\"`, `"\x"`, `"\u12"`, `"\u12g4"`, "\"\n\"", "\"\x00\"", "\"\x1f\"", "'a'", "\"\xff\"",
		"[", "]", "[,]", "[1,]", "[,1]", "[1 2]", "[1,,2]", "[1}", "{", "}", "{,}", "{1:2}", `{"a"}`, `{"a":}`,
		`{"a":1,}`, `{"a":1 "b":2}`, `{"a":1]`, `{a:1}`, `{"a":1}}`, `{"a"::1}`, "\ufeff1", "1\v", "NaN", "Infinity",
	} {
		if json.Valid([]byte(s)) && utf8.ValidString(s) {
			t.Fatalf("%q is JSON", s)
		}
		d := scanJSON([]byte(s))
		if d.skip(); d.err == nil {
			d.end()
		}
		if d.err == nil {
			t.Errorf("%q is taken", s)
		}
	}
}

func TestJSONStrings(t *testing.T) {
	for _, s := range []string{
		`""`, `"plain"`, `"\"\\\/\b\f\n\r\t"`, `"\u0041\u00e9\u20AC"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ude00\ud83d"`, `"é😀"`, `"\u0000"`,
	} {
		var want string
		if err := json.Unmarshal([]byte(s), &want); err != nil {
			t.Fatal(err)
		}
		d := scanJSON([]byte(s))
		if got := d.str(); got != want || d.err != nil {
			t.Errorf("%s is %q, %v, want %q", s, got, d.err, want)
		}
	}
}

// nesting is how deep arrays and objects nest in valid JSON.
func nesting(b []byte) (deepest int) {
	d := json.NewDecoder(bytes.NewReader(b))
	depth := 0
	for {
		token, err := d.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('['), json.Delim('{'):
			depth++
			deepest = max(deepest, depth)
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
	}
}

func FuzzJSONScanner(f *testing.F) {
	for _, s := range []string{demoJSON, `[1,-0.5e+10,"\ud83d\u0000",{"a":[true,false,null]}]`, `"\`, strings.Repeat("[", 70) + strings.Repeat("]", 70)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d := scanJSON(body)
		raw := d.raw()
		if d.err == nil {
			d.end()
		}
		valid := json.Valid(body) && utf8.Valid(body)
		if d.err == nil {
			var want bytes.Buffer
			if err := json.Compact(&want, body); !valid || err != nil || want.String() != string(raw) {
				t.Fatalf("%q is taken as %q; encoding/json: valid %v, %q", body, raw, valid, want.String())
			}
		} else if valid && nesting(body) <= maxJSONDepth {
			t.Fatalf("%q is refused: %v", body, d.err)
		}
		if valid && bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte(`"`)) {
			var want string
			if err := json.Unmarshal(body, &want); err != nil {
				t.Fatal(err)
			}
			if got := scanJSON(body).str(); got != want {
				t.Fatalf("%q is %q, want %q", body, got, want)
			}
		}
	})
}
