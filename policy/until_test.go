package policy

import (
	"testing"
	"time"
)

// Until is the moment at which the answer changes, and no other.
func TestUntil(t *testing.T) {
	demo := []string{"demo"}
	hour := now.Add(time.Hour)
	for _, tt := range []struct {
		name   string
		config Config
		file   *Subject
		want   time.Time
	}{
		{"nothing changes", Default(), wheel(t), time.Time{}},
		{"the cooldown ends", Default(), wheel(t).uploaded(time.Hour), now.Add(47 * time.Hour)},
		{"the cooldown of a file that was never seen ends", Default(), func() *Subject {
			s := wheel(t)
			s.File.UploadTime, s.FirstSeen = time.Time{}, time.Time{}
			return s
		}(), now.Add(48 * time.Hour)},
		{"the end of a cooldown that changes nothing", with(func(c *Config) { c.Cooldown.Action = Allow }), wheel(t).uploaded(time.Hour), time.Time{}},
		{"a waiver ends before", rules(Rule{Project: demo, Action: Allow, Expires: Expiry(hour)}), wheel(t).uploaded(time.Hour), hour},
		{"a waiver ends after what it waives", rules(Rule{Project: demo, Action: Allow, Expires: Expiry(now.Add(90 * time.Hour))}), wheel(t).uploaded(time.Hour), now.Add(47 * time.Hour)},
		{"a waiver that waives nothing ends", rules(Rule{Project: demo, Action: Allow, Expires: Expiry(hour)}), wheel(t), time.Time{}},
		{"a warning ends", rules(Rule{Project: demo, Action: Warn, Expires: Expiry(hour)}), wheel(t), hour},
		{"a rule for another project ends", rules(Rule{Project: []string{"flask"}, Action: Block, Expires: Expiry(hour)}), wheel(t), time.Time{}},
		{"a file becomes old enough for a rule", rules(Rule{Project: demo, OlderThan: Duration(366 * day), Action: Block}), wheel(t), now.Add(day)},
		{"a file becomes too old for a rule", rules(Rule{Project: demo, YoungerThan: Duration(366 * day), Action: Block}), wheel(t), now.Add(day)},
		{"behind a rule that ends, another begins", rules(
			Rule{Project: demo, Action: Allow, Expires: Expiry(hour)},
			Rule{Project: demo, OlderThan: Duration(366 * day), Action: Block}), wheel(t), now.Add(day)},
		{"a file from the future", Default(), wheel(t).uploaded(-time.Hour), now.Add(49 * time.Hour)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := compile(t, tt.config)
			d := p.Judge(tt.file, clean(), now)
			if !d.Until.Equal(tt.want) {
				t.Fatalf("until %s, want %s", d.Until, tt.want)
			}
			if tt.want.IsZero() {
				return
			}
			s := *tt.file
			if s.FirstSeen.IsZero() {
				s.FirstSeen = now
			}
			if before := p.Judge(&s, clean(), tt.want.Add(-1)); !same(d, before) {
				t.Errorf("a moment before, it is %s %v; it was %s %v", before.Action, before.Reasons, d.Action, d.Reasons)
			}
			if then := p.Judge(&s, clean(), tt.want); same(d, then) {
				t.Error("at that moment nothing changes")
			}
		})
	}
}

// Many moments that change nothing do not make the search long: it gives up
// with a moment that is not too late.
func TestUntilManyEdges(t *testing.T) {
	c := Default()
	for i := range 3 * maxEdges {
		c.Rules = append(c.Rules, Rule{Project: []string{"demo"}, YoungerThan: Duration(365*day + time.Duration(i+1)*time.Minute), Action: Allow})
	}
	d := compile(t, c).Judge(wheel(t), clean(), now)
	if d.Action != Allow || d.Until.IsZero() || d.Until.After(now.Add(3*maxEdges*time.Minute)) {
		t.Errorf("got %s until %s", d.Action, d.Until)
	}
}
