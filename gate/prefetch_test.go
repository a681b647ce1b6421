package gate

import (
	"testing"

	"pipwarden/internal/pypitest"
	"pipwarden/policy"
	"pipwarden/pypi"
)

// python is a client whose User-Agent says all that matters.
var python = pypi.Client{Tool: "pip", ToolVersion: "25.3", Python: "3.12.1", Implementation: "cpython",
	System: "linux", Machine: "x86_64", Libc: "glibc", LibcVersion: "2.39"}

func TestPrefetchSparesTheWait(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	r.Client = python
	w.Prefetch(r)
	w.idle()
	w.fetched(f.Path, 1)
	if e := w.told(); len(e) != 0 {
		t.Errorf("events = %+v; nobody asked for the file", e)
	}
	w.index.SetOffline(true)
	w.mustAdmit(r, f)
	if len(w.ahead.m) != 0 {
		t.Errorf("places that were not given back: %v", w.ahead.m)
	}
}

func TestPrefetchLeavesAlone(t *testing.T) {
	uv := python
	uv.Tool = "uv"
	mac := &pypitest.Dist{Filename: "demo-1.0-cp312-cp312-macosx_11_0_arm64.whl"}
	for _, c := range []struct {
		name    string
		dist    *pypitest.Dist
		options pypitest.Options
		policy  func(*policy.Config)
		gate    func(*Gate)
		client  pypi.Client
		prepare func(w *world, r Request)
	}{
		{name: "an sdist", dist: pypitest.Sdist("demo", "1.0"), client: python},
		{name: "a wheel for another platform", dist: mac, client: python},
		{name: "a client that says nothing", dist: &pypitest.Dist{Filename: "demo-1.0-cp312-cp312-manylinux_2_28_x86_64.whl"}},
		{name: "what uv asks for at once", client: uv},
		{name: "a file of unknown size", client: python, options: pypitest.Options{NoSizes: true}},
		{name: "a large file", client: python, gate: func(g *Gate) { g.MaxPrefetch = 10 }},
		{name: "all, when told so", client: python, gate: func(g *Gate) { g.MaxPrefetch = -1 }},
		{name: "what is refused", client: python, policy: deny("demo")},
		{name: "the client's fifth", client: python, prepare: func(w *world, r Request) {
			for _, n := range []pypi.Name{"a", "b", "c", "d"} {
				w.ahead.enter(r.ClientID, n)
			}
		}},
		{name: "another file of a project", client: python, prepare: func(w *world, r Request) { w.ahead.enter(r.ClientID, "demo") }},
		{name: "while no place is free", client: python, gate: func(g *Gate) { g.MaxFetches = 1 }, prepare: func(w *world, _ Request) {
			other := w.index.Add(pypitest.Wheel("other", "1.0"))
			w.index.Fail(other.Path, pypitest.Fault{Hang: true, Times: 1})
			w.Start(w.request(other)).Close()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.dist == nil {
				c.dist = pypitest.Wheel("demo", "1.0")
			}
			w := newWorld(t, build{index: c.options, policy: c.policy, gate: func(g *Gate) {
				g.FetchLimit = 100e6
				if c.gate != nil {
					c.gate(g)
				}
			}})
			f := w.index.Add(c.dist)
			r := w.request(f)
			r.Client = c.client
			if c.prepare != nil {
				c.prepare(w, r)
			}
			w.Prefetch(r)
			if w.jobs.running[jobKey(&r)] != nil {
				t.Error("work was started")
			}
			w.idle()
			w.fetched(f.Path, 0)
		})
	}
}

func TestPrefetchLeavesAloneWhatIsKnown(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	r.Client = python
	w.mustAdmit(r, f)
	w.evict()
	w.Prefetch(r)
	w.idle()
	w.fetched(f.Path, 1)
}

// Whoever waits for a file and whoever wants it ahead share the work, in either order.
func TestPrefetchSharesTheJob(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	r.Client = python
	scanning, release := w.holdScans()
	w.Prefetch(r)
	<-scanning
	w.Prefetch(r) // dropped: the client has its place for this project
	other := r
	other.ClientID = "192.0.2.2"
	w.Prefetch(other) // finds the work under way
	if len(w.ahead.m) != 1 {
		t.Errorf("places taken: %v", w.ahead.m)
	}
	tk := w.Start(r)
	defer tk.Close()
	w.attached(r, 2)
	release()
	a, err := tk.Result()
	if err != nil {
		t.Fatal(err)
	}
	w.read(a)
	w.fetched(f.Path, 1)
}

func TestPlacesForPrefetching(t *testing.T) {
	var a ahead
	for i, n := range []pypi.Name{"a", "b", "c", "d"} {
		if !a.enter("x", n) {
			t.Errorf("no place for file %d", i+1)
		}
	}
	if a.enter("x", "e") || a.enter("y", "a") == false || a.enter("y", "a") {
		t.Error("places are not counted by client and project")
	}
	a.leave("x", "b")
	if !a.enter("x", "e") {
		t.Error("the place of b was not given back")
	}
	for _, n := range []pypi.Name{"a", "c", "d", "e"} {
		a.leave("x", n)
	}
	a.leave("y", "a")
	if len(a.m) != 0 {
		t.Errorf("left over: %v", a.m)
	}
}
