package upstream

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// fileServer serves content as net/http does, with ranges and conditions.
func fileServer(t *testing.T, content []byte, etag string) string {
	t.Helper()
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "identity" {
			http.Error(w, "files are not to be compressed", http.StatusNotAcceptable)
			return
		}
		if etag != "" {
			w.Header().Set("ETag", etag)
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	})
	return s.URL + "/"
}

func get(c *Client, r FileRequest) (*FileResponse, []byte, error) {
	r.Index = c.Indexes()[0]
	f, err := c.File(context.Background(), r)
	if err != nil {
		return nil, nil, err
	}
	defer f.Body.Close()
	b, err := io.ReadAll(f.Body)
	return f, b, err
}

func TestFile(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789"), 1000)
	url := fileServer(t, content, `"v2"`)
	weak := fileServer(t, content, `W/"v2"`)
	bare := fileServer(t, content, "")
	tests := []struct {
		name   string
		r      FileRequest
		offset int64
	}{
		{"whole", FileRequest{URL: url}, 0},
		{"rest", FileRequest{URL: url, Offset: 4000, ETag: `"v2"`}, 4000},
		{"last byte", FileRequest{URL: url, Offset: 9999, ETag: `"v2"`}, 9999},
		{"rest of an unknown version", FileRequest{URL: url, Offset: 4000}, 4000},
		{"rest of another version", FileRequest{URL: url, Offset: 4000, ETag: `"v1"`}, 0},
		{"all is there", FileRequest{URL: url, Offset: 10_000, ETag: `"v2"`}, 10_000},
		{"more than all is there", FileRequest{URL: url, Offset: 10_001, ETag: `"v2"`}, 0},
		{"weak tag", FileRequest{URL: weak, Offset: 4000, ETag: `W/"v2"`}, 4000},
		{"other weak tag", FileRequest{URL: weak, Offset: 4000, ETag: `W/"v1"`}, 0},
		{"no tag", FileRequest{URL: bare, Offset: 4000, ETag: `W/"v1"`}, 4000},
		{"just not too large", FileRequest{URL: url, MaxBytes: 10_000}, 0},
		{"rest just not too large", FileRequest{URL: url, Offset: 4000, MaxBytes: 10_000}, 4000},
	}
	c := newClient(t, url)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, b, err := get(newClient(t, tt.r.URL), tt.r)
			if err != nil {
				t.Fatal(err)
			}
			if f.Offset != tt.offset || f.Size != int64(len(content)) || !bytes.Equal(b, content[tt.offset:]) {
				t.Errorf("got %d bytes from %d of %d, want from %d", len(b), f.Offset, f.Size, tt.offset)
			}
		})
	}
	for _, offset := range []int64{0, 4000} {
		if _, _, err := get(c, FileRequest{URL: url, Offset: offset, MaxBytes: 9999}); !isTooLarge(9999)(err) {
			t.Errorf("too large from %d: %v", offset, err)
		}
	}
	if _, _, err := get(c, FileRequest{URL: url, Offset: -1}); err == nil {
		t.Error("a negative offset gave no error")
	}
}

// TestFileFaults: what a server may say instead of the rest from byte 4.
func TestFileFaults(t *testing.T) {
	partial := func(header, body string) string {
		return fmt.Sprintf("HTTP/1.1 206 Partial Content\r\n%sContent-Length: %d\r\n\r\n%s", header, len(body), body)
	}
	tests := []struct {
		name, answer string
		want         func(error) bool
	}{
		{"404", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", isStatus(404, 0)},
		{"no range named", partial("", "56789"), is[*ProtocolError]},
		{"two ranges named", partial("Content-Range: bytes 4-8/9\r\nContent-Range: bytes 0-4/9\r\n", "56789"), is[*ProtocolError]},
		{"another start", partial("Content-Range: bytes 0-4/9\r\n", "12345"), is[*ProtocolError]},
		{"not to the end", partial("Content-Range: bytes 4-6/9\r\n", "567"), is[*ProtocolError]},
		{"beyond the end", partial("Content-Range: bytes 4-9/9\r\n", "567890"), is[*ProtocolError]},
		{"backwards", partial("Content-Range: bytes 8-4/9\r\n", "56789"), is[*ProtocolError]},
		{"signs", partial("Content-Range: bytes +4-8/9\r\n", "56789"), is[*ProtocolError]},
		{"another unit", partial("Content-Range: lines 4-8/9\r\n", "56789"), is[*ProtocolError]},
		{"no dash", partial("Content-Range: bytes 4/9\r\n", "56789"), is[*ProtocolError]},
		{"2^63", partial("Content-Range: bytes 4-9223372036854775808/9223372036854775809\r\n", "56789"), is[*ProtocolError]},
		{"length disagrees", partial("Content-Range: bytes 4-7/8\r\n", "56789"), is[*ProtocolError]},
		{"several parts", "HTTP/1.1 206 Partial Content\r\nContent-Type: multipart/byteranges; boundary=x\r\nContent-Length: 0\r\n\r\n", is[*ProtocolError]},
		{"cut", "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 4-8/9\r\nContent-Length: 5\r\n\r\n567", isTruncated(3, 5)},
		{"chunks shorter", "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 4-8/9\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n567\r\n0\r\n\r\n", isTruncated(3, 5)},
		{"chunks longer", "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 4-8/9\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n567890\r\n0\r\n\r\n", is[*ProtocolError]},
		{"chunks too large", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + strings.Repeat("x", 101) + "\r\n0\r\n\r\n", isTooLarge(100)},
		{"cut whole", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234", isTruncated(4, 9)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			index := rawAnswer(t, tt.answer)
			c := newClient(t, index)
			f, b, err := get(c, FileRequest{URL: index + "f", Offset: 4, MaxBytes: 100})
			if err == nil || !tt.want(err) {
				t.Errorf("got %+v %q, %T %v", f, b, err, err)
			}
		})
	}
}

// TestFileUnknownTotal: a server may send the rest without knowing the whole.
func TestFileUnknownTotal(t *testing.T) {
	index := rawAnswer(t, "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 4-8/*\r\nContent-Length: 5\r\n\r\n56789")
	f, b, err := get(newClient(t, index), FileRequest{URL: index + "f", Offset: 4})
	if err != nil || f.Size != -1 || f.Offset != 4 || string(b) != "56789" {
		t.Errorf("got %+v %q, %v", f, b, err)
	}
}

// TestFileStall: a body without bytes ends by the idle limit, a slow reader does not.
func TestFileStall(t *testing.T) {
	index := rawServer(t, func(c net.Conn, done <-chan struct{}) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234")
		<-done
	})
	c := newClient(t, index, func(o *Options) { o.IdleTimeout = short })
	f, err := c.File(context.Background(), FileRequest{Index: c.Indexes()[0], URL: index + "f"})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Body.Close()
	b := make([]byte, 4)
	for _, part := range [][]byte{b[:2], b[2:]} {
		<-time.After(2 * short) // the reader's own pause, longer than the limit
		if _, err := io.ReadFull(f.Body, part); err != nil {
			t.Fatal(err)
		}
	}
	if string(b) != "1234" {
		t.Fatalf("read %q", b)
	}
	if _, err := f.Body.Read(b); !isTimeout(StageBody)(err) {
		t.Errorf("Read: %T %v", err, err)
	}
	if _, err := f.Body.Read(b); !isTimeout(StageBody)(err) {
		t.Errorf("second Read: %T %v", err, err)
	}
}

// TestFileCancel: the context of the request holds for its body.
func TestFileCancel(t *testing.T) {
	index := rawServer(t, func(c net.Conn, done <-chan struct{}) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234")
		<-done
	})
	c := newClient(t, index)
	ctx, cancel := context.WithCancel(context.Background())
	f, err := c.File(ctx, FileRequest{Index: c.Indexes()[0], URL: index + "f"})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Body.Close()
	time.AfterFunc(short, cancel)
	if _, err := io.Copy(io.Discard, f.Body); !errors.Is(err, context.Canceled) {
		t.Errorf("Copy: %T %v", err, err)
	}
}

// TestFileKeepsEncoding: an sdist that a server calls "gzip-encoded" keeps its bytes, or its hash could not be right.
func TestFileKeepsEncoding(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, "an archive")
	_ = z.Close()
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(b.Bytes())
	})
	_, got, err := get(newClient(t, s.URL), FileRequest{URL: s.URL + "/demo-1.0.tar.gz"})
	if err != nil || !bytes.Equal(got, b.Bytes()) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestMetadata(t *testing.T) {
	const metadata = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.EscapedPath() {
		case "/demo-1.0-py3-none-any.whl.metadata", "/a%2Fb/demo.whl.metadata":
			if r.URL.RawQuery != "" && r.URL.RawQuery != "token=1" {
				http.Error(w, "query", http.StatusBadRequest)
				return
			}
			_, _ = io.WriteString(w, metadata)
		case "/large.whl.metadata":
			_, _ = w.Write(make([]byte, 2000))
		case "/packed.whl.metadata":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, metadata)
			_ = z.Close()
		default:
			http.NotFound(w, r)
		}
	})
	c := newClient(t, s.URL, func(o *Options) { o.MaxMetadataBytes = 1000 })
	tests := []struct {
		path string
		max  int64
		want func(error) bool // nil = the metadata
	}{
		{"/demo-1.0-py3-none-any.whl", 0, nil},
		{"/demo-1.0-py3-none-any.whl?token=1#sha256=00", 0, nil},
		{"/a%2Fb/demo.whl", 0, nil},
		{"/packed.whl", 0, nil},
		{"/large.whl", 0, isTooLarge(1000)},
		{"/demo-1.0-py3-none-any.whl", 10, isTooLarge(10)},
		{"/absent.whl", 0, isStatus(404, 0)},
	}
	for _, tt := range tests {
		b, err := c.Metadata(context.Background(), FileRequest{Index: c.Indexes()[0], URL: s.URL + tt.path, MaxBytes: tt.max})
		switch {
		case tt.want == nil && (err != nil || string(b) != metadata):
			t.Errorf("%s: %q, %v", tt.path, b, err)
		case tt.want != nil && !tt.want(err):
			t.Errorf("%s: %T %v", tt.path, err, err)
		}
	}
	if _, err := c.Metadata(context.Background(), FileRequest{Index: c.Indexes()[0], URL: "https://\x7f/"}); !isRefused(RuleURL)(err) {
		t.Errorf("no URL: %v", err)
	}
}
