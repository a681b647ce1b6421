package python

import (
	"fmt"
	"sort"
)

// Pos is a byte offset into File.Text, counted from 0.
type Pos uint32

// A Span is a half-open range of File.Text. Every node has one.
type Span struct {
	Start Pos // first byte
	Stop  Pos // one past the last byte
}

// Pos returns the offset of the first byte.
func (s Span) Pos() Pos { return s.Start }

// End returns the offset one past the last byte.
func (s Span) End() Pos { return s.Stop }

// Len returns the number of bytes.
func (s Span) Len() int { return int(s.Stop) - int(s.Start) }

// A Position is a Pos for people and for other tools.
type Position struct {
	Line   int // counted from 1; lines end at \n, \r\n and \r
	Column int // bytes of UTF-8 from the line's start, counted from 0, as CPython's col_offset
	Offset int // byte offset into the input that Parse was given, before decoding
}

// String returns "line:column" with the column counted from 1, as editors do.
func (p Position) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Column+1) }

// lineStarts returns the offset of the first byte of every line.
func lineStarts(text string) []Pos {
	lines := make([]Pos, 1, 1+len(text)/32)
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\n':
			lines = append(lines, Pos(i+1))
		case '\r':
			if i+1 >= len(text) || text[i+1] != '\n' {
				lines = append(lines, Pos(i+1))
			}
		}
	}
	return lines
}

// Position converts an offset into line, column and input offset. Offsets
// beyond the text are clamped to its end. If Options.Origin was given, lines
// and columns are those of the outer file. It is safe for concurrent use.
func (f *File) Position(pos Pos) Position {
	f.linesOnce.Do(func() { f.lines = lineStarts(f.Text) })
	pos = min(pos, Pos(len(f.Text)))
	line := sort.Search(len(f.lines), func(i int) bool { return f.lines[i] > pos }) - 1
	p := Position{Line: line + 1, Column: int(pos - f.lines[line]), Offset: f.Source.Offset(pos)}
	if f.origin.Line == 0 {
		return p
	}
	if p.Line == 1 {
		p.Column += f.origin.Column
	}
	p.Line += f.origin.Line - 1
	p.Offset += f.origin.Offset
	return p
}

// TextOf returns the source text of a node, as it was written.
func (f *File) TextOf(n Node) string { return f.slice(n.Pos(), n.End()) }

func (f *File) slice(start, stop Pos) string {
	stop = min(stop, Pos(len(f.Text)))
	start = min(start, stop)
	return f.Text[start:stop]
}
