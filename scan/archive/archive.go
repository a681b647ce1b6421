// Package archive reads wheels, sdists and eggs from strangers. It yields what
// pip would write to disk, member by member, and objects to every shape that
// some installer reads differently: a scanner that reads an archive otherwise
// than the installer scans another program.
//
// # What is accepted
//
// The format is found in the content and compared with the announced extension;
// what is walked is the content.
//
// Zip: one end record at the exact end, without comment, a central directory that
// ends where it begins, and members that follow one another from the first byte to
// the directory without gap or overlap. Local and central headers say the same in
// all that decides: name, flags, method, CRC, sizes; data descriptors (APPNOTE
// 4.3.9) and zip64 (4.5.3) agree with them. Methods are stored and deflate.
//
// Tar: plain, gzip, bzip2, xz or zstd in one stream that ends with the file; plain
// files, folders and links; headers in plain octal or base-256 with a checksum
// that holds; a PAX header (POSIX.1-2001) or GNU long names for one member; global
// PAX headers that decide nothing (git archive writes its commit into one); two
// zero blocks and nothing but zeros after them.
//
// Names: UTF-8, relative, in their shortest form, unique when case, Unicode form
// and what Windows drops do not count. Links lead to members of the archive inside
// its top folder.
//
// What is accepted without a hazard, archive/zip and archive/tar read to the same
// names and bytes; the fuzz targets hold that.
//
// # What is delivered
//
// Where readings differ, pip's is delivered (CPython's zipfile and tarfile, with
// pip's own rules), next to the hazard. Sizes are counted and CRCs computed while
// content is read. Memory does not grow with the archive: contents are streams,
// the list of names is bounded.
//
// # Hazards
//
// A hazard has an identifier. Those marked * leave bytes unread; the others are
// shapes with two readings. Catalog says of each who reads it how, and the source.
//
// Any archive:
//   - format-unknown*: no archive that can be told by its content
//   - format-mismatch: the content is another format than the extension
//     announces
//   - compressed-members: several compressed streams one after another
//   - compressed-trailing-bytes: bytes after the compressed stream
//   - compressed-damaged*: the compressed stream cannot be decoded to its
//     end
//   - xz-filter*: an xz filter other than LZMA2
//   - top-folder: an sdist without one top folder
//   - wheel-dist-info*: a wheel with several .dist-info folders
//
// Names:
//   - name-empty: a member without name
//   - name-encoding: a name or a link's target that is not UTF-8
//   - name-nul: a NUL in a zip's name
//   - name-control: control characters in a name
//   - name-backslash: a backslash in a name
//   - name-absolute: a name that begins with a slash
//   - name-parent: a name with a part ".."
//   - name-drive: a name that begins with a drive letter
//   - name-dot: a name with a part "." or an empty part
//   - name-windows: parts that end in a dot or a blank, or hold a colon
//   - duplicate: two members with one path
//   - duplicate-case: two paths that differ in case, trailing dots or
//     blanks
//   - duplicate-unicode: two paths that differ in Unicode form
//   - duplicate-file-folder: a path that is a file and a folder
//
// Zip:
//   - zip-directory*: the central directory is missing, malformed or of
//     another length than declared
//   - zip-comment: a comment after the end record
//   - zip-trailing-bytes: bytes after the end record that are not its
//     comment
//   - zip-prefix: bytes before the archive
//   - zip-concatenated: another zip before the archive
//   - zip-hidden-bytes: bytes that belong to no member
//   - zip-overlap: members that share bytes
//   - zip-multi-disk: an archive split over disks
//   - zip-zip64: zip64 records or sizes that are missing or contradict the
//     others
//   - zip-local-header: a local header that differs from the central one
//   - zip-descriptor: a data descriptor that is missing or contradicts the
//     directory
//   - zip-extra: malformed extra fields
//   - zip-name-encoding: a name beyond ASCII without the UTF-8 flag
//   - zip-unicode-path: a Unicode path field (0x7075) with another name
//   - zip-method: a compression method other than stored and deflate
//   - zip-method-unread*: a compression method that is not decoded here
//   - zip-flags: general purpose flags beyond those of plain archives
//   - zip-encrypted*: an encrypted member
//   - zip-symlink: a symbolic link by its external attributes
//   - zip-special: external attributes of a device or of a folder on a
//     file
//   - zip-folder-content: a folder with content
//   - zip-size*: content longer or shorter than declared
//   - zip-crc*: content that its CRC does not confirm
//   - zip-damaged*: content that cannot be decoded
//
// Tar:
//   - tar-zip-tail: a tar at whose end a zip's end record lies
//   - tar-global-pax: a global header with path, linkpath, size or sparse
//     records
//   - tar-sparse: a sparse file, or a name by GNU.sparse.name
//   - tar-contiguous: type 7, a contiguous file
//   - tar-vendor-type: a type that POSIX does not define
//   - tar-special: a device or a FIFO
//   - tar-folder-type: a file whose name ends in a slash
//   - tar-number: a number that is neither plain octal nor valid base-256,
//     or a PAX size that is no number
//   - tar-checksum*: a header with a wrong checksum or unreadable numbers
//   - tar-name-nul: text after the NUL of a name
//   - tar-prefix: a prefix in a header that is not POSIX ustar
//   - tar-header: an unknown magic, or bytes behind the fields of a ustar
//     header
//   - tar-pax-syntax: PAX records that are malformed, or that repeat,
//     blank or cut a deciding key
//   - tar-pax-charset: a character set for PAX names
//   - tar-pax-size: a PAX size other than the header's
//   - tar-extension-order: several extension headers that compete for one
//     member
//   - tar-link-size: a size for a link, a folder or a device
//   - tar-trailing-data: data after the first zero block, or a length that
//     is no multiple of 512
//   - tar-missing-end: fewer than two zero blocks at the end
//   - tar-truncated*: the tar ends inside a member or a header
//
// Links in tars:
//   - link-outside: a link that leaves the archive's top folder, also
//     through other links
//   - link-dangling: a link whose target is not in the archive
//   - link-loop: links that lead in a circle
//   - link-target: an empty target, or one with a NUL or a backslash
//   - link-over-member: a link and another member with one path
//   - link-through: a member whose path runs through a link
//   - link-executed: setup.py, setup.cfg or pyproject.toml at the top is a
//     link
//   - link-disguised: a link with an extension of code to a file without
//     it
//
// Limits:
//   - limit-members*: more members than Limits.Members
//   - limit-directory*: more bytes of names than Limits.Directory
//   - limit-name*: a name longer than Limits.Name
//   - limit-header*: an extension header larger than Limits.Header
//   - limit-member*: a content larger than Limits.Member
//   - limit-total*: more content than Limits.Total
//   - limit-ratio*: content that unpacks to more than Limits.Ratio times
//     its size
//   - limit-window*: a dictionary larger than Limits.Window
//   - limit-links*: links through too many folders to follow
//   - limit-hazards*: more hazards than Limits.Hazards
//
// # Limits
//
// Limits names each bound with its unit, DefaultLimits its value and reason. Time
// is the context's.
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
	// Limits bounds the work; its zero value is DefaultLimits.
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
	// content behind it is a member of its own, if it is in the archive at all.
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
