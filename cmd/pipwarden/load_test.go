package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pipwarden/internal/pypitest"
)

const (
	// usualConnections are open at once; PIPWARDEN_CONNECTIONS asks for another number.
	usualConnections = 2000
	// dialers open them; more would overrun the system's queue of connections that wait.
	dialers = 64
)

// connections is how many connections to open, as far as the limit of open files allows.
func connections(t *testing.T) int {
	t.Helper()
	want := usualConnections
	if testing.Short() {
		want = 200
	}
	if n, err := strconv.Atoi(os.Getenv("PIPWARDEN_CONNECTIONS")); err == nil {
		want = n
	}
	// The hard limit: Go raises the soft one to it.
	out, err := exec.CommandContext(t.Context(), "sh", "-c", "ulimit -Hn").Output()
	if limit, parseErr := strconv.Atoi(strings.TrimSpace(string(out))); err == nil && parseErr == nil && limit-500 < want {
		t.Logf("the limit of %d open files allows no %d connections", limit, want)
		want = limit - 500 // for the store and the test itself
	}
	t.Logf("%d connections", want)
	return want
}

// ask sends one request over an open connection and gives the body of the answer.
func ask(conn net.Conn, r *bufio.Reader, path string) ([]byte, error) {
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: pip/26.0\r\n\r\n", path); err != nil {
		return nil, err
	}
	res, err := http.ReadResponse(r, nil)
	for err == nil && res.StatusCode == http.StatusContinue { // it is told to wait on
		res, err = http.ReadResponse(r, nil)
	}
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, res.Status)
	}
	return body, err
}

func dial(ctx context.Context, s *served) (net.Conn, error) {
	return (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", strings.TrimPrefix(s.url, "http://"))
}

// get asks over a connection of its own.
func get(t *testing.T, s *served, path string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, req)
}

// do sends a request over a connection of its own.
func do(t *testing.T, req *http.Request) (*http.Response, []byte) {
	t.Helper()
	req.Close = true
	res, err := (&http.Client{Timeout: patience}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("GET %s: %v", req.URL, err)
	}
	return res, body
}

// TestManyConnections has thousands of clients connect, then ask all at once: each gets its page and its file.
func TestManyConnections(t *testing.T) {
	x := pypitest.NewIndex(t, pypitest.Options{})
	files := make([]crashFile, 20)
	for i := range files {
		project := fmt.Sprintf("demo%d", i)
		files[i] = crashFile{project, x.Add(pypitest.Wheel(project, "1.0", project+"/data.bin", noise(uint64(i), 20_000)))}
	}
	// Connections wait for the last one before they ask; a busy machine takes long to open them all.
	s := serve(t, t.TempDir(), withIndex("[server]\nheader_timeout = \"10m\"\n", x.URL))
	conns := make([]net.Conn, connections(t))
	eachOf(len(conns), dialers, func(i int) {
		conn, err := dial(t.Context(), s)
		if err != nil {
			t.Errorf("connection %d: %v", i, err)
			return
		}
		t.Cleanup(func() { _ = conn.Close() })
		conns[i] = conn
	})
	if t.Failed() {
		t.FailNow()
	}
	var right atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		eachOf(len(conns), len(conns), func(i int) {
			f := files[i%len(files)]
			r := bufio.NewReaderSize(conns[i], 4<<10)
			page, err := ask(conns[i], r, "/simple/"+f.project+"/")
			if err != nil || !strings.Contains(string(page), f.SHA256) {
				t.Errorf("connection %d, page: %v\n%q", i, err, page)
				return
			}
			body, err := ask(conns[i], r, "/files/default/"+f.project+f.Path)
			if err != nil || sha256Of(body) != f.SHA256 {
				t.Errorf("connection %d, file: %v, %d bytes", i, err, len(body))
				return
			}
			right.Add(1)
		})
	}()
	health := 0
	for busy := true; busy; health++ {
		select {
		case <-done:
			busy = false
		default:
		}
		if res, body := get(t, s, "/-/healthz"); res.StatusCode != http.StatusOK {
			t.Errorf("healthz under load: %s %q", res.Status, body)
		}
	}
	if right.Load() != int64(len(conns)) {
		t.Errorf("%d of %d clients got their page and file", right.Load(), len(conns))
	}
	for _, f := range files {
		if n := x.Count(f.Path); n != 1 {
			t.Errorf("%s was fetched %d times from upstream", f.Filename, n)
		}
	}
	t.Logf("%d clients served, %d answers of healthz meanwhile", right.Load(), health)
}

// eachOf calls do for 0 to n-1, so many at the same time.
func eachOf(n, parallel int, do func(i int)) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for range min(n, parallel) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}

// TestSlowReader has a client that reads one byte and stops: others are served, and the guard ends when told to.
func TestSlowReader(t *testing.T) {
	x := pypitest.NewIndex(t, pypitest.Options{})
	// More than the buffers of a connection take.
	big := x.Add(pypitest.Wheel("big", "1.0", "big/data.bin", noise(1, 32<<20)))
	small := x.Add(pypitest.Wheel("demo", "1.0"))
	s := serve(t, t.TempDir(), withIndex("[server]\nshutdown_timeout = \"1s\"\n", x.URL))
	for range 8 {
		conn, err := dial(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := fmt.Fprintf(conn, "GET /files/default/big%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", big.Path); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		if res, body := get(t, s, "/files/default/demo"+small.Path); res.StatusCode != http.StatusOK || sha256Of(body) != small.SHA256 {
			t.Fatalf("beside slow readers: %s, %d bytes", res.Status, len(body))
		}
	}
	if res, body := get(t, s, "/files/default/big"+big.Path); res.StatusCode != http.StatusOK || sha256Of(body) != big.SHA256 {
		t.Fatalf("the same file beside slow readers: %s, %d bytes", res.Status, len(body))
	}
	if code := end(t, s, syscall.SIGTERM); code != exitOK {
		t.Errorf("told to end with slow readers: exit %d; want 0; the log:\n%s", code, s.text())
	}
}

// TestOneFetch has 32 clients ask for one file that the store does not have: upstream is asked once.
func TestOneFetch(t *testing.T) {
	x := pypitest.NewIndex(t, pypitest.Options{})
	f := x.Add(pypitest.Wheel("demo", "1.0", "demo/data.bin", noise(1, 1<<20)))
	s := serve(t, t.TempDir(), withIndex("", x.URL))
	const cold = 32
	conns := make([]net.Conn, cold)
	for i := range conns {
		conn, err := dial(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns[i] = conn
	}
	eachOf(cold, cold, func(i int) {
		if body, err := ask(conns[i], bufio.NewReader(conns[i]), "/files/default/demo"+f.Path); err != nil || sha256Of(body) != f.SHA256 {
			t.Errorf("client %d: %v, %d bytes", i, err, len(body))
		}
	})
	if n := x.Count(f.Path); n != 1 {
		t.Errorf("upstream was asked %d times for the file; want 1", n)
	}
	if n := x.Count(x.PagePath("demo")); n != 1 {
		t.Errorf("upstream was asked %d times for the page; want 1", n)
	}
}

// smallDisk mounts a file system of 32 MB: the store asks for room in steps of 8 MB.
func smallDisk(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("mounting a small file system takes the superuser of a Linux")
	}
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("cannot mount a small file system: %v: %s", err, out)
	}
	t.Cleanup(func() { // the test's context has ended
		if out, err := exec.CommandContext(context.Background(), "umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	return dir
}

// fill writes a file until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		n, err := f.Write(make([]byte, size))
		if errors.Is(err, syscall.ENOSPC) && n == 0 {
			size /= 2
		} else if err != nil && !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}

// TestDiskFull fills the disk under the store: clients are told so, and after space was freed the install works.
func TestDiskFull(t *testing.T) {
	dir := smallDisk(t)
	x := pypitest.NewIndex(t, pypitest.Options{})
	d := pypitest.Wheel("demo", "1.0", "demo/__init__.py", "", "demo/data.bin", noise(1, 1<<20))
	d.Filename = "demo-1.0-py2.py3-none-any.whl"
	f := x.Add(d)
	s := serve(t, filepath.Join(dir, "store"), withIndex("", x.URL))
	filler := filepath.Join(dir, "filler")
	fill(t, filler)
	res, body := get(t, s, "/files/default/demo"+f.Path)
	if res.StatusCode != http.StatusInsufficientStorage || !strings.Contains(res.Status, "disk is full: free space or lower cache.max_size") {
		t.Errorf("with a full disk: %q, %q; want 507 with the reason", res.Status, body)
	}
	installers := clients(t)
	for _, c := range installers {
		cmd, _ := c.install(t, s.url, "--no-deps", pin)
		stdout, stderr, code := run(t, cmd)
		if screen := unwrap(stdout + stderr); code == 0 || !strings.Contains(screen, "disk is full") {
			t.Errorf("%s with a full disk: exit %d\n%s", c.name, code, screen)
		}
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	for _, c := range installers {
		cmd, target := c.install(t, s.url, "--no-deps", pin)
		stdout, stderr, code := run(t, cmd)
		if _, err := os.Stat(filepath.Join(target, "demo", "__init__.py")); code != 0 || err != nil {
			t.Errorf("%s after space was freed: exit %d, %v\n%s%s\nthe guard's log:\n%s", c.name, code, err, stdout, stderr, s.text())
		}
	}
}

// TestUnreadableStore starts on folders that are none: the guard does not serve, and says which and why.
func TestUnreadableStore(t *testing.T) {
	x := pypitest.NewIndex(t, pypitest.Options{})
	for name, prepare := range map[string]func(t *testing.T, dir string){
		"a file where the folder should be": func(t *testing.T, dir string) { write(t, dir, "no folder") },
		"a file where files should be": func(t *testing.T, dir string) {
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, "files"), "no folder")
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "store")
			prepare(t, dir)
			for _, args := range [][]string{{"serve", "--listen", "127.0.0.1:0"}, {"run", "--", "true"}, {"cache", "stats"}} {
				args = append([]string{"--cache-dir", dir, "--index-url", x.URL}, args...)
				_, stderr, code := run(t, program(t, args...))
				if code != exitBroken || !strings.Contains(stderr, "open the store: ") || !strings.Contains(stderr, dir) {
					t.Errorf("%q: exit %d; want 3 and the folder\n%s", args, code, stderr)
				}
			}
		})
	}
}

// write makes a file of a text.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestBadConfig starts with mistakes in the configuration: exit 2, with place, key and what was probably meant.
func TestBadConfig(t *testing.T) {
	for name, c := range map[string]struct{ config, says string }{
		"unknown key":     {"[policy]\n\nsource_instals = \"block\"\n", "config.toml:3: policy.source_instals: unknown key; did you mean policy.source_installs?"},
		"unknown table":   {"[polcy]\nyanked = \"warn\"\n", "did you mean policy?"},
		"wrong type":      {"[upstream]\nretries = \"many\"\n", "config.toml:2: upstream.retries"},
		"unknown action":  {"[policy]\nyanked = \"perhaps\"\n", "config.toml:2: policy.yanked"},
		"unknown finding": {"[policy.findings]\npht-code = \"block\"\n", "pth-code"},
		"no TOML":         {"[policy]\nyanked = warn\n", "config.toml:2: policy.yanked: not TOML: "},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.toml")
			write(t, path, c.config)
			for _, args := range [][]string{{"serve"}, {"run", "--", "true"}, {"policy", "check"}, {"config"}} {
				stdout, stderr, code := run(t, program(t, append([]string{"--config", path}, args...)...))
				if code != exitUsage || !strings.Contains(stderr, c.says) || stdout != "" {
					t.Errorf("%q: exit %d; want 2 and %q\n%s%s", args, code, c.says, stdout, stderr)
				}
			}
		})
	}
}

// waitLog waits until the guard's log has matched so often.
func waitLog(t *testing.T, s *served, pattern string, times int) {
	t.Helper()
	re := regexp.MustCompile(pattern)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(patience); len(re.FindAllString(s.text(), -1)) < times; {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("the log does not say %q %d times:\n%s", pattern, times, s.text())
		}
	}
}

// TestReload edits the configuration while the guard serves: a good edit is in force, a bad one changes nothing.
func TestReload(t *testing.T) {
	x := pypitest.NewIndex(t, pypitest.Options{})
	f := x.Add(pypitest.Wheel("demo", "1.0"))
	good := withIndex("", x.URL)
	s := serve(t, t.TempDir(), good)
	path := s.cmd.Args[len(s.cmd.Args)-1]
	want := func(status int, why string) {
		t.Helper()
		if res, body := get(t, s, "/files/default/demo"+f.Path); res.StatusCode != status {
			t.Errorf("%s: %s %q; want %d", why, res.Status, body, status)
		}
	}
	want(http.StatusOK, "at first")
	denied := "[policy]\ndenylist = [\"demo\"]\n" + good
	write(t, path, denied)
	waitLog(t, s, `msg="policy loaded".* changed=true`, 1)
	want(http.StatusForbidden, "denied by an edit")
	if _, page := get(t, s, "/simple/demo/"); !strings.Contains(string(page), "/files/blocked/") {
		t.Errorf("the page after the edit does not list the file as refused:\n%s", page)
	}
	write(t, path, strings.Replace(good, "[upstream]", "[policy]\ndenylits = []\n[upstream]", 1))
	waitLog(t, s, `old policy stays in force.*denylits.*denylist`, 1)
	want(http.StatusForbidden, "after an edit with a mistake")
	write(t, path, good)
	waitLog(t, s, `msg="policy loaded".* changed=true`, 2)
	want(http.StatusOK, "after the mistake was taken back")
}

// TestSecondProcess starts a run on the folder of a guard that serves: it joins, and tells of its own files alone.
func TestSecondProcess(t *testing.T) {
	x := pypitest.NewIndex(t, pypitest.Options{})
	x.Add(wheel())
	other := x.Add(pypitest.Wheel("other", "1.0"))
	dir := t.TempDir()
	s := serve(t, dir, withIndex("", x.URL))
	for _, c := range clients(t) {
		target := filepath.Join(t.TempDir(), "target")
		args := append([]string{"run", "--config", s.cmd.Args[len(s.cmd.Args)-1], "--cache-dir", dir, "--"}, c.command...)
		if c.uv {
			args = append(args, "pip")
		}
		stdout, stderr, code := "", "", 0
		ended := make(chan struct{})
		cmd := program(t, append(args, "install", "--no-deps", "--target", target, pin)...)
		go func() {
			defer close(ended)
			stdout, stderr, code = run(t, cmd)
		}()
		for joined := true; joined; {
			select {
			case <-ended:
				joined = false
			default:
			}
			// Somebody else's install at the same guard.
			if res, _ := get(t, s, "/files/default/other"+other.Path); res.StatusCode != http.StatusOK {
				t.Errorf("the other file: %s", res.Status)
			}
		}
		if code != exitOK || !strings.Contains(stderr, "pipwarden: 1 allowed, 0 warned, 0 blocked\n") ||
			!strings.Contains(stderr, "demo-1.0-py2.py3-none-any.whl") || strings.Contains(stderr, "other-1.0") {
			t.Errorf("%s joined: exit %d\n%s%s", c.name, code, stdout, stderr)
		}
		if _, err := os.Stat(filepath.Join(target, "demo")); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	_, stderr, code := run(t, program(t, "cache", "stats", "--cache-dir", dir))
	if who := fmt.Sprintf("in use by process %d at %q", s.cmd.Process.Pid, s.url); code != exitBroken || !strings.Contains(stderr, who) {
		t.Errorf("cache stats beside the guard: exit %d; want 3 and %q\n%s", code, who, stderr)
	}
	if _, stderr, code := run(t, program(t, "serve", "--listen", "127.0.0.1:0", "--cache-dir", dir, "--index-url", x.URL)); code != exitBroken || !strings.Contains(stderr, "in use by process") {
		t.Errorf("a second serve: exit %d\n%s", code, stderr)
	}
}
