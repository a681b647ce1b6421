package policy

import (
	"strings"
	"testing"
	"time"

	"pipwarden/pypi"
)

func TestChangedFile(t *testing.T) {
	was, is := strings.Repeat("1", 64), strings.Repeat("2", 64)
	rule := func(r Rule) func(*Config) { return func(c *Config) { c.Rules = []Rule{r} } }
	for _, c := range []struct {
		name   string
		served string
		policy func(*Config)
		want   Action
		waived bool
	}{
		{name: "never served", want: Allow},
		{name: "served as it is", served: is, want: Allow},
		{name: "served with another hash", served: was, want: Block},
		{name: "a rule for the project says nothing of the bytes", served: was, want: Block,
			policy: rule(Rule{Project: []string{"demo"}, Action: Allow})},
		{name: "a rule for the old bytes", served: was, want: Block,
			policy: rule(Rule{SHA256: []string{was}, Action: Allow})},
		{name: "a rule for the new bytes", served: was, want: Allow, waived: true,
			policy: rule(Rule{SHA256: []string{is}, Action: Allow})},
		{name: "the mode of the whole", served: was, want: Warn, policy: func(c *Config) { c.Mode = WarnOnly }},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := Default()
			if c.policy != nil {
				c.policy(&config)
			}
			p, err := Compile(config)
			if err != nil {
				t.Fatal(err)
			}
			fn, err := pypi.ParseFilename("demo-1.0-py3-none-any.whl", "demo")
			if err != nil {
				t.Fatal(err)
			}
			now := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
			f := &pypi.File{Filename: fn.Text, Parsed: fn, Hashes: pypi.Hashes{"sha256": is}, UploadTime: now.AddDate(-1, 0, 0)}
			d := p.Screen(&Subject{Index: "main", Project: "demo", Filename: fn, File: f, Served: c.served}, now)
			if d.Action != c.want || (d.Waiver != "") != c.waived {
				t.Errorf("decision = %v %+v, waiver %q", d.Action, d.Reasons, d.Waiver)
			}
			if c.want == Block && (d.Reason().Code != CodeChanged || len(d.Reason().Text) > MaxText) {
				t.Errorf("reason = %+v", d.Reason())
			}
		})
	}
}
