package main

import (
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// A scanProgress is one line on a terminal that says what is going on, and is gone before anything else is written.
type scanProgress struct {
	w     io.Writer // nil = no terminal, nothing is written
	width func() int

	mu    sync.Mutex
	shown bool
}

// fallbackWidth is that of a terminal which does not say, in columns.
const fallbackWidth = 80

func newScanProgress(f *os.File) *scanProgress {
	if !term.IsTerminal(int(f.Fd())) || os.Getenv("TERM") == "dumb" {
		return &scanProgress{}
	}
	return &scanProgress{w: f, width: func() int {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
		return fallbackWidth
	}}
}

// show replaces the line. What does not fit is cut: a line that wraps could not be taken back.
func (p *scanProgress) show(text string) {
	if p.w == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	text = visible(text)
	if most := max(p.width()-1, 1); len([]rune(text)) > most {
		text = string([]rune(text)[:most])
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", text)
	p.shown = true
}

// clear takes the line away.
func (p *scanProgress) clear() {
	if p.w == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
