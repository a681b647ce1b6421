package policy

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// Foreign text is quoted as ASCII, and cut at a character.
func TestQuote(t *testing.T) {
	for _, tt := range []struct {
		in   string
		n    int
		want string
	}{
		{"plain", 20, `"plain"`},
		{"a\r\nb\x1b\x00", 40, `"a\r\nb\x1b\x00"`},
		{"é\u202e\xff", 40, `"\u00e9\u202e\xff"`},
		{`say "x"`, 40, `"say \"x\""`},
		{"abcdefghij", 10, `"abcde..."`},
		{"éééé", 18, `"\u00e9\u00e9..."`},
		{"éééé", 4, `"..."`},
	} {
		if got := quote(tt.in, tt.n); got != tt.want {
			t.Errorf("quote(%q, %d) = %s, want %s", tt.in, tt.n, got, tt.want)
		}
	}
}

func FuzzQuote(f *testing.F) {
	f.Add("plain", 20)
	f.Add("\x00\xff\u202e\"\\", 9)
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = max(8, n%300)
		q := quote(s, n)
		if len(q) > n || !isPlain(q) || q[0] != '"' || q[len(q)-1] != '"' {
			t.Errorf("quote(%q, %d) = %s", s, n, q)
		}
	})
}

// What the author of a policy writes stays readable, and fits a status line.
func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"ask #build":        "ask #build",
		"two\n  lines":      "two lines",
		"für alle \x1b[31m": `f\u00fcr alle \x1b[31m`,
		`"quoted" it's`:     `"quoted" it's`,
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) = %q, want %q", in, got, want)
		}
	}
	long := rules(Rule{Name: strings.Repeat("n", 300), Project: []string{"*"}, Reason: strings.Repeat("é ", 300), Expires: Expiry(now.Add(day))})
	sound(t, compile(t, long).Screen(wheel(t), now))
}

func TestDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "90s": 90 * time.Second, "48h": 48 * time.Hour, "7d": week, "2w": 2 * week,
		"1h30m": 90 * time.Minute, "1d12h": 36 * time.Hour, "1500ms": 1500 * time.Millisecond, "3us": 3 * time.Microsecond, "5ns": 5,
	} {
		got, err := ParseDuration(in)
		if err != nil || time.Duration(got) != want {
			t.Errorf("%q: got %v, %v", in, time.Duration(got), err)
		}
	}
	for _, in := range []string{"", "48", "h", "-1h", "1.5h", "48 h", "1y", "1h30", "h1", "99999999999999999999h", "999999999w", "106751d24h"} {
		if d, err := ParseDuration(in); err == nil {
			t.Errorf("%q is taken for %v", in, d)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0", -1: "0", 48 * time.Hour: "48h", 90 * time.Minute: "1h30m", week: "1w", 30 * day: "30d", 8*day + time.Hour: "193h", 1500 * time.Millisecond: "1s500ms",
	} {
		if got := Duration(d).String(); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

// parse -> render -> parse is stable.
func FuzzDuration(f *testing.F) {
	for _, s := range []string{"0", "48h", "7d", "1h30m", "5ns", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDuration(s)
		if err != nil {
			return
		}
		if again, err := ParseDuration(d.String()); err != nil || again != d || d < 0 {
			t.Errorf("%q: %v, then %v, %v", s, d, again, err)
		}
	})
}

func TestExpiry(t *testing.T) {
	for in, want := range map[string]time.Time{
		"":                          {},
		"2026-12-24":                time.Date(2026, 12, 24, 0, 0, 0, 0, time.UTC),
		"2026-12-24T18:00:00Z":      time.Date(2026, 12, 24, 18, 0, 0, 0, time.UTC),
		"2026-12-24T18:00:00+01:00": time.Date(2026, 12, 24, 17, 0, 0, 0, time.UTC),
	} {
		var e Expiry
		if err := e.UnmarshalText([]byte(in)); err != nil || !time.Time(e).Equal(want) {
			t.Errorf("%q: got %s, %v", in, e, err)
		}
		var again Expiry
		if err := again.UnmarshalText([]byte(e.String())); err != nil || !again.Equal(e) {
			t.Errorf("%q: %s, then %s, %v", in, e, again, err)
		}
	}
	for _, in := range []string{"tomorrow", "2026-13-01", "2026-12-24T18:00:00"} {
		if err := new(Expiry).UnmarshalText([]byte(in)); err == nil {
			t.Errorf("%q is taken for a date", in)
		}
	}
}

// Not decided is blocked, in words too.
func TestNames(t *testing.T) {
	for want, got := range map[string]string{
		"block": Action(0).String(), "warn": Warn.String(), "allow": Allow.String(),
		"enforce": Mode(0).String(), "audit": Audit.String(),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if Action(9).String() != "block" || Mode(9).String() != "enforce" {
		t.Error("a value without name is not the safe one")
	}
	for _, a := range []Action{Block, Warn, Allow} {
		b, _ := json.Marshal(a)
		var again Action
		if err := json.Unmarshal(b, &again); err != nil || again != a {
			t.Errorf("%s becomes %s, %v", a, again, err)
		}
	}
	for _, m := range []Mode{Enforce, WarnOnly, Audit} {
		b, _ := json.Marshal(m)
		var again Mode
		if err := json.Unmarshal(b, &again); err != nil || again != m {
			t.Errorf("%s becomes %s, %v", m, again, err)
		}
	}
	if new(Action).UnmarshalText([]byte("ALLOW")) == nil || new(Mode).UnmarshalText([]byte("off")) == nil {
		t.Error("an unknown name is taken")
	}
}

func TestNearest(t *testing.T) {
	words := []string{"cooldown", "source_installs", "mode", "eggs"}
	for in, want := range map[string]string{
		"cooldwon": "cooldown", "source_install": "source_installs", "mod": "mode", "egs": "eggs", "x": "", "installers": "", "": "",
	} {
		if got := Nearest(in, words); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", in, got, want)
		}
	}
	if d := distance(strings.Repeat("a", 1000), "b"); d != maxCompared {
		t.Errorf("long words are compared: %d", d)
	}
}

// Every code has its place among the reasons.
func TestCodes(t *testing.T) {
	for _, c := range append(Waivable(), CodeNoPolicy, CodeReserved, CodeNotScanned, CodeRule) {
		if _, ok := severity[c]; !ok {
			t.Errorf("%s has no severity", c)
		}
	}
	if len(severity) != len(waivable)+4 {
		t.Errorf("%d codes have a severity, %d can be waived", len(severity), len(waivable))
	}
	if !utf8.ValidString(strings.Join(waivable, "")) {
		t.Error("a code is not text")
	}
}
