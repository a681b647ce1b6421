package gate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"pipwarden/cache"
	"pipwarden/policy"
	"pipwarden/pypi"
	"pipwarden/upstream"
)

const (
	// fetchAttempts is how often a transfer that breaks off is taken up again without progress in between.
	fetchAttempts = 4
	// fetchProgress is how many bytes an attempt has to bring for the count to start anew: a wheel of 3 GB over a poor
	// line breaks off more often than four times.
	fetchProgress = 1 << 20 // 1 MiB
	// fetchPause is the wait before the second attempt; it doubles with each further one.
	fetchPause = 250 * time.Millisecond
	// fetchBuffer is what is read from upstream at once, in bytes: large enough that the system calls of a file on
	// a fast line do not count.
	fetchBuffer = 128 << 10
)

// The codes of the gate's own reasons, beside those of package policy.
const (
	codeMismatch   = "hash-mismatch" // upstream's bytes are not those that the page announces
	codeNoMetadata = "no-metadata"   // a wheel without readable metadata
)

// A refusal is a decision to block that no policy has a say in. It travels as an error from where the bytes are
// checked to where the decision is given.
type refusal struct{ decision policy.Decision }

// Error gives the deciding reason.
func (e *refusal) Error() string { return e.decision.Reason().Text }

func refuse(code, format string, args ...any) *refusal {
	return &refusal{policy.Decision{Reasons: []policy.Reason{{Code: code, Text: fmt.Sprintf(format, args...)}}}}
}

// fetch downloads the file into the store. The error is a *refusal when other bytes came than announced.
func (g *Gate) fetch(ctx context.Context, r *Request) (*cache.Blob, error) {
	if err := g.fetches.Acquire(ctx, 1); err != nil {
		return nil, context.Cause(ctx)
	}
	defer g.fetches.Release(1)
	ctx, cancel := context.WithTimeout(ctx, g.FetchLimit)
	defer cancel()

	blob, err := g.download(ctx, r)
	if m, ok := errors.AsType[*cache.MismatchError](err); ok && m.Resumed {
		// The bytes of an earlier transfer may be those of another file. The store has dropped them.
		blob, err = g.download(ctx, r)
	}
	if err == nil {
		return blob, nil
	}
	if m, ok := errors.AsType[*cache.MismatchError](err); ok {
		return nil, mismatched(r, m)
	}
	_, refused := errors.AsType[*refusal](err)
	_, stored := errors.AsType[*StoreError](err)
	if refused || stored {
		return nil, err
	}
	return nil, fetchFault(ctx, r, err)
}

// mismatched is the refusal of bytes that are not the announced ones.
func mismatched(r *Request, m *cache.MismatchError) *refusal {
	return refuse(codeMismatch, "index %q announces %s %s for this file and sends %s",
		r.Index.Name, m.Algorithm, brief(m.Want), brief(m.Got))
}

// brief shortens a hash to what tells two apart.
func brief(hash string) string {
	const enough = 16
	if len(hash) > enough {
		return hash[:enough] + "..."
	}
	return hash
}

// download takes the file into the store, beginning where an earlier download of it broke off.
func (g *Gate) download(ctx context.Context, r *Request) (*cache.Blob, error) {
	o := cache.CreateOptions{Want: r.File.Hashes, Size: r.File.Size}
	if len(r.File.Hashes) > 0 {
		o.Key = fileKey(r)
	}
	w, err := g.Store.Create(ctx, o)
	if _, ok := errors.AsType[*cache.UnknownHashError](err); ok {
		return nil, refuse(policy.CodeUnhashed, "index %q announces no hash for this file that can be verified", r.Index.Name)
	}
	if err != nil {
		return nil, &StoreError{Filename: r.Filename.Text, Err: err}
	}
	defer func() { _ = w.Keep() }() // for the next attempt; does nothing after a Commit
	if err := g.transfer(ctx, r, w); err != nil {
		return nil, err
	}
	_, blob, err := w.Commit(ctx)
	_, short := errors.AsType[*cache.TruncatedError](err)
	if err == nil || short || ctx.Err() != nil {
		return blob, err
	}
	return nil, &StoreError{Filename: r.Filename.Text, Err: err}
}

// transfer writes the rest of the file, in as many attempts as it takes while they bring something.
func (g *Gate) transfer(ctx context.Context, r *Request, w *cache.Writer) error {
	mark := w.Offset()
	for attempt := 1; ; attempt++ {
		err := g.stream(ctx, r, w)
		if err == nil || !brokenOff(err) {
			return err
		}
		if w.Offset()-mark >= fetchProgress {
			attempt, mark = 1, w.Offset()
		}
		if attempt >= fetchAttempts {
			return err
		}
		select {
		case <-time.After(g.pause << (attempt - 1)):
		case <-ctx.Done():
			return err
		}
	}
}

// brokenOff reports whether a transfer ended in the middle of the body, so that the rest may be had by asking again.
// All that goes wrong before the body package upstream has tried again itself.
func brokenOff(err error) bool {
	if _, ok := errors.AsType[*upstream.TruncatedError](err); ok {
		return true
	}
	t, ok := errors.AsType[*upstream.TimeoutError](err)
	return ok && t.Stage == upstream.StageBody
}

// stream asks for what is missing and writes what comes.
func (g *Gate) stream(ctx context.Context, r *Request, w *cache.Writer) error {
	have := w.Offset()
	if len(r.File.Hashes) == 0 {
		have = 0 // no hash would tell whether the parts belong together
	}
	if r.File.Size > 0 && have == r.File.Size {
		return nil // an earlier process got it all and was ended before it could commit
	}
	resp, err := g.Upstream.File(ctx, upstream.FileRequest{Index: r.Index, URL: r.File.URL,
		Offset: have, ETag: w.Validator(), MaxBytes: r.File.Size})
	if err != nil {
		return oversize(r, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.Offset != w.Offset() {
		// The file is sent from its start: no ranges here, or it is another one than before.
		err = w.Restart()
	}
	if err == nil {
		err = w.SetValidator(resp.ETag)
	}
	if err != nil {
		return &StoreError{Filename: r.Filename.Text, Err: err}
	}
	return oversize(r, copyBody(r, w, resp.Body))
}

// oversize makes a file that is longer than the page says a mismatch: nobody has to wait for its end to refuse it.
func oversize(r *Request, err error) error {
	if e, ok := errors.AsType[*upstream.TooLargeError](err); ok && r.File.Size > 0 && e.Limit == r.File.Size {
		return &cache.MismatchError{Algorithm: "size", Want: strconv.FormatInt(r.File.Size, 10), Got: "more"}
	}
	return err
}

var buffers = sync.Pool{New: func() any { return new([fetchBuffer]byte) }}

// copyBody is io.Copy that knows on which side it failed.
func copyBody(r *Request, w *cache.Writer, body io.Reader) error {
	buf := buffers.Get().(*[fetchBuffer]byte)
	defer buffers.Put(buf)
	for {
		n, err := body.Read(buf[:])
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return &StoreError{Filename: r.Filename.Text, Err: err}
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// fileKey names the file's bytes: by the strongest hash where the page has one, else by all that the page says.
func fileKey(r *Request) string {
	if h := r.File.Hashes["sha256"]; h != "" {
		return "sha256=" + h
	}
	return r.File.URL + "#" + hashText(r.File.Hashes)
}

// jobKey names the work on a file.
func jobKey(r *Request) string {
	return r.Index.Key() + "\x00" + r.Filename.Text + "\x00" + fileKey(r)
}

// hashText writes hashes in a fixed order.
func hashText(h pypi.Hashes) string {
	parts := make([]string, 0, len(h))
	for alg, hex := range h {
		parts = append(parts, alg+"="+hex)
	}
	slices.Sort(parts)
	return strings.Join(parts, "&")
}
