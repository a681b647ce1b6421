package gate

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pipwarden/cache"
	"pipwarden/internal/pypitest"
	"pipwarden/policy"
)

func TestDecisionIsTold(t *testing.T) {
	w := newWorld(t, build{})
	good := w.index.Add(pypitest.Wheel("good", "1.0"))
	bad := w.index.Add(pypitest.Wheel("bad", "1.0", "bad/__init__.py", "EVIL = 1\n"))
	w.mustAdmit(w.request(good), good)
	w.mustAdmit(w.request(good), good)
	w.mustBlock(w.request(bad), policy.CodeMalicious)

	event := func(f *pypitest.File, action string, cached bool) cache.Event {
		return cache.Event{Kind: "decided", Time: w.Now(), Session: "s1", Client: "192.0.2.1", Index: "main",
			Filename: f.Filename, SHA256: f.SHA256, Action: action, Cached: cached}
	}
	want := []cache.Event{event(good, "allow", false), event(good, "allow", true), event(bad, "block", false)}
	want[0].Project, want[1].Project, want[2].Project = "good", "good", "bad"
	want[0].Bytes, want[1].Bytes = good.Size, good.Size
	want[2].Code, want[2].Setting = policy.CodeMalicious, "policy.levels.malicious"
	got := w.told()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(cache.Event{}, "Reason", "Elapsed", "ID")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if got[2].Reason == "" {
		t.Error("a refusal without a reason")
	}

	var stored []cache.Event
	eventually(t, func() bool {
		var err error
		stored, err = w.Store.Events(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		return len(stored) == len(want)
	})
	if diff := cmp.Diff(got, stored, cmpopts.IgnoreFields(cache.Event{}, "ID")); diff != "" {
		t.Errorf("audit trail (-told +stored):\n%s", diff)
	}
	if n := strings.Count(w.log.String(), "file decided"); n != len(want) {
		t.Errorf("%d lines in the log for %d decisions:\n%s", n, len(want), w.log)
	}
}

// An installer that asks for a file by HEAD, by parts and by its metadata leaves the trace of one.
func TestWhatIsTold(t *testing.T) {
	for _, c := range []struct {
		purposes string
		refused  bool
		want     int
	}{
		{"serve serve", false, 2},
		{"serve serve", true, 2},
		{"head head metadata", false, 0},
		{"head metadata", true, 2},
		{"range range range", false, 1},
		{"head range range serve", false, 2},
		{"prefetch", true, 0},
	} {
		t.Run(fmt.Sprintf("%s refused %v", c.purposes, c.refused), func(t *testing.T) {
			b := build{}
			if c.refused {
				b.policy = deny("demo")
			}
			w := newWorld(t, b)
			f := w.index.Add(pypitest.Wheel("demo", "1.0"))
			for p := range strings.FieldsSeq(c.purposes) {
				r := w.request(f)
				for i, name := range purposes {
					if name == p {
						r.Purpose = Purpose(i)
					}
				}
				if _, err := w.admit(r); err != nil {
					t.Fatal(err)
				}
			}
			if got := w.told(); len(got) != c.want {
				t.Errorf("%d events, want %d: %+v", len(got), c.want, got)
			}
		})
	}
}

func TestRecent(t *testing.T) {
	var c recent
	now := time.Unix(0, 0)
	if !c.first("a", now) || c.first("a", now.Add(toldFor-1)) || !c.first("a", now.Add(toldFor)) || !c.first("b", now) {
		t.Error("a key is not told once a minute")
	}
	for i := range 3 * maxTold {
		c.first(fmt.Sprint(i), now)
		if len(c.m) > maxTold {
			t.Fatalf("%d keys are remembered", len(c.m))
		}
	}
}
