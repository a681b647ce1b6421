package pypitest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pipwarden/internal/pypitest"
)

// get fetches a URL whole; headers are name and value by turns.
func get(t *testing.T, x *pypitest.Index, url string, headers ...string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := x.Client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, string(body), err
}

func mustGet(t *testing.T, x *pypitest.Index, url string, headers ...string) (*http.Response, string) {
	t.Helper()
	resp, body, err := get(t, x, url, headers...)
	if err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
	return resp, body
}

func TestPages(t *testing.T) {
	x := pypitest.NewIndex(t, pypitest.Options{})
	d := pypitest.Wheel("My.Demo", "1.0")
	reason := "broken <b>"
	d.Yanked, d.RequiresPython = &reason, ">=3.8"
	f := x.Add(d)
	x.Add(pypitest.Sdist("my_demo", "1.0"))

	_, body := mustGet(t, x, x.URL+"my-demo/", "Accept", "application/vnd.pypi.simple.v1+json")
	var page struct {
		Name     string
		Versions []string
		Files    []struct {
			Filename, URL  string
			Hashes         map[string]string
			Yanked         any
			UploadTime     string            `json:"upload-time"`
			RequiresPython string            `json:"requires-python"`
			Metadata       map[string]string `json:"core-metadata"`
		}
	}
	if err := json.Unmarshal([]byte(body), &page); err != nil {
		t.Fatalf("page %s: %v", body, err)
	}
	if page.Name != "my-demo" || len(page.Files) != 2 || page.Files[0].Hashes["sha256"] != f.SHA256 ||
		page.Files[0].Yanked != reason || page.Files[1].Yanked != false || page.Files[0].RequiresPython != ">=3.8" ||
		page.Files[0].UploadTime != "2024-03-01T12:00:00Z" || page.Files[0].Metadata["sha256"] != f.MetadataSHA256 {
		t.Errorf("unexpected page: %s", body)
	}
	if diff := cmp.Diff([]string{"1.0"}, page.Versions); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}

	resp, html := mustGet(t, x, x.URL+"my-demo/")
	for _, want := range []string{f.URL + "#sha256=" + f.SHA256, `data-yanked="broken &lt;b&gt;"`, "data-core-metadata=\"sha256=" + f.MetadataSHA256} {
		if !strings.Contains(html, want) {
			t.Errorf("HTML page lacks %q:\n%s", want, html)
		}
	}
	etag := resp.Header.Get("ETag")
	if resp, _ := mustGet(t, x, x.URL+"my-demo/", "If-None-Match", etag); resp.StatusCode != http.StatusNotModified {
		t.Errorf("status with the ETag %s = %d, want 304", etag, resp.StatusCode)
	}
	if resp, _ := mustGet(t, x, x.URL+"My.Demo/"); resp.Request.URL.Path != "/simple/my-demo/" {
		t.Errorf("the name is not redirected to its normal form: %s", resp.Request.URL)
	}
	if _, metadata := mustGet(t, x, f.URL+".metadata"); metadata != string(f.Metadata) {
		t.Errorf("metadata = %q, want %q", metadata, f.Metadata)
	}
	if n := x.Count(x.PagePath("my-demo")); n != 4 {
		t.Errorf("Count = %d, want 4", n)
	}
}

func TestRanges(t *testing.T) {
	for _, off := range []bool{false, true} {
		x := pypitest.NewIndex(t, pypitest.Options{NoRanges: off, NoMetadata: true, FilesHost: true})
		f := x.Add(pypitest.Wheel("demo", "1.0"))
		resp, body := mustGet(t, x, f.URL, "Range", "bytes=2-5")
		want, status := string(f.Data[2:6]), http.StatusPartialContent
		if off {
			want, status = string(f.Data), http.StatusOK
		}
		if resp.StatusCode != status || body != want || off == (resp.Header.Get("Accept-Ranges") != "") {
			t.Errorf("NoRanges %v: status %d, %d bytes, Accept-Ranges %q", off, resp.StatusCode, len(body), resp.Header.Get("Accept-Ranges"))
		}
		if resp, _ := mustGet(t, x, f.URL+".metadata"); resp.StatusCode != http.StatusNotFound {
			t.Errorf("metadata file: status %d, want 404", resp.StatusCode)
		}
	}
}

func TestFaults(t *testing.T) {
	x := pypitest.NewIndex(t, pypitest.Options{})
	f := x.Add(pypitest.Wheel("demo", "1.0"))
	whole := string(f.Data)
	tests := []struct {
		name   string
		fault  pypitest.Fault
		status int
		body   string // of an answer that ends well
		cut    bool   // the connection ends before the body does
	}{
		{"status", pypitest.Fault{Status: 429, RetryAfter: "7", Body: "slow down"}, 429, "slow down", false},
		{"html", pypitest.HTMLError, 200, pypitest.HTMLError.Body, false},
		{"truncate", pypitest.Fault{Truncate: 10}, 200, "", true},
		{"cut at once", pypitest.Fault{Truncate: -1}, 0, "", true},
		{"drop", pypitest.Fault{Drop: 3}, 200, whole[:len(whole)-3], false},
		{"corrupt", pypitest.Fault{Corrupt: true}, 200, whole[:len(whole)/2] + string(whole[len(whole)/2]^0x20) + whole[len(whole)/2+1:], false},
		{"pad", pypitest.Fault{Pad: 5}, 200, whole + "     ", false},
		{"redirect", pypitest.Fault{Redirect: "/simple/demo/nowhere"}, 404, "404 page not found\n", false},
		{"pace", pypitest.Fault{Pace: 1, Chunk: 100}, 200, whole, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x.Heal()
			x.Client.CloseIdleConnections() // on a used connection the client would ask twice
			tt.fault.Times = 1
			x.Fail("/files/*/*/*.whl", tt.fault)
			resp, body, err := get(t, x, f.URL)
			if tt.cut != (err != nil) {
				t.Fatalf("error %v, want one: %v", err, tt.cut)
			}
			if !tt.cut && (resp.StatusCode != tt.status || body != tt.body) {
				t.Errorf("status %d, body %q; want %d, %q", resp.StatusCode, body, tt.status, tt.body)
			}
			if tt.fault.RetryAfter != "" && resp.Header.Get("Retry-After") != tt.fault.RetryAfter {
				t.Errorf("Retry-After = %q", resp.Header.Get("Retry-After"))
			}
			if _, again := mustGet(t, x, f.URL); again != whole {
				t.Errorf("the fault outlives its one time")
			}
		})
	}
}

func TestHangEndsWithTheClient(t *testing.T) {
	x := pypitest.NewIndex(t, pypitest.Options{})
	x.AddProject("demo")
	x.Fail("/simple/demo/", pypitest.Fault{Hang: true})
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, x.URL+"demo/", nil)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := x.Client.Do(req); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want the context's", err)
	}
}

func TestWaitHoldsTheAnswer(t *testing.T) {
	x := pypitest.NewIndex(t, pypitest.Options{})
	f := x.Add(pypitest.Sdist("demo", "1.0"))
	release := make(chan struct{})
	x.Fail(f.Path, pypitest.Fault{Wait: release})
	got := make(chan string, 1)
	go func() {
		_, body, err := get(t, x, f.URL)
		if err != nil {
			body = err.Error()
		}
		got <- body
	}()
	select {
	case <-got:
		t.Error("the answer came before its release")
	default:
	}
	close(release)
	if body := <-got; body != string(f.Data) {
		t.Errorf("body = %d bytes, want %d", len(body), len(f.Data))
	}
}

func TestAuthenticationAndOffline(t *testing.T) {
	x := pypitest.NewIndex(t, pypitest.Options{TLS: true, User: "u", Password: "p"})
	x.AddProject("demo")
	if resp, _ := mustGet(t, x, x.URL+"demo/"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("status without credentials = %d", resp.StatusCode)
	}
	if resp, _ := mustGet(t, x, strings.Replace(x.URL, "https://", "https://u:p@", 1)+"demo/"); resp.StatusCode != http.StatusOK {
		t.Errorf("status with credentials = %d", resp.StatusCode)
	}
	x.SetOffline(true)
	if _, _, err := get(t, x, x.URL+"demo/"); err == nil {
		t.Error("an index that is offline answered")
	}
	x.SetOffline(false)
	if resp, _ := mustGet(t, x, x.URL); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("back again: status = %d", resp.StatusCode)
	}
}
