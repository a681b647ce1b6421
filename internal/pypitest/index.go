package pypitest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options say what an index can do. The zero value is an index that can do all
// that a modern one does.
type Options struct {
	// HTMLOnly answers with HTML whatever the client asks for; JSONOnly with JSON.
	HTMLOnly, JSONOnly bool
	// NoETags leaves away ETag and Last-Modified, so that nothing can be
	// revalidated.
	NoETags bool
	// NoRanges ignores Range and does not offer it.
	NoRanges bool
	// NoMetadata offers no .metadata files (PEP 658) and answers 404 for them.
	NoMetadata bool
	// NoTimes and NoSizes leave upload times and sizes off the JSON pages, as
	// plain mirrors do. HTML pages never have them.
	NoTimes, NoSizes bool
	// NoHashes leaves hashes off the pages.
	NoHashes bool
	// FilesHost serves files from a second server, as large indexes do.
	FilesHost bool
	// TLS serves https with httptest's certificate; Index.Client trusts it.
	TLS bool
	// User and Password, when set, are asked for by Basic authentication.
	User, Password string
}

// An Index is a package index on 127.0.0.1. Its methods are safe for concurrent
// use. It ends with the test.
type Index struct {
	URL    string       // of the simple API's root, ends in "/simple/"
	Client *http.Client // trusts the index's certificate

	opts     Options
	pages    *httptest.Server
	files    *httptest.Server // the same as pages without Options.FilesHost
	done     chan struct{}    // closed when the test ends; frees hanging requests
	doneOnce sync.Once

	mu       sync.Mutex
	projects map[string]*Project
	byPath   map[string]*File
	faults   []*fault
	offline  bool

	// A handler writes a status while it holds mu, so the list has its own lock.
	requestsMu sync.Mutex
	requests   []Request
}

// A Project is a project's page. Change it in [Index.Update].
type Project struct {
	Name   string // normalised
	Files  []*File
	Status string // PEP 792: "", "archived", "quarantined", "deprecated"
	Reason string
	Tracks []string // PEP 708
	// Body and ContentType, when Body is not nil, are served instead of the page.
	Body        []byte
	ContentType string
}

// A File is a file of the index, with what its page says of it. Change it in
// [Index.Update].
type File struct {
	Filename       string
	Path           string // of the URL, such as /files/ab/cdef.../demo-1.0.tar.gz
	URL            string // on the page; set it to lie
	SHA256         string // on the page; set it to lie
	Size           int64  // on the page; set it to lie
	Data           []byte // what is served
	Metadata       []byte // what is served at URL + ".metadata"; nil = none
	MetadataSHA256 string // on the page; set it to lie
	RequiresPython string
	UploadTime     time.Time
	Yanked         *string
	Provenance     string
}

// A Request is one request that the index got.
type Request struct {
	Method string
	Path   string
	Host   string
	Header http.Header
	Status int // of the answer; 0 = the connection was cut or hangs
}

// NewIndex starts an index.
func NewIndex(tb testing.TB, opts Options) *Index {
	tb.Helper()
	x := &Index{
		opts:     opts,
		done:     make(chan struct{}),
		projects: map[string]*Project{},
		byPath:   map[string]*File{},
	}
	start := httptest.NewServer
	if opts.TLS {
		start = httptest.NewTLSServer
	}
	x.pages = start(x)
	x.files = x.pages
	if opts.FilesHost {
		x.files = start(x)
	}
	x.URL = x.pages.URL + "/simple/"
	x.Client = x.pages.Client()
	tb.Cleanup(x.Close)
	return x
}

// Close frees requests that hang and stops the servers. NewIndex calls it at
// the end of the test; to call it earlier is to have an index that is down.
func (x *Index) Close() {
	x.doneOnce.Do(func() {
		close(x.done)
		x.pages.Close()
		x.files.Close()
	})
}

// SetOffline cuts every connection at once while it is true, as a network that
// is down. The address stays.
func (x *Index) SetOffline(off bool) {
	x.mu.Lock()
	x.offline = off
	x.mu.Unlock()
	if off {
		x.pages.CloseClientConnections()
		x.files.CloseClientConnections()
	}
}

// Add puts a dist into the index, under the project of its name. It panics when
// the dist does not build.
func (x *Index) Add(d *Dist) *File {
	data, err := d.Bytes()
	if err != nil {
		panic("pypitest: " + err.Error())
	}
	f := &File{
		Filename: d.Filename, Data: data,
		RequiresPython: d.RequiresPython, UploadTime: d.UploadTime, Yanked: d.Yanked,
	}
	if d.wheel() && !x.opts.NoMetadata {
		f.Metadata = d.Metadata()
	}
	name := d.Name
	if name == "" {
		name, _ = d.parts()
	}
	return x.AddFile(name, f)
}

// AddAll puts the dists of all txtar files that match a glob pattern into the
// index.
func (x *Index) AddAll(tb testing.TB, pattern string) []*File {
	tb.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		tb.Fatalf("no txtar file matches %q (%v)", pattern, err)
	}
	var files []*File
	for _, name := range names {
		files = append(files, x.Add(Load(tb, name)))
	}
	return files
}

// AddFile puts any bytes into the index. Fields of f that are not set are set to
// the truth.
func (x *Index) AddFile(project string, f *File) *File {
	sum := hexSum(f.Data)
	set := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	set(&f.SHA256, sum)
	set(&f.Path, path.Join("/files", sum[:2], sum[2:], f.Filename))
	set(&f.URL, x.files.URL+f.Path)
	if f.Metadata != nil {
		set(&f.MetadataSHA256, hexSum(f.Metadata))
	}
	if f.Size == 0 {
		f.Size = int64(len(f.Data))
	}
	if f.UploadTime.IsZero() {
		f.UploadTime = Epoch
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	p := x.project(project)
	p.Files = slices.DeleteFunc(p.Files, func(old *File) bool { return old.Filename == f.Filename })
	p.Files = append(p.Files, f)
	x.byPath[f.Path] = f
	return f
}

// AddProject puts a project without files into the index, or returns the one
// that is there.
func (x *Index) AddProject(name string) *Project {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.project(name)
}

func (x *Index) project(name string) *Project {
	n := Normalize(name)
	if x.projects[n] == nil {
		x.projects[n] = &Project{Name: n}
	}
	return x.projects[n]
}

// Update runs f while no request is answered, so that it may change projects and
// files.
func (x *Index) Update(f func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f()
}

// Remove takes a file off its page and off the index.
func (x *Index) Remove(f *File) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, p := range x.projects {
		p.Files = slices.DeleteFunc(p.Files, func(g *File) bool { return f == g })
	}
	delete(x.byPath, f.Path)
}

// PagePath is the path of a project's page, for Fail and Count.
func (x *Index) PagePath(project string) string { return "/simple/" + Normalize(project) + "/" }

// Count says how many requests came for a path; with "" all of them.
func (x *Index) Count(path string) int {
	n := 0
	for _, r := range x.Requests() {
		if path == "" || r.Path == path {
			n++
		}
	}
	return n
}

// Requests returns the requests so far, in the order in which they came.
func (x *Index) Requests() []Request {
	x.requestsMu.Lock()
	defer x.requestsMu.Unlock()
	return slices.Clone(x.requests)
}

// Forget empties the list of requests.
func (x *Index) Forget() {
	x.requestsMu.Lock()
	defer x.requestsMu.Unlock()
	x.requests = nil
}

var separators = regexp.MustCompile(`[-_.]+`)

// Normalize is PEP 503's normalisation, kept apart from package pypi so that
// one can be held against the other.
func Normalize(name string) string {
	return strings.ToLower(separators.ReplaceAllString(name, "-"))
}

// String names the index in test output.
func (x *Index) String() string { return fmt.Sprintf("index at %s", x.URL) }
