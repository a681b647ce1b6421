package proxy

import (
	"io"
	"net"
	"net/http"
	"testing"

	"pipwarden/internal/pypitest"
)

// pour is a server on loopback that sends size bytes to whoever connects and sends one.
func pour(b *testing.B, size int64) string {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = ln.Close() })
	piece := make([]byte, 1<<20)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
					return
				}
				for left := size; left > 0; left -= int64(len(piece)) {
					if _, err := conn.Write(piece[:min(left, int64(len(piece)))]); err != nil {
						return
					}
				}
			}()
		}
	}()
	return ln.Addr().String()
}

// BenchmarkTunnel holds a transfer of 64 MiB through a tunnel against the same without.
func BenchmarkTunnel(b *testing.B) {
	const size = 64 << 20
	target := pour(b, size)
	draw := func(b *testing.B, open func() net.Conn) {
		b.SetBytes(size)
		for b.Loop() {
			conn := open()
			if _, err := conn.Write([]byte{1}); err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, conn); err != nil || n != size {
				b.Fatalf("%d bytes, %v", n, err)
			}
			_ = conn.Close()
		}
	}
	b.Run("direct", func(b *testing.B) {
		draw(b, func() net.Conn {
			conn, err := net.Dial("tcp", target)
			if err != nil {
				b.Fatal(err)
			}
			return conn
		})
	})
	b.Run("tunnel", func(b *testing.B) {
		e := startEgress(b, func(e *Egress) { e.Allow = []string{target} })
		draw(b, func() net.Conn {
			conn, res := e.connectTo(target)
			if res.StatusCode != http.StatusOK {
				b.Fatal(res.Status)
			}
			return conn
		})
	})
}

// BenchmarkGuarded holds a page and a file of 8 MiB through the proxy, which speaks TLS, against the index, which here does not.
func BenchmarkGuarded(b *testing.B) {
	e := startEgress(b, nil)
	blob := make([]byte, 8<<20)
	for i := range blob {
		blob[i] = byte(i * i >> 8)
	}
	f := e.add(pypitest.Wheel("demo", "1.0", "demo/data.bin", string(blob)))
	client := e.client()
	own := e.url + e.link("demo", f.Filename)
	for _, c := range []struct{ name, address string }{
		{"page/index", e.url + "/simple/demo/"}, {"page/egress", e.origin + "/simple/demo/"}, {"file/index", own}, {"file/egress", f.URL},
	} {
		direct := &http.Client{}
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				get := client
				if c.address == own || c.address == e.url+"/simple/demo/" {
					get = direct
				}
				res, err := get.Get(c.address)
				if err != nil {
					b.Fatal(err)
				}
				n, err := io.Copy(io.Discard, res.Body)
				if err != nil || res.StatusCode != http.StatusOK {
					b.Fatal(res.Status, err)
				}
				b.SetBytes(n)
				_ = res.Body.Close()
			}
		})
	}
}
