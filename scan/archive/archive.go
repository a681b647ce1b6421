package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
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
	KindSpecial // a FIFO or a device
)

// A Member is one entry of an archive.
type Member struct {
	// Path is where the member lands, slash-separated and relative to the root
	// of the archive: no leading slash, no "..", no empty part. It is "." when
	// the name leads to the root itself. It may hold hostile characters.
	Path string
	// Name is the name as the archive spells it: foreign bytes.
	Name string
	// Size is the declared size in bytes. Trust what Open delivers instead.
	Size int64
	// Mode holds the Unix permission bits, 0 when the archive has none.
	Mode uint32
	// Kind is what pip makes of the member: a symbolic link in a zip is a
	// regular file to it.
	Kind Kind
	// Link is the link's target as the archive spells it; empty for others.
	Link string
	// Target is the path inside the archive that Link names, before other
	// links are followed; empty when it leads outside and for other kinds. The
	// content behind it is a member of its own.
	Target string

	open func() (io.Reader, error)
}

// Open returns the content: the bytes that pip writes, then io.EOF, or an
// error before it. The reader is valid until the sequence takes its next step,
// and Open may be called once. Folders, links and special members have no
// content: errors.ErrUnsupported.
func (m *Member) Open() (io.Reader, error) {
	if m.open == nil {
		return nil, fmt.Errorf("open member %q: %w", m.Name, errors.ErrUnsupported)
	}
	open := m.open
	m.open = nil
	return open()
}

// An Archive is an opened archive. It is not safe for concurrent use.
type Archive struct {
	src      *source
	limits   Limits
	format   Format
	sdist    bool // installers look for one top folder
	log      hazardLog
	names    *nameTable
	unpacked int64 // bytes delivered so far, against Limits.Total
	zip      *zipDirectory
	walked   bool
}

// Open recognises the archive in the first size bytes of r by its content and
// checks its outer structure; a zip's central directory is read whole, nothing
// else is. An error of type *FormatError says that the bytes are no archive
// that can be walked; any other error comes from r.
func Open(r io.ReaderAt, size int64, opts Options) (*Archive, error) {
	limits := opts.Limits.withDefaults()
	a := &Archive{
		src:    &source{r: r, size: size},
		limits: limits,
		log:    hazardLog{max: limits.Hazards},
		names:  newNameTable(limits),
		sdist:  isSdistExt(opts.Ext),
	}
	if err := a.sniff(opts.Ext); err != nil {
		return nil, err
	}
	if a.format == FormatZip {
		if err := a.openZip(); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// Format returns the format found in the content.
func (a *Archive) Format() Format { return a.format }

// Hazards returns what was found so far, in the order of discovery. It is
// complete when the sequence of Members has ended by itself and every content
// that was opened has been read to its end.
func (a *Archive) Hazards() []Hazard { return a.log.list }

// Members returns the members in the archive's order. It can be ranged over
// once: an archive is a stream.
//
// Each step is one of three: (m, nil) is a member; (m, err) a member whose
// content cannot be had, after which the sequence goes on; (nil, err) the end
// of what can be walked. An err of type *FormatError is the archive's fault
// and its hazard stands in Hazards too; any other is the reader's or the
// context's. A sequence that ends without an error has walked everything.
func (a *Archive) Members(ctx context.Context) iter.Seq2[*Member, error] {
	return func(yield func(*Member, error) bool) {
		if a.walked {
			yield(nil, fmt.Errorf("members of an archive already walked: %w", errors.ErrUnsupported))
			return
		}
		a.walked = true
		if a.format == FormatZip {
			a.walkZip(ctx, yield)
			return
		}
		a.walkTar(ctx, yield)
	}
}

// add records a hazard.
func (a *Archive) add(id, member, detail string) {
	a.log.add(Hazard{ID: id, Member: member, Detail: detail})
}

// fail records a hazard that leaves bytes unread and returns it as an error.
func (a *Archive) fail(id, member, detail string) error {
	h := Hazard{ID: id, Member: member, Detail: detail, Unread: true}
	a.log.add(h)
	return &FormatError{Hazard: h}
}

// blame tells the reader's errors from the archive's: err came out of a decoder,
// which cannot say whether its input ended or its input failed.
func (a *Archive) blame(err error, id, member string) error {
	if a.src.err != nil {
		return a.src.err
	}
	var format *FormatError
	if errors.As(err, &format) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return a.fail(id, member, err.Error())
}
