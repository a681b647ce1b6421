package gate

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"pipwarden/internal/pypitest"
	"pipwarden/policy"
	"pipwarden/pypi"
)

func TestScreenShowsReports(t *testing.T) {
	w := newWorld(t, build{})
	good := w.index.Add(pypitest.Wheel("demo", "1.0"))
	bad := w.index.Add(pypitest.Wheel("demo", "2.0", "demo/__init__.py", "EVIL = 1\n"))
	if d := w.Screen(w.request(bad)); d.Action != policy.Allow {
		t.Errorf("before its scan the file is %v: %v", d.Action, d.Reasons)
	}
	before := w.Generation("demo")
	w.mustBlock(w.request(bad), policy.CodeMalicious)
	if after := w.Generation("demo"); after <= before {
		t.Errorf("generation %d, then %d: a page would still show the file", before, after)
	}
	if d := w.Screen(w.request(bad)); d.Action != policy.Block || d.Reason().Code != policy.CodeMalicious {
		t.Errorf("after its scan the file is %v: %v", d.Action, d.Reasons)
	}
	if d := w.Screen(w.request(good)); d.Action != policy.Allow {
		t.Errorf("the other file is %v: %v", d.Action, d.Reasons)
	}
	w.fetched(good.Path, 0)
	if e := w.told(); len(e) != 1 {
		t.Errorf("%d events; only the admission is one", len(e))
	}

	d, rec, err := w.Explain(t.Context(), w.request(bad))
	if err != nil || d.Action != policy.Block || len(d.Trace) == 0 || rec == nil || len(rec.Report.Files) == 0 {
		t.Errorf("explanation = %+v, %v, %v", d, rec, err)
	}
	if d, rec, err := w.Explain(t.Context(), w.request(good)); err != nil || len(d.Trace) == 0 || rec != nil {
		t.Errorf("explanation without a report = %+v, %v, %v", d, rec, err)
	}
}

func TestExplainEndsWithItsContext(t *testing.T) {
	w := newWorld(t, build{})
	r := w.request(w.index.Add(pypitest.Wheel("demo", "1.0")))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if d, _, err := w.Explain(ctx, r); !errors.Is(err, context.Canceled) || d.Action != policy.Block {
		t.Errorf("explanation = %v, %v", d, err)
	}
}

// A page that is asked for again and again costs no second evaluation, and a client of another class gets its own.
func TestRulingsAreKept(t *testing.T) {
	w := newWorld(t, build{})
	r := w.request(w.index.Add(pypitest.Wheel("demo", "1.0")))
	w.once.Do(w.init)
	first, err := w.consider(&r)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := w.consider(&r)
	if first != again {
		t.Error("decided twice")
	}
	other := r
	other.Client = python
	if m, _ := w.consider(&other); m == first {
		t.Error("another class of client got the same ruling")
	}
	other = r
	other.Page = w.page("demo", true)
	other.File = &other.Page.Files[0]
	if m, _ := w.consider(&other); m == first {
		t.Error("another page got the same ruling")
	}
}

// A rule may name a tool and its version, so clients that differ in these alone share no ruling.
func TestRulingsAreOfOneTool(t *testing.T) {
	pip := pypi.Client{Tool: "pip", ToolVersion: "26.3"}
	full := python
	full.Tool, full.ToolVersion = "pip", "26.3"
	like := func(c pypi.Client, tool, version string) pypi.Client {
		c.Tool, c.ToolVersion = tool, version
		return c
	}
	for _, c := range []struct {
		name         string
		rule         string
		refused, not pypi.Client
	}{
		{"another tool", "pip", pip, like(pip, "uv", "26.3")},
		{"no tool", "pip", pip, pypi.Client{}},
		{"another version", "pip/26*", pip, like(pip, "pip", "25.0")},
		{"no version", "pip/26*", pip, like(pip, "pip", "")},
		{"another tool for the same Python", "pip", full, like(full, "uv", "26.3")},
		{"another version for the same Python", "pip/26*", full, like(full, "pip", "25.0")},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, build{policy: func(p *policy.Config) {
				p.Rules = []policy.Rule{{Name: "not these", Client: []string{c.rule}, Action: policy.Block}}
			}})
			r := w.request(w.index.Add(pypitest.Wheel("demo", "1.0")))
			other := r
			r.Client, other.Client = c.refused, c.not
			for range 2 { // whoever comes first
				if d := w.Screen(other); d.Action != policy.Allow {
					t.Errorf("%+v: %v %v", other.Client, d.Action, d.Reasons)
				}
				if d := w.Screen(r); d.Action != policy.Block {
					t.Errorf("%+v: %v", r.Client, d.Action)
				}
				w.memo = memo{}
				_ = w.Screen(r)
			}
		})
	}
}

func TestRulingHolds(t *testing.T) {
	now := time.Unix(1000, 0)
	r := ruling{revision: "a", generation: 7}
	until := r
	until.decision.Until = now.Add(time.Second)
	for _, c := range []struct {
		r          ruling
		revision   string
		generation uint64
		after      time.Duration
		want       bool
	}{
		{r, "a", 7, 0, true},
		{r, "a", 7, 1000 * time.Hour, true},
		{r, "b", 7, 0, false},
		{r, "a", 8, 0, false},
		{until, "a", 7, 0, true},
		{until, "a", 7, time.Second, false},
	} {
		if got := c.r.holds(c.revision, c.generation, now.Add(c.after)); got != c.want {
			t.Errorf("holds(%q, %d, +%v) = %v", c.revision, c.generation, c.after, got)
		}
	}
}

func TestMemoIsBoundedAndKeepsWhatIsUsed(t *testing.T) {
	var m memo
	hot := memoKey{page: 1}
	want := &ruling{}
	m.put(hot, want)
	for i := range 10 * memoHalf {
		m.put(memoKey{page: 2, filename: fmt.Sprint(i)}, &ruling{})
		if len(m.young)+len(m.old) > 2*memoHalf {
			t.Fatalf("%d rulings", len(m.young)+len(m.old))
		}
		if i%100 == 0 && m.get(hot) != want {
			t.Fatalf("what is asked for often was forgotten after %d others", i)
		}
	}
	if m.get(memoKey{page: 2, filename: "0"}) != nil {
		t.Error("the oldest is still there")
	}
}

func TestPageFactsLiveAsLongAsThePage(t *testing.T) {
	var x pageIndex
	kept := &pypi.Page{Name: "kept"}
	id := x.facts(kept).id
	func() {
		for range 10 {
			x.facts(&pypi.Page{Files: make([]pypi.File, 3)})
		}
	}()
	eventually(t, func() bool {
		runtime.GC()
		x.mu.Lock()
		defer x.mu.Unlock()
		return len(x.m) == 1
	})
	if x.facts(kept).id != id {
		t.Error("the page that lives was forgotten")
	}
}

func TestGenerationsGrowForTheirName(t *testing.T) {
	var g generations
	a := g.slot("a", "b")
	before := a.Load()
	a.Add(1)
	if g.slot("a", "b").Load() != before+1 {
		t.Error("a name has no number of its own")
	}
	others := 0
	for i := range 100 {
		if g.slot("a", fmt.Sprint(i)) == a {
			others++
		}
	}
	if others > 10 {
		t.Errorf("%d of 100 names share a number", others)
	}
}

func TestEarlier(t *testing.T) {
	never, one, two := time.Time{}, time.Unix(1, 0), time.Unix(2, 0)
	for _, c := range []struct{ a, b, want time.Time }{
		{never, never, never}, {one, never, one}, {never, two, two}, {one, two, one}, {two, one, one},
	} {
		if got := earlier(c.a, c.b); !got.Equal(c.want) {
			t.Errorf("earlier(%v, %v) = %v", c.a, c.b, got)
		}
	}
}
