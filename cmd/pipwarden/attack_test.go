package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pipwarden/internal/pypitest"
)

// A meeting is one way in which an install meets something that must not get in.
type meeting struct {
	// prepare fills the index and gives what to install: "demo==1.0" unless it says otherwise.
	prepare func(x *pypitest.Index) string
	policy  string // lines of the configuration
	says    string // what the client's screen must show; "" = the refusal is told by the guard's log alone
	logs    string // what the guard's log must show
}

func wheel(files ...string) *pypitest.Dist {
	d := pypitest.Wheel("demo", "1.0", files...)
	d.Filename = "demo-1.0-py2.py3-none-any.whl"
	return d
}

// file puts a wheel of any bytes into the index.
func file(x *pypitest.Index, name string, data []byte) {
	x.AddFile("demo", &pypitest.File{Filename: name, Data: data})
}

func bytesOf(d *pypitest.Dist) []byte {
	b, err := d.Bytes()
	if err != nil {
		panic(err)
	}
	return b
}

const pin = "demo==1.0"

var meetings = map[string]meeting{
	"wrong hash": {says: "announces sha256", prepare: func(x *pypitest.Index) string {
		f := x.Add(wheel())
		x.Update(func() { f.SHA256 = strings.Repeat("0", 64) })
		return pin
	}},
	"corrupt bytes": {says: "announces sha256", prepare: func(x *pypitest.Index) string {
		x.Fail(x.Add(wheel()).Path, pypitest.Fault{Corrupt: true})
		return pin
	}},
	"short body": {says: "pipwarden", prepare: func(x *pypitest.Index) string {
		x.Fail(x.Add(wheel()).Path, pypitest.Fault{Drop: 8})
		return pin
	}},
	"broken transfer": {says: "broke off", prepare: func(x *pypitest.Index) string {
		// With ranges it would be taken up where it broke off, and become whole.
		x.Fail(x.Add(wheel()).Path, pypitest.Fault{Truncate: 100, IgnoreRange: true})
		return pin
	}},
	"status 500 for the file": {says: "status 500", prepare: func(x *pypitest.Index) string {
		x.Fail(x.Add(wheel()).Path, pypitest.Fault{Status: 500})
		return pin
	}},
	"status 404 for the file": {says: "does not have it", prepare: func(x *pypitest.Index) string {
		x.Fail(x.Add(wheel()).Path, pypitest.Fault{Status: 404})
		return pin
	}},
	"status 429 for the file": {says: "429", prepare: func(x *pypitest.Index) string {
		x.Fail(x.Add(wheel()).Path, pypitest.Fault{Status: 429})
		return pin
	}},
	"hanging file": {says: "did not answer in time", policy: "[upstream]\nheader_timeout = \"1s\"\nretries = 0\n", prepare: func(x *pypitest.Index) string {
		x.Fail(x.Add(wheel()).Path, pypitest.Fault{Hang: true})
		return pin
	}},
	"redirect to another host": {says: "redirect-host", prepare: func(x *pypitest.Index) string {
		x.Fail(x.Add(wheel()).Path, pypitest.Fault{Redirect: "http://files.invalid/demo.whl"})
		return pin
	}},
	"redirect to loopback": {says: "private-address", prepare: func(x *pypitest.Index) string {
		x.Fail(x.Add(wheel()).Path, pypitest.Fault{Redirect: "http://127.0.0.1:9/demo.whl"})
		return pin
	}},
	"link to loopback": {says: "private-address", prepare: func(x *pypitest.Index) string {
		f := x.Add(wheel())
		x.Update(func() { f.URL = "http://127.0.0.1:9" + f.Path })
		return pin
	}},
	"link to a cloud's metadata service": {says: "private-address", prepare: func(x *pypitest.Index) string {
		f := x.Add(wheel())
		x.Update(func() { f.URL = "http://169.254.169.254" + f.Path })
		return pin
	}},
	"denied": {says: "denylist", policy: "[policy]\ndenylist = [\"demo==1.0\"]\n", prepare: func(x *pypitest.Index) string {
		x.Add(wheel())
		return pin
	}},
	"too young": {says: "waits 48h", prepare: func(x *pypitest.Index) string {
		d := wheel()
		d.UploadTime = time.Now().Add(-3 * time.Hour)
		x.Add(d)
		return pin
	}},
	"source install": {says: "Blocked by pipwarden: demo 1.0", policy: "[policy]\nsource_installs = \"block\"\n", prepare: func(x *pypitest.Index) string {
		x.Add(pypitest.Sdist("demo", "1.0"))
		return pin
	}},
	"yanked pin": {says: "yanked", policy: "[policy]\nyanked = \"block\"\n", prepare: func(x *pypitest.Index) string {
		d, why := wheel(), "broken"
		d.Yanked = &why
		x.Add(d)
		return pin
	}},
	"quarantined project": {says: "quarantined", prepare: func(x *pypitest.Index) string {
		x.Add(wheel())
		p := x.AddProject("demo")
		x.Update(func() { p.Status = "quarantined" })
		return pin
	}},
	"start-up code that decodes and executes": {says: "pth", prepare: func(x *pypitest.Index) string {
		x.Add(wheel("demo/__init__.py", "", "demo.pth", "import base64; exec(base64.b64decode('cGFzcw=='))\n"))
		return pin
	}},
	"another project's metadata": {says: "demo", prepare: func(x *pypitest.Index) string {
		d := wheel()
		d.Name = "other"
		f := x.Add(d)
		// The page lists the file under demo.
		file(x, f.Filename, f.Data)
		return pin
	}},
	"bytes after the zip": {says: "Blocked by pipwarden: demo 1.0", prepare: func(x *pypitest.Index) string {
		file(x, "demo-1.0-py2.py3-none-any.whl", append(bytesOf(wheel()), "trailing"...))
		return pin
	}},
	"bytes before the zip": {says: "Blocked by pipwarden: demo 1.0", prepare: func(x *pypitest.Index) string {
		file(x, "demo-1.0-py2.py3-none-any.whl", append([]byte("#!/bin/true\n"), bytesOf(wheel())...))
		return pin
	}},
	"two zips in one": {says: "Blocked by pipwarden: demo 1.0", prepare: func(x *pypitest.Index) string {
		file(x, "demo-1.0-py2.py3-none-any.whl", append(bytesOf(wheel("demo/__init__.py", "good = 1\n")), bytesOf(wheel("demo/__init__.py", "bad = 1\n"))...))
		return pin
	}},
	"the same name twice": {says: "Blocked by pipwarden: demo 1.0", prepare: func(x *pypitest.Index) string {
		file(x, "demo-1.0-py2.py3-none-any.whl", twice(bytesOf(wheel())))
		return pin
	}},
	"a tar with a zip behind it": {says: "Blocked by pipwarden: demo 1.0", prepare: func(x *pypitest.Index) string {
		file(x, "demo-1.0.tar.gz", append(bytesOf(pypitest.Sdist("demo", "1.0")), bytesOf(wheel())...))
		return pin
	}},
	"a zip that calls itself tar.gz": {says: "Blocked by pipwarden: demo 1.0", prepare: func(x *pypitest.Index) string {
		file(x, "demo-1.0.tar.gz", bytesOf(wheel()))
		return pin
	}},
	"setup.py behind a link": {says: "Blocked by pipwarden: demo 1.0", prepare: func(x *pypitest.Index) string {
		file(x, "demo-1.0.tar.gz", sdistOf(
			&tar.Header{Name: "demo-1.0/PKG-INFO", Mode: 0o644}, "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
			&tar.Header{Name: "demo-1.0/readme.txt", Mode: 0o644}, "from setuptools import setup\nsetup(name='demo', version='1.0')\n",
			&tar.Header{Name: "demo-1.0/setup.py", Typeflag: tar.TypeSymlink, Linkname: "readme.txt"}, ""))
		return pin
	}},
	"a member that leaves the folder": {says: "Blocked by pipwarden: demo 1.0", prepare: func(x *pypitest.Index) string {
		file(x, "demo-1.0.tar.gz", sdistOf(
			&tar.Header{Name: "demo-1.0/setup.py", Mode: 0o644}, "from setuptools import setup\nsetup(name='demo', version='1.0')\n",
			&tar.Header{Name: "demo-1.0/../../escape.py", Mode: 0o644}, "x = 1\n"))
		return pin
	}},
	"file that the page does not list": {says: "does not list this file", prepare: func(x *pypitest.Index) string {
		f := x.Add(wheel())
		return "URL/files/default/demo" + strings.Replace(f.Path, "demo-1.0", "demo-1.1", 1)
	}},
	"another project's file under this one": {says: "does not list this file", prepare: func(x *pypitest.Index) string {
		x.Add(wheel())
		o := pypitest.Wheel("other", "1.0")
		return "URL/files/default/demo" + x.Add(o).Path
	}},
	"forged path": {says: "does not list this file", prepare: func(x *pypitest.Index) string {
		f := x.Add(wheel())
		return "URL/files/default/demo/elsewhere/" + f.Filename
	}},
	"page that hangs": {logs: "page not available", policy: "[upstream]\nheader_timeout = \"1s\"\nretries = 0\n", prepare: func(x *pypitest.Index) string {
		x.Add(wheel())
		x.Fail(x.PagePath("demo"), pypitest.Fault{Hang: true})
		return pin
	}},
	"page with status 500": {logs: "page not available", policy: "[upstream]\nretries = 0\n", prepare: func(x *pypitest.Index) string {
		x.Add(wheel())
		x.Fail(x.PagePath("demo"), pypitest.Fault{Status: 500})
		return pin
	}},
	"error page that answers 200": {logs: "page not available", prepare: func(x *pypitest.Index) string {
		x.Add(wheel())
		x.Fail(x.PagePath("demo"), pypitest.HTMLError)
		return pin
	}},
	"oversized page": {logs: "page not available", policy: "[upstream]\nmax_page_size = \"1MiB\"\n", prepare: func(x *pypitest.Index) string {
		x.Add(wheel())
		x.Fail(x.PagePath("demo"), pypitest.Fault{Pad: 2 << 20})
		return pin
	}},
	"garbage for a page": {logs: "page not available", prepare: func(x *pypitest.Index) string {
		p := x.AddProject("demo")
		x.Update(func() { p.Body, p.ContentType = []byte("{\"files\": ["), "application/vnd.pypi.simple.v1+json" })
		return pin
	}},
}

// twice is a zip with its first member again at the end.
func twice(data []byte) []byte {
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		panic(err)
	}
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	for _, f := range append(zr.File, zr.File[0]) {
		if err := zw.Copy(f); err != nil {
			panic(err)
		}
	}
	if err := zw.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// sdistOf is a .tar.gz of headers and texts by turns.
func sdistOf(parts ...any) []byte {
	var out bytes.Buffer
	zw := gzip.NewWriter(&out)
	tw := tar.NewWriter(zw)
	for i := 0; i < len(parts); i += 2 {
		h, text := parts[i].(*tar.Header), parts[i+1].(string)
		h.Size = int64(len(text))
		if err := tw.WriteHeader(h); err != nil {
			panic(err)
		}
		if _, err := tw.Write([]byte(text)); err != nil {
			panic(err)
		}
	}
	if err := tw.Close(); err != nil {
		panic(err)
	}
	if err := zw.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// TestWhatMustNotGetIn has real clients install each of the meetings: nothing is installed, and the screen says why.
func TestWhatMustNotGetIn(t *testing.T) {
	installers := clients(t)
	for name, m := range meetings {
		t.Run(name, func(t *testing.T) {
			x := pypitest.NewIndex(t, pypitest.Options{})
			what := m.prepare(x)
			s := serve(t, t.TempDir(), withIndex(m.policy, x.URL))
			what = strings.Replace(what, "URL/", s.url+"/", 1)
			for _, c := range installers {
				cmd, target := c.install(t, s.url, what)
				stdout, stderr, code := run(t, cmd)
				screen := unwrap(stdout + stderr)
				if code == 0 {
					t.Errorf("%s installed it:\n%s", c.name, screen)
				}
				if left, err := os.ReadDir(target); err == nil {
					for _, e := range left {
						if e.Name() != ".lock" { // uv's own, and empty
							t.Errorf("%s left %s in the target", c.name, e.Name())
						}
					}
				}
				if !strings.Contains(screen, m.says) {
					t.Errorf("%s does not show %q:\n%s", c.name, m.says, screen)
				}
			}
			if !strings.Contains(s.text(), m.logs) {
				t.Errorf("the guard's log does not say %q:\n%s", m.logs, s.text())
			}
		})
	}
}

// withIndex adds the index to a configuration that may have an [upstream] table of its own.
func withIndex(config, index string) string {
	line := fmt.Sprintf("index_url = %q\n", index)
	if before, after, ok := strings.Cut(config, "[upstream]\n"); ok {
		return before + "[upstream]\n" + line + after
	}
	return config + "[upstream]\n" + line
}

// unwrap joins the lines that a client broke to fit its idea of a terminal.
func unwrap(s string) string { return strings.Join(strings.Fields(s), " ") }

// TestGoodInstalls is the other side: what is clean gets in, with every client, cold and with upstream gone.
func TestGoodInstalls(t *testing.T) {
	x := pypitest.NewIndex(t, pypitest.Options{})
	x.Add(wheel("demo/__init__.py", "answer = 42\n"))
	dir := t.TempDir()
	s := serve(t, dir, withIndex("", x.URL))
	for _, c := range clients(t) {
		for _, state := range []string{"cold", "upstream gone"} {
			x.SetOffline(state == "upstream gone")
			cmd, target := c.install(t, s.url, pin)
			stdout, stderr, code := run(t, cmd)
			if _, err := os.Stat(target + "/demo/__init__.py"); code != 0 || err != nil {
				t.Errorf("%s, %s: exit %d, %v\n%s%s", c.name, state, code, err, stdout, stderr)
			}
		}
		x.SetOffline(false)
	}
}
