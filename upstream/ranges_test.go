package upstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"
)

// noise is content in which every place looks different.
func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}

func openRanges(t *testing.T, h http.HandlerFunc) (*RangeReader, error) {
	t.Helper()
	s := newServer(t, h)
	c := newClient(t, s.URL)
	return c.Ranges(context.Background(), FileRequest{Index: c.Indexes()[0], URL: s.URL + "/demo.whl"})
}

func TestRanges(t *testing.T) {
	for _, size := range []int{1, 100, tailBytes - 1, tailBytes, tailBytes + 1, smallFile, 300_000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			content := noise(size)
			r, err := openRanges(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("ETag", `"v1"`)
				http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
			})
			if err != nil {
				t.Fatal(err)
			}
			if r.Size() != int64(size) {
				t.Errorf("Size = %d", r.Size())
			}
			if err := iotest.TestReader(io.NewSectionReader(r, 0, r.Size()), content); err != nil {
				t.Error(err)
			}
			if _, err := r.ReadAt(make([]byte, 1), -1); err == nil {
				t.Error("a negative offset gave no error")
			}
			if n, err := r.ReadAt(make([]byte, 10), int64(size)-1); n != 1 || err != io.EOF {
				t.Errorf("read over the end: %d, %v", n, err)
			}
		})
	}
}

// TestRangesRequests: the end of a wheel and one member before it cost two requests, however they are read.
func TestRangesRequests(t *testing.T) {
	content := noise(500_000)
	var calls, sent atomic.Int64
	r, err := openRanges(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		cw := &countingWriter{ResponseWriter: w}
		http.ServeContent(cw, r, "", time.Time{}, bytes.NewReader(content))
		sent.Add(cw.n)
	})
	if err != nil {
		t.Fatal(err)
	}
	read := func(off, n int64) {
		b := make([]byte, n)
		if _, err := r.ReadAt(b, off); err != nil || !bytes.Equal(b, content[off:off+n]) {
			t.Errorf("ReadAt(%d, %d): %v", off, n, err)
		}
	}
	read(500_000-22, 22)         // end of central directory
	read(500_000-20_000, 20_000) // central directory
	read(440_000, 30)            // local header of a member before
	read(440_030, 40)            // its name
	read(440_070, 9_000)         // its content
	if calls.Load() != 2 {
		t.Errorf("%d requests, want 2", calls.Load())
	}
	read(439_990, 100) // partly at hand: only what is missing comes
	if calls.Load() != 3 || sent.Load() != tailBytes+readAhead+10 {
		t.Errorf("%d requests and %d bytes, want 3 and %d", calls.Load(), sent.Load(), tailBytes+readAhead+10)
	}
}

type countingWriter struct {
	http.ResponseWriter
	n int64
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.n += int64(len(p))
	return w.ResponseWriter.Write(p)
}

// TestRangesConcurrent is for the race detector.
func TestRangesConcurrent(t *testing.T) {
	content := noise(400_000)
	r, err := openRanges(t, func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			off := int64(i * 19_000)
			b := make([]byte, 5000)
			if _, err := r.ReadAt(b, off); err != nil || !bytes.Equal(b, content[off:off+5000]) {
				t.Errorf("ReadAt(%d): %v", off, err)
			}
		})
	}
	all.Wait()
}

// TestRangesUnsupported: servers that take no ranges are told from those that fail.
func TestRangesUnsupported(t *testing.T) {
	content := noise(200_000)
	tests := []struct {
		name  string
		serve http.HandlerFunc
		want  func(error) bool
	}{
		{"whole file", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) }, isUnsupported},
		{"whole file, length told", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "200000")
			_, _ = w.Write(content)
		}, isUnsupported},
		{"claims ranges and sends all", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "200000")
			w.Header().Set("Accept-Ranges", "bytes")
			_, _ = w.Write(content)
		}, isUnsupported},
		{"total not told", partialHandler("bytes 167232-199999/*", content[200_000-tailBytes:]), isUnsupported},
		{"501", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(501) }, isUnsupported},
		{"416", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(416) }, isUnsupported},
		{"404", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, isStatus(404, 0)},
		{"403", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, isStatus(403, 0)},
		{"less than the tail", partialHandler("bytes 199000-199999/200000", content[199_000:]), is[*ProtocolError]},
		{"not the tail", partialHandler("bytes 0-32767/200000", content[:tailBytes]), is[*ProtocolError]},
		{"no Content-Range", partialHandler("", content[:tailBytes]), is[*ProtocolError]},
		{"length disagrees", partialHandler("bytes 167232-199999/200000", content[:100]), is[*ProtocolError]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if r, err := openRanges(t, tt.serve); err == nil || !tt.want(err) {
				t.Errorf("got %v, %T %v", r, err, err)
			}
		})
	}
}

func isUnsupported(err error) bool { return errors.Is(err, errors.ErrUnsupported) }

func partialHandler(contentRange string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if contentRange != "" {
			w.Header().Set("Content-Range", contentRange)
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(body)
	}
}

// TestRangesWithoutSuffix: a server that does not know "the last n bytes" is asked for them by number.
func TestRangesWithoutSuffix(t *testing.T) {
	content := noise(200_000)
	r, err := openRanges(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Range") == fmt.Sprintf("bytes=-%d", tailBytes) {
			r.Header.Del("Range")
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
}

// TestRangesChange: bytes of two versions are never put together, and a file that broke once stays broken.
func TestRangesChange(t *testing.T) {
	content := noise(200_000)
	tests := map[string]func(w http.ResponseWriter, r *http.Request, n int64){
		"entity tag": func(w http.ResponseWriter, r *http.Request, n int64) {
			w.Header().Set("ETag", fmt.Sprintf(`"%d"`, n))
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
		},
		"date": func(w http.ResponseWriter, r *http.Request, n int64) {
			http.ServeContent(w, r, "", time.Unix(1_600_000_000+n, 0), bytes.NewReader(content))
		},
		"length": func(w http.ResponseWriter, r *http.Request, n int64) {
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content[n:]))
		},
		"ranges given up": func(w http.ResponseWriter, r *http.Request, n int64) {
			if n > 1 {
				r.Header.Del("Range")
			}
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
		},
		"gone": func(w http.ResponseWriter, r *http.Request, n int64) {
			if n > 1 {
				w.WriteHeader(http.StatusGone)
				return
			}
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
		},
		"another range": func(w http.ResponseWriter, r *http.Request, n int64) {
			if n > 1 {
				r.Header.Set("Range", "bytes=1-100")
			}
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
		},
		"cut": func(w http.ResponseWriter, r *http.Request, n int64) {
			if n > 1 {
				w.Header().Set("Content-Range", "bytes 0-16383/200000")
				w.Header().Set("Content-Length", "16384")
				w.WriteHeader(http.StatusPartialContent)
				_, _ = w.Write(content[:100])
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			}
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
		},
	}
	for name, serve := range tests {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int64
			r, err := openRanges(t, func(w http.ResponseWriter, r *http.Request) { serve(w, r, n.Add(1)) })
			if err != nil {
				t.Fatal(err)
			}
			b := make([]byte, 10)
			_, first := r.ReadAt(b, 0)
			_, second := r.ReadAt(b, 0)
			if first == nil || first != second || n.Load() != 2 {
				t.Errorf("errors %v, %v after %d requests", first, second, n.Load())
			}
			if _, err := r.ReadAt(b, 199_990-2); err != nil && name != "length" {
				t.Errorf("what is at hand stays readable: %v", err)
			}
		})
	}
}

// TestRangesLimit: a reader that is led through the whole of a huge file stops.
func TestRangesLimit(t *testing.T) {
	const size = 1 << 40
	var calls atomic.Int64
	r, err := openRanges(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		http.ServeContent(w, r, "", time.Time{}, &hole{size: size})
	})
	if err != nil {
		t.Fatal(err)
	}
	var last error
	for i := int64(0); last == nil && i < 1000; i++ {
		_, last = r.ReadAt(make([]byte, 1), i*(1<<30))
	}
	if !is[*TooLargeError](last) || calls.Load() > maxRangeCalls {
		t.Errorf("%v after %d requests", last, calls.Load())
	}
	if _, err := r.ReadAt(make([]byte, maxRangeBytes+1), 0); !is[*TooLargeError](err) {
		t.Errorf("one large read: %v", err)
	}
}

// hole is a file of zeros.
type hole struct{ size, at int64 }

func (h *hole) Read(p []byte) (int, error) {
	n := min(int64(len(p)), h.size-h.at)
	if n == 0 {
		return 0, io.EOF
	}
	clear(p[:n])
	h.at += n
	return int(n), nil
}

func (h *hole) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
		h.at = off
	case io.SeekCurrent:
		h.at += off
	default:
		h.at = h.size + off
	}
	return h.at, nil
}

// TestRangesRedirect: the place that a redirect led to is remembered.
func TestRangesRedirect(t *testing.T) {
	content := noise(200_000)
	var redirects atomic.Int64
	r, err := openRanges(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/demo.whl" {
			redirects.Add(1)
			http.Redirect(w, r, "/store/1", http.StatusFound)
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	})
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 100)
	if _, err := r.ReadAt(b, 0); err != nil || !bytes.Equal(b, content[:100]) || redirects.Load() != 1 {
		t.Errorf("ReadAt: %v after %d redirects", err, redirects.Load())
	}
}
