package proxy

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"pipwarden/upstream"
)

// tunnelChunk is how much is copied before the deadlines of a tunnel are set anew, in bytes. The system moves a chunk by itself.
const tunnelChunk = 4 << 20 // 4 MiB

// maxHello bounds what a client may send before its wish for a server name is known, in bytes: a TLS record.
const maxHello = 16<<10 + 2048

var (
	errCrowded = errors.New("too many tunnels are open")
	errSilent  = errors.New("tunnel was silent for too long")
	errFronted = errors.New("tunnel asks for another host than it was opened for")
)

// A passage is a connection that counts against MaxTunnels until it is closed. A tunnel has one, to the other end; an intercepted
// connection has one, to the client.
type passage struct {
	net.Conn
	leave func() // run once, at the end

	request *http.Request // the CONNECT; of intercepted connections alone
	to      upstream.Address
	first   []byte // what was read of the client already
}

// Close ends the connection and gives its place back.
func (p *passage) Close() error {
	p.leave()
	return p.Conn.Close()
}

// Read gives first what was read already.
func (p *passage) Read(b []byte) (int, error) {
	if len(p.first) > 0 {
		n := copy(b, p.first)
		p.first = p.first[n:]
		return n, nil
	}
	return p.Conn.Read(b)
}

// enter takes a place for a passage, or for a request where p is nil; false when there is none.
func (e *Egress) enter(p *passage) (leave func(), ok bool) {
	if p == nil {
		p = &passage{}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed || len(e.open) >= e.MaxTunnels {
		return nil, false
	}
	e.open[p] = struct{}{}
	p.leave = sync.OnceFunc(func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.open, p)
	})
	return p.leave, true
}

// dialTunnel connects to the other end of a tunnel, for goproxy.
func (e *Egress) dialTunnel(r *http.Request, _, addr string) (net.Conn, error) {
	to, err := upstream.ParseAddress(addr, "")
	if err != nil {
		return nil, err
	}
	t := &tunnel{egress: e, to: to}
	leave, ok := e.enter(&t.passage)
	if !ok {
		return nil, errCrowded
	}
	if t.Conn, err = e.outlet.Dial(r.Context(), to); err != nil {
		leave()
		return nil, err
	}
	t.last.Store(time.Now().UnixNano())
	return t, nil
}

// A tunnel is the other end of a connection that passes untouched. goproxy copies from and to it; what it does for that is to look
// at the beginning, and to end what is silent.
type tunnel struct {
	passage
	egress *Egress
	to     upstream.Address
	last   atomic.Int64 // when a byte last passed, in either direction, Unix time in nanoseconds
}

// CloseWrite ends the direction to the other end.
func (t *tunnel) CloseWrite() error {
	if c, ok := t.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return t.Close()
}

// CloseRead ends the direction from the other end.
func (t *tunnel) CloseRead() error {
	if c, ok := t.Conn.(interface{ CloseRead() error }); ok {
		return c.CloseRead()
	}
	return nil
}

// Write is not used: io.Copy takes ReadFrom, which looks at the beginning first.
func (t *tunnel) Write([]byte) (int, error) { return 0, errors.ErrUnsupported }

// ReadFrom copies from the client to the other end.
func (t *tunnel) ReadFrom(client io.Reader) (int64, error) {
	first, err := t.beginning(client)
	if err != nil {
		_ = t.Close() // the other direction ends with it
		return 0, err
	}
	if _, err := t.Conn.Write(first); err != nil {
		return 0, err
	}
	n, err := t.copy(t.Conn, client)
	return n + int64(len(first)), err
}

// WriteTo copies from the other end to the client.
func (t *tunnel) WriteTo(client io.Writer) (int64, error) { return t.copy(client, t.Conn) }

// copy moves bytes until one side ends, or both directions are silent for IdleTimeout. Read deadlines come twice as often as
// that, and write deadlines not before the second of them.
func (t *tunnel) copy(dst io.Writer, src io.Reader) (total int64, err error) {
	half := t.egress.IdleTimeout / 2
	for {
		start := time.Now()
		setDeadlines(src, dst, start.Add(half), start.Add(3*half))
		n, err := io.Copy(dst, &io.LimitedReader{R: src, N: tunnelChunk})
		total += n
		now := time.Now()
		if n > 0 {
			t.last.Store(now.UnixNano())
		}
		switch {
		case err == nil && n < tunnelChunk:
			return total, nil
		case err == nil:
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return total, err
		case now.Sub(start) >= 2*half+half/2, now.Sub(time.Unix(0, t.last.Load())) >= t.egress.IdleTimeout:
			return total, errSilent
		}
	}
}

// setDeadlines sets when reading and writing are given up, where the ends know deadlines.
func setDeadlines(src io.Reader, dst io.Writer, read, write time.Time) {
	if c, ok := src.(interface{ SetReadDeadline(time.Time) error }); ok {
		_ = c.SetReadDeadline(read) // a connection that is gone shows at the read
	}
	if c, ok := dst.(interface{ SetWriteDeadline(time.Time) error }); ok {
		_ = c.SetWriteDeadline(write)
	}
}

// beginning reads what the client says first and holds it against where the tunnel leads: a TLS client that asks for a guarded
// name in a tunnel to somewhere else would reach the guarded host past the gate, on a network that serves both (domain fronting).
// Where only listed hosts are connected, the name has to be that of the tunnel.
func (t *tunnel) beginning(client io.Reader) ([]byte, error) {
	// Until the client speaks a tunnel may be silent like any other: in some protocols the other end speaks first.
	setDeadlines(client, nil, time.Now().Add(t.egress.IdleTimeout), time.Time{})
	var first [1]byte
	if _, err := io.ReadFull(client, first[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, err
	}
	if first[0] != recordHandshake {
		return first[:], nil
	}
	setDeadlines(client, nil, time.Now().Add(t.egress.HeaderTimeout), time.Time{})
	name, hello, err := serverName(io.MultiReader(bytes.NewReader(first[:]), client))
	if err != nil {
		return nil, err
	}
	strict := t.egress.Refuse && !exact(t.to.Host)
	if t.egress.guards.named(name) || strict && name != "" && !strings.EqualFold(strings.TrimSuffix(name, "."), t.to.Host) {
		t.egress.log.Warn("tunnel cut, it asks for another host", "host", t.to.String(), "name", name, "rule", "server-name")
		return nil, errFronted
	}
	return hello, nil
}

// recordHandshake is the type of a TLS record that begins a connection (RFC 8446, 5.1).
const recordHandshake = 22

// serverName reads a TLS client's first message. It gives the name that it asks for, "" for none, and all bytes that were read.
// What begins like TLS and cannot be understood is an error: the other end might understand it.
func serverName(r io.Reader) (name string, read []byte, err error) {
	rec := &helloReader{r: io.LimitReader(r, maxHello)}
	found := false
	// crypto/tls knows how messages are cut into records; it is stopped before it answers.
	_ = tls.Server(rec, &tls.Config{GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		name, found = h.ServerName, true
		return nil, errFronted
	}}).Handshake()
	if !found {
		return "", nil, fmt.Errorf("tunnel begins with TLS that is not understood: %w", errFronted)
	}
	return name, rec.read, nil
}

// A helloReader is a connection that reads, remembers, and swallows what is written.
type helloReader struct {
	net.Conn // nil: nothing else is called
	r        io.Reader
	read     []byte
}

func (h *helloReader) Read(b []byte) (int, error) {
	n, err := h.r.Read(b)
	h.read = append(h.read, b[:n]...)
	return n, err
}

func (h *helloReader) Write(b []byte) (int, error)      { return len(b), nil }
func (h *helloReader) Close() error                     { return nil }
func (h *helloReader) SetDeadline(time.Time) error      { return nil }
func (h *helloReader) SetReadDeadline(time.Time) error  { return nil }
func (h *helloReader) SetWriteDeadline(time.Time) error { return nil }
