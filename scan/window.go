package scan

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
)

// window reads one member: its digest, its length, and the parts of its content
// that rules see. Its buffers are used again for the next member.
type window struct {
	hash hash.Hash
	head bytes.Buffer
	tail []byte
	size int64
	copy [32 << 10]byte
}

// read consumes r. An error is r's own; what was read before it is kept.
func (w *window) read(ctx context.Context, r io.Reader) error {
	w.reset()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(w.copy[:])
		w.add(w.copy[:n])
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

func (w *window) reset() {
	if w.hash == nil {
		w.hash = sha256.New()
	}
	w.hash.Reset()
	w.head.Reset()
	w.tail, w.size = w.tail[:0], 0
}

func (w *window) add(p []byte) {
	w.hash.Write(p)
	w.size += int64(len(p))
	if room := MaxContent - w.head.Len(); room > 0 {
		w.head.Write(p[:min(room, len(p))])
	}
	if w.size <= MaxContent-TailWindow {
		return
	}
	w.tail = append(w.tail, p...)
	if len(w.tail) >= 2*TailWindow {
		w.tail = append(w.tail[:0], w.tail[len(w.tail)-TailWindow:]...)
	}
}

// fill sets what was read on the member.
func (w *window) fill(m *Member) {
	m.Size, m.SHA256 = w.size, hex.EncodeToString(w.hash.Sum(nil))
	m.Content, m.Whole = w.head.Bytes(), w.size <= MaxContent
	if !m.Whole {
		m.Content = m.Content[:HeadWindow]
		m.Tail = w.tail[max(0, len(w.tail)-TailWindow):]
	}
	m.Format = FormatOf(m.Content)
}
