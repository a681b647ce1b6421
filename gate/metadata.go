package gate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"pipwarden/policy"
	"pipwarden/pypi"
	"pipwarden/scan/archive"
	"pipwarden/upstream"
)

const (
	// maxReads is how many metadata files are read from upstream at once: as many as uv asks for.
	maxReads = 50
	// readLimit bounds all that is tried upstream for one metadata file short of fetching the wheel.
	readLimit = time.Minute
)

// Metadata gives the core metadata of a wheel, the file that indexes serve under its URL with ".metadata" appended
// (PEP 658). It is read, from the first that has it, out of the store, the stored wheel, upstream's own metadata file,
// whose announced hash has to match, the wheel upstream by reading its parts, or the wheel after fetching it; and it is
// kept.
//
// The bytes are nil when the decision is to block: a refused file's metadata is refused with it. The error is
// fs.ErrNotExist for a file that is no wheel, and otherwise of Admit's kinds.
func (g *Gate) Metadata(ctx context.Context, r Request) ([]byte, policy.Decision, error) {
	g.once.Do(g.init)
	start := g.Now()
	r.Purpose = Metadata
	m, err := g.consider(&r)
	if err != nil {
		return nil, policy.Decision{}, err
	}
	var b []byte
	if m.decision.Action != policy.Block {
		b, err = g.metadata(ctx, &r, m.sha256)
	}
	d := m.decision
	if refused, ok := errors.AsType[*refusal](err); ok {
		d, b, err = refused.decision, nil, nil
	}
	if err != nil {
		return nil, policy.Decision{}, err
	}
	g.tell(&r, &Admission{Decision: d, Record: m.record, SHA256: m.sha256}, start)
	return b, d, nil
}

// metadata gives the stored metadata, or waits for the job that gets it.
func (g *Gate) metadata(ctx context.Context, r *Request, sha256 string) ([]byte, error) {
	if r.Filename.Kind != pypi.KindWheel {
		return nil, fmt.Errorf("metadata of %q: %w", r.Filename.Text, fs.ErrNotExist)
	}
	b, err := g.kept(r, sha256)
	if !errors.Is(err, fs.ErrNotExist) {
		return b, err
	}
	fl, _, err := g.lookups.join(errand{metadataKey(r), r.ClientID, g.MaxJobs}, func(ctx context.Context) ([]byte, error) {
		return g.read(ctx, r, sha256)
	})
	if err != nil {
		return nil, err
	}
	defer g.lookups.leave(fl)
	select {
	case <-fl.done:
		return fl.value, fl.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// kept gives the metadata that is stored. What was read out of the wheel is the truth about its bytes, whichever index
// lists them. What an index said instead is for its own page alone, or it could write the dependencies of a wheel that
// another index has, by listing its hash; and it is not asked for while the wheel lies here unread.
func (g *Gate) kept(r *Request, sha256 string) ([]byte, error) {
	b, err := g.stored(r, wheelKey(sha256))
	switch {
	case err == nil && !announced(r, b):
		return nil, wrongMetadata(r, b)
	case !errors.Is(err, fs.ErrNotExist):
		return b, err
	case g.Store.Has(sha256):
		return nil, fs.ErrNotExist
	}
	b, _, err = g.readKept(context.Background(), r, sha256)
	return b, err
}

func (g *Gate) stored(r *Request, key string) ([]byte, error) {
	b, err := g.Store.Metadata(key)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, &StoreError{Filename: r.Filename.Text, Err: err}
	}
	return b, err
}

// wheelKey is where the metadata is kept that was read out of the stored wheel of that hash.
func wheelKey(sha256 string) string { return "wheel " + sha256 }

// metadataKey is where the metadata is kept that an index gave for a file of its page, and names the work to get it.
func metadataKey(r *Request) string {
	return jobKey(r) + "\x00" + hashText(r.File.Metadata.Hashes)
}

// announced reports whether metadata is what the page announces. A page that tells no hash of it takes any.
func announced(r *Request, b []byte) bool {
	want := r.File.Metadata.Hashes["sha256"]
	return want == "" || want == sum(b)
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// A source is a way to a wheel's metadata. It gives the key to keep it under; "" = it is kept. One that has none says
// fs.ErrNotExist.
type source func(g *Gate, ctx context.Context, r *Request, sha256 string) (b []byte, key string, err error)

// sources are the ways to a wheel's metadata, the surest first and then the cheapest.
var sources = []source{
	(*Gate).readStored, (*Gate).readKept, (*Gate).readOffered, (*Gate).readRanges, (*Gate).readFetched,
}

// read gets the metadata of a wheel and keeps it.
func (g *Gate) read(ctx context.Context, r *Request, sha256 string) (b []byte, err error) {
	defer g.survive(r, &err)
	key := ""
	for _, source := range sources {
		if b, key, err = source(g, ctx, r, sha256); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	if err != nil || key == "" {
		return b, err
	}
	if err := g.Store.PutMetadata(key, b); err != nil {
		return nil, &StoreError{Filename: r.Filename.Text, Err: err}
	}
	return b, nil
}

// readStored takes the metadata out of the stored wheel.
func (g *Gate) readStored(_ context.Context, r *Request, sha256 string) ([]byte, string, error) {
	blob, err := g.Store.Open(sha256)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = blob.Close() }()
	b, err := archive.WheelMetadata(blob, blob.Size())
	switch {
	case err != nil:
		return nil, "", fs.ErrNotExist // the next source says what is wrong
	case !announced(r, b):
		return nil, "", wrongMetadata(r, b)
	}
	return b, wheelKey(sha256), nil
}

// readKept gives what this index said before.
func (g *Gate) readKept(_ context.Context, r *Request, _ string) ([]byte, string, error) {
	b, err := g.stored(r, metadataKey(r)) // the key holds the announced hash
	return b, "", err
}

// readOffered fetches the metadata file that the page promises.
func (g *Gate) readOffered(ctx context.Context, r *Request, _ string) ([]byte, string, error) {
	if !r.File.Metadata.Offered {
		return nil, "", fs.ErrNotExist
	}
	ctx, leave, err := g.reading(ctx)
	if err != nil {
		return nil, "", err
	}
	defer leave()
	b, err := g.Upstream.Metadata(ctx, upstream.FileRequest{Index: r.Index, URL: r.File.URL})
	if s, ok := errors.AsType[*upstream.StatusError](err); ok && !s.Temporary() {
		return nil, "", fs.ErrNotExist // promised and not there; the wheel has it
	}
	switch {
	case err != nil:
		return nil, "", fetchFault(ctx, r, err)
	case !announced(r, b):
		return nil, "", wrongMetadata(r, b)
	case !plausible(r, b):
		return nil, "", fs.ErrNotExist
	}
	return b, metadataKey(r), nil
}

// wrongMetadata is the refusal of metadata that is not the announced one.
func wrongMetadata(r *Request, b []byte) *refusal {
	return refuse(codeMismatch, "index %q announces sha256 %s for the metadata of this file and sends %s",
		r.Index.Name, brief(r.File.Metadata.Hashes["sha256"]), brief(sum(b)))
}

// plausible reports whether metadata is of this release, and not an error page or another file's. A hash says no more
// than that it is what the index wants to tell.
func plausible(r *Request, b []byte) bool {
	m, err := pypi.ParseMetadata(b)
	if err != nil {
		return false
	}
	name, err := pypi.ParseName(m.Name)
	if err != nil || name != r.Filename.Project {
		return false
	}
	version, err := pypi.ParseVersion(m.Version)
	return err == nil && version.Key() == r.Filename.Version.Key()
}

// readRanges reads the wheel's directory and its METADATA where they lie.
func (g *Gate) readRanges(ctx context.Context, r *Request, _ string) ([]byte, string, error) {
	ctx, leave, err := g.reading(ctx)
	if err != nil {
		return nil, "", err
	}
	defer leave()
	wheel, err := g.Upstream.Ranges(ctx, upstream.FileRequest{Index: r.Index, URL: r.File.URL})
	if errors.Is(err, errors.ErrUnsupported) {
		return nil, "", fs.ErrNotExist
	}
	if err != nil {
		return nil, "", fetchFault(ctx, r, err)
	}
	b, err := archive.WheelMetadata(wheel, wheel.Size())
	if unreadable(err) {
		return nil, "", fs.ErrNotExist // the scan of the whole wheel says what is wrong
	}
	if err != nil {
		return nil, "", fetchFault(ctx, r, err)
	}
	if !announced(r, b) || !plausible(r, b) {
		return nil, "", fs.ErrNotExist
	}
	return b, metadataKey(r), nil
}

// readFetched has the wheel fetched and judged, and takes the metadata out of it.
func (g *Gate) readFetched(ctx context.Context, r *Request, _ string) ([]byte, string, error) {
	a, err := g.Admit(ctx, *r)
	if err != nil {
		return nil, "", err
	}
	if a.Blob == nil {
		return nil, "", &refusal{a.Decision}
	}
	defer func() { _ = a.Close() }()
	b, err := archive.WheelMetadata(a.Blob, a.Blob.Size())
	if unreadable(err) {
		return nil, "", refuse(codeNoMetadata, "the wheel has no METADATA that can be read")
	}
	if err != nil {
		return nil, "", &StoreError{Filename: r.Filename.Text, Err: err}
	}
	if !announced(r, b) {
		return nil, "", wrongMetadata(r, b)
	}
	return b, wheelKey(a.SHA256), nil
}

// unreadable reports whether an error says that a wheel has no metadata, and not that it could not be read.
func unreadable(err error) bool {
	_, ok := errors.AsType[*archive.FormatError](err)
	return ok || errors.Is(err, fs.ErrNotExist)
}

// reading takes a place among those who read metadata upstream, and bounds the time of it.
func (g *Gate) reading(ctx context.Context) (context.Context, func(), error) {
	if err := g.reads.Acquire(ctx, 1); err != nil {
		return nil, nil, context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, readLimit)
	return ctx, func() {
		cancel()
		g.reads.Release(1)
	}, nil
}
