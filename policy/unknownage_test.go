package policy

import (
	"testing"
	"time"
)

// A file without upload time that was there at the first look has no age that anybody knows.
func TestUnknownAge(t *testing.T) {
	for _, tt := range []struct {
		name     string
		uploaded time.Time
		baseline bool
		action   Action // of policy.cooldown.unknown_age
		want     Action
		code     string
	}{
		{"there at the first look", time.Time{}, true, Warn, Warn, CodeAgeUnknown},
		{"there at the first look, and that is too little", time.Time{}, true, Block, Block, CodeAgeUnknown},
		{"there at the first look, and that is enough", time.Time{}, true, Allow, Allow, ""},
		{"came later", time.Time{}, false, Allow, Block, CodeCooldown},
		{"the index tells the time", now.Add(-time.Hour), true, Allow, Block, CodeCooldown},
	} {
		c := Default()
		c.Cooldown.UnknownAge = tt.action
		s := wheel(t)
		s.File.UploadTime, s.FirstSeen, s.Baseline = tt.uploaded, now.Add(-time.Hour), tt.baseline
		d := compile(t, c).Screen(s, now)
		if d.Action != tt.want || d.Reason().Code != tt.code {
			t.Errorf("%s: %v %q, want %v %q", tt.name, d.Action, d.Reason().Code, tt.want, tt.code)
		}
	}
}
