package gate

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pipwarden/cache"
	"pipwarden/internal/pypitest"
	"pipwarden/policy"
	"pipwarden/pypi"
	"pipwarden/upstream"
)

// big is a wheel that takes several reads.
func big() *pypitest.Dist {
	noise := make([]byte, 3<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	d := pypitest.Wheel("demo", "1.0")
	d.Members = append(d.Members, pypitest.Member{Path: "demo/data.bin", Data: noise})
	return d
}

// What upstream sends instead of the file is refused or an error, is not kept, and does no harm to the next request.
func TestUpstreamThatMisbehaves(t *testing.T) {
	is := func(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }
	truncated := func(err error) bool { _, ok := errors.AsType[*upstream.TruncatedError](err); return ok }
	short := func(err error) bool { _, ok := errors.AsType[*cache.TruncatedError](err); return ok }
	timeout := func(err error) bool { _, ok := errors.AsType[*upstream.TimeoutError](err); return ok }
	status := func(err error) bool { _, ok := errors.AsType[*upstream.StatusError](err); return ok }
	for _, c := range []struct {
		name   string
		fault  pypitest.Fault
		change func(*build)
		block  string           // code
		broken func(error) bool // nil = no error
		asks   int              // requests upstream; 0 = any number
	}{
		{name: "another byte", fault: pypitest.Fault{Corrupt: true}, block: codeMismatch, asks: 1},
		{name: "longer", fault: pypitest.Fault{Pad: 7}, block: codeMismatch, asks: 1},
		{name: "shorter", fault: pypitest.Fault{Drop: 7}, broken: short, asks: 1},
		{name: "an error page with status 200", fault: pypitest.HTMLError, broken: short, asks: 1},
		{name: "cut off at once", fault: pypitest.Fault{Truncate: -1}, broken: func(err error) bool { return !truncated(err) }}, // Go asks twice on a connection that was idle
		{name: "cut off always", fault: pypitest.Fault{Truncate: 100}, broken: truncated, asks: fetchAttempts},
		{name: "gone", fault: pypitest.Fault{Status: 404}, broken: is(fs.ErrNotExist), asks: 1},
		{name: "too many requests", fault: pypitest.Fault{Status: 429}, broken: status, asks: 1},
		{name: "broken", fault: pypitest.Fault{Status: 500}, broken: status, asks: 1},
		{name: "no answer", fault: pypitest.Fault{Hang: true}, broken: timeout, asks: 1,
			change: func(b *build) {
				b.upstream = func(o *upstream.Options) { o.HeaderTimeout = 50 * time.Millisecond }
			}},
		{name: "no end", fault: pypitest.Fault{Hang: true, HangAfter: 100}, broken: timeout, asks: fetchAttempts,
			change: func(b *build) {
				b.upstream = func(o *upstream.Options) { o.IdleTimeout = 50 * time.Millisecond }
			}},
		{name: "too slow on the whole", fault: pypitest.Fault{Hang: true, HangAfter: 100}, broken: is(context.DeadlineExceeded), asks: 1,
			change: func(b *build) { b.gate = func(g *Gate) { g.FetchLimit = 50 * time.Millisecond } }},
		{name: "too slow between two attempts", fault: pypitest.Fault{Truncate: 100}, broken: is(context.DeadlineExceeded), asks: 1,
			change: func(b *build) {
				b.gate = func(g *Gate) { g.FetchLimit, g.pause = 50*time.Millisecond, time.Hour }
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b build
			if c.change != nil {
				c.change(&b)
			}
			w := newWorld(t, b)
			f := w.index.Add(pypitest.Wheel("demo", "1.0"))
			r := w.request(f)
			w.index.Fail(f.Path, c.fault)

			got, err := w.admit(r)
			if got.Body != nil {
				t.Fatalf("served %d bytes", len(got.Body))
			}
			if c.broken == nil {
				if err != nil || got.Code != c.block {
					t.Fatalf("admission = %q, %v; want block %q", got.Code, err, c.block)
				}
			} else {
				e, ok := errors.AsType[*FetchError](err)
				if !ok || !c.broken(err) {
					t.Fatalf("error = %v (%T)", err, err)
				}
				if e.Index != "main" || e.Filename != f.Filename || !strings.Contains(e.Error(), `"demo-1.0-py3-none-any.whl"`) {
					t.Errorf("error %q does not name its file", e)
				}
			}
			if c.asks > 0 {
				w.fetched(f.Path, c.asks)
			}
			if w.Store.Has(f.SHA256) {
				t.Error("something was kept as the file")
			}
			if st, err := w.Store.Stats(t.Context()); err != nil || st.Files != 0 {
				t.Errorf("store has %d files, %v", st.Files, err)
			}

			w.index.Heal()
			w.FetchLimit, w.pause = time.Minute, time.Millisecond
			w.mustAdmit(r, f)
		})
	}
}

func TestTransferIsResumed(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(big())
	r := w.request(f)
	// Each attempt brings a mebibyte or more, so that the file comes through however often that is needed.
	w.index.Fail(f.Path, pypitest.Fault{Truncate: fetchProgress + 1, Times: 2})
	w.index.Forget()
	w.mustAdmit(r, f)
	var ranges []string
	for _, q := range w.index.Requests() {
		ranges = append(ranges, q.Header.Get("Range"))
	}
	if len(ranges) != 3 || ranges[0] != "" || ranges[1] == "" || ranges[2] == "" || ranges[1] == ranges[2] {
		t.Errorf("ranges = %q, want a whole request and two for the rest", ranges)
	}
}

// A server without ranges sends the file anew.
func TestTransferIsRepeatedWithoutRanges(t *testing.T) {
	w := newWorld(t, build{index: pypitest.Options{NoRanges: true}})
	f := w.index.Add(big())
	w.index.Fail(f.Path, pypitest.Fault{Truncate: 1000, Times: 1})
	w.mustAdmit(w.request(f), f)
	w.fetched(f.Path, 2)
}

// A transfer that broke off is taken up by the next request.
func TestTransferIsResumedByTheNextRequest(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(big())
	r := w.request(f)
	w.index.Fail(f.Path, pypitest.Fault{Truncate: 1000})
	if _, err := w.admit(r); err == nil {
		t.Fatal("no error")
	}
	w.index.Heal()
	w.index.Forget()
	w.mustAdmit(r, f)
	if q := w.index.Requests(); len(q) != 1 || q[0].Header.Get("Range") == "" {
		t.Errorf("requests = %+v, want one for the rest", q)
	}
}

// What an earlier transfer left can be bytes of something else: then the file is fetched whole, and not refused.
func TestWrongBytesOfAnEarlierTransferAreNoRefusal(t *testing.T) {
	w := newWorld(t, build{index: pypitest.Options{NoETags: true}})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	w.partial(r, []byte("something else"))
	w.mustAdmit(r, f)
	w.fetched(f.Path, 2)
}

// partial leaves these bytes in the store as those of a transfer that broke off.
func (w *world) partial(r Request, b []byte) {
	w.t.Helper()
	part, err := w.Store.Create(w.t.Context(), cache.CreateOptions{Key: fileKey(&r), Want: r.File.Hashes, Size: r.File.Size})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := part.Write(b); err != nil {
		w.t.Fatal(err)
	}
	if err := part.Keep(); err != nil {
		w.t.Fatal(err)
	}
}

// All bytes can be there and the process be ended before they were committed.
func TestTransferThatOnlyLacksItsCommit(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	w.partial(r, f.Data)
	w.mustAdmit(r, f)
	w.fetched(f.Path, 0)
}

// allowUnhashed is the policy for mirrors that give no hashes.
func allowUnhashed(c *policy.Config) { c.Unhashed = policy.Allow }

// A false hash that nobody verifies is no proof beside a right one that proves nothing.
func TestHashThatIsNotVerified(t *testing.T) {
	w := newWorld(t, build{policy: func(c *policy.Config) { c.Unhashed = policy.Block }})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	sum := md5.Sum(f.Data)
	r.File.Hashes = pypi.Hashes{"md5": hex.EncodeToString(sum[:]), "blake2b": strings.Repeat("0", 128)}
	w.mustBlock(r, policy.CodeUnhashed)
	w.fetched(f.Path, 0)
}

func TestFileWithoutHash(t *testing.T) {
	w := newWorld(t, build{index: pypitest.Options{NoHashes: true}, policy: allowUnhashed})
	f := w.index.Add(big())
	r := w.request(f)
	// Nothing would tell whether two halves are of one file, so a broken transfer begins anew.
	w.index.Fail(f.Path, pypitest.Fault{Truncate: 1000, Times: 1})
	w.index.Forget()
	w.mustAdmit(r, f)
	for _, q := range w.index.Requests() {
		if q.Header.Get("Range") != "" {
			t.Errorf("a part was asked for: %q", q.Header.Get("Range"))
		}
	}
	w.index.SetOffline(true)
	if got := w.mustAdmit(r, f); !got.Cached {
		t.Error("the hash that was found is not remembered")
	}
}

func TestFileWithAnotherHash(t *testing.T) {
	w := newWorld(t, build{index: pypitest.Options{NoHashes: true}, policy: allowUnhashed})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	sum := md5.Sum(f.Data)
	r.File.Hashes = pypi.Hashes{"md5": hex.EncodeToString(sum[:])}
	w.index.Fail(f.Path, pypitest.Fault{Corrupt: true, Times: 1})
	w.mustBlock(r, codeMismatch)
	before := w.Generation("demo")
	w.mustAdmit(r, f)
	if w.Generation("demo") == before {
		t.Error("the page's generation did not grow")
	}
	w.index.SetOffline(true)
	w.mustAdmit(r, f)

	// The policy's lists see the hash that the page does not tell.
	w.setPolicy(deny("sha256:" + f.SHA256))
	w.mustBlock(r, policy.CodeDenied)

	// And a policy that wants hashes on the page has its way, whatever was found meanwhile.
	w.setPolicy(nil)
	w.mustBlock(r, policy.CodeUnhashed)
}

func TestFileWithHashesThatNobodyKnows(t *testing.T) {
	w := newWorld(t, build{index: pypitest.Options{NoHashes: true}, policy: allowUnhashed})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	r.File.Hashes = pypi.Hashes{"crc99": strings.Repeat("ab", 20)}
	w.mustBlock(r, policy.CodeUnhashed)
	w.fetched(f.Path, 0)
}

func TestHashTextIsStable(t *testing.T) {
	h := pypi.Hashes{"sha1": "22", "md5": "11", "blake2b": "33"}
	for range 20 {
		if got := hashText(h); got != "blake2b=33&md5=11&sha1=22" {
			t.Fatalf("hashText = %q", got)
		}
	}
}

func TestRefusalIsAnError(t *testing.T) {
	if got := refuse("code", "because of %d", 1).Error(); got != "because of 1" {
		t.Errorf("error = %q", got)
	}
}

func TestBrief(t *testing.T) {
	for in, want := range map[string]string{"": "", "1234": "1234", strings.Repeat("a", 64): strings.Repeat("a", 16) + "..."} {
		if got := brief(in); got != want {
			t.Errorf("brief(%q) = %q, want %q", in, got, want)
		}
	}
}
