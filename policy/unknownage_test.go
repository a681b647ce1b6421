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
		absent   time.Time
		action   Action // of policy.cooldown.unknown_age
		want     Action
		code     string
	}{
		{"there at the first look", time.Time{}, true, time.Time{}, Warn, Warn, CodeAgeUnknown},
		{"there at the first look, and that is too little", time.Time{}, true, time.Time{}, Block, Block, CodeAgeUnknown},
		{"there at the first look, and that is enough", time.Time{}, true, time.Time{}, Allow, Allow, ""},
		{"came later", time.Time{}, false, time.Time{}, Allow, Block, CodeCooldown},
		{"was absent since", time.Time{}, true, now.Add(-time.Hour), Allow, Block, CodeCooldown},
		{"the index tells the time", now.Add(-time.Hour), true, time.Time{}, Allow, Block, CodeCooldown},
	} {
		c := Default()
		c.Cooldown.UnknownAge = tt.action
		s := wheel(t)
		s.File.UploadTime, s.FirstSeen, s.Baseline, s.Absent = tt.uploaded, now.Add(-time.Hour), tt.baseline, tt.absent
		d := compile(t, c).Screen(s, now)
		if d.Action != tt.want || d.Reason().Code != tt.code {
			t.Errorf("%s: %v %q, want %v %q", tt.name, d.Action, d.Reason().Code, tt.want, tt.code)
		}
	}
}
