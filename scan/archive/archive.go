// Package archive reads wheels, sdists and eggs from strangers.
package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
)

// A Format is how an archive's bytes are packed. The zero value is unknown.
type Format uint8

// The formats that Open tells apart by content.
const (
	FormatUnknown Format = iota
	FormatZip
	FormatTar
	FormatTarGzip
	FormatTarBzip2
	FormatTarXz
	FormatTarZstd
)

// Options says what is expected of an archive.
type Options struct {
	// Ext is the announced extension with its dot, such as ".whl" or
	// ".tar.gz". Empty means that nothing is announced and nothing compared.
	Ext string
	// Limits bounds the work. A zero field takes its value from DefaultLimits.
	Limits Limits
}

// A Kind is what a member is on the disk of whoever installs it.
type Kind uint8

// The kinds of member. The zero value is a regular file.
const (
	KindFile Kind = iota
	KindDir
	KindSymlink
	KindHardlink
	KindSpecial // FIFO or device
)

// A Member is one entry of an archive.
type Member struct {
	// Path is where the member lands, slash-separated and relative to the
	// root of the archive, never empty, never with ".." or a leading slash.
	Path string
	// Name is the name as the archive spells it: foreign bytes.
	Name string
	// Size is the declared size in bytes. Trust what Open counts instead.
	Size int64
	// Mode holds the Unix permission bits, 0 when the archive has none.
	Mode uint32
	Kind Kind
	// Link is the link's target as the archive spells it; empty for others.
	Link string
	// Target is the path that Link leads to inside the archive, before other
	// links are followed; empty when it leads outside.
	Target string

	open func() (io.Reader, error)
}

// Open returns the member's content: exactly the bytes that pip writes, or an
// error. It is valid until the sequence takes its next step, and can be called
// once. Folders, links and special members have no content.
func (m *Member) Open() (io.Reader, error) {
	if m.open == nil {
		return nil, fmt.Errorf("member %q: %w", m.Name, errors.ErrUnsupported)
	}
	return m.open()
}

// An Archive is an opened archive. It is not safe for concurrent use.
type Archive struct {
	format  Format
	hazards []Hazard
	members func(ctx context.Context, yield func(*Member, error) bool)
}

// Open recognises the archive in the first size bytes of r by its content and
// checks its outer structure. An error of type *FormatError says that the bytes
// are no archive that can be walked; any other error comes from r.
func Open(r io.ReaderAt, size int64, opts Options) (*Archive, error) {
	return nil, &FormatError{Hazard{ID: "format-unknown"}}
}

// Format returns the format found in the content.
func (a *Archive) Format() Format { return a.format }

// Hazards returns what was found so far. It is complete when the sequence of
// Members has ended and every member that was opened has been read to its end.
func (a *Archive) Hazards() []Hazard { return a.hazards }

// Members returns the members in the archive's order, once.
//
// Each step is one of three: (m, nil) is a member to open; (m, err) a member
// whose content cannot be had, after which the sequence goes on; (nil, err) the
// end of what can be walked. An err of type *FormatError is the archive's fault
// and stands in Hazards too; any other error is the reader's or the context's.
func (a *Archive) Members(ctx context.Context) iter.Seq2[*Member, error] {
	return func(yield func(*Member, error) bool) { a.members(ctx, yield) }
}
