package archive

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// tarExtensions is how many extension headers may precede one member. Writers
// use one of each kind.
const tarExtensions = 16

// A tarWalker follows the raw headers of a tar in Python's order: extension
// headers are applied from the innermost to the outermost, global ones first.
type tarWalker struct {
	a       *Archive
	s       *tarStream
	block   [tarBlock]byte
	started bool
	global  paxSet
	left    int64 // content of the current member not yet read
	pad     int64 // blank bytes after it
	oops    error // why the content could not be read on
}

// A tarExt is an extension header before a member.
type tarExt struct {
	flag byte
	text string // a GNU long name or target
	pax  paxSet // the local records over the global ones of that moment
}

// errTarEnd is the end of the members.
var errTarEnd = errors.New("end of tar")

// walkTar yields the members in the order of the tar.
func (a *Archive) walkTar(ctx context.Context, yield func(*Member, error) bool) {
	s, err := a.openTarStream(ctx)
	if err != nil {
		yield(nil, err)
		return
	}
	w := &tarWalker{a: a, s: s}
	for count := 0; ; count++ {
		m, err := w.next()
		switch {
		case errors.Is(err, errTarEnd):
			a.finishNames()
			if err := w.finish(); err != nil {
				yield(nil, err)
			}
			return
		case err == nil && count == a.limits.Members:
			err = a.fail("limit-members", "", detailf("more than %d members", a.limits.Members))
		}
		if err != nil {
			a.finishNames()
			yield(nil, err)
			return
		}
		var refused error
		if m.Kind == KindFile && m.Size > a.limits.Member {
			refused, m.open = a.fail("limit-member", m.Name, detailf("a content of %d bytes", m.Size)), nil
		}
		if !yield(m, refused) {
			return
		}
	}
}

// next returns the next member, after the rest of the current one.
func (w *tarWalker) next() (*Member, error) {
	if w.oops != nil {
		return nil, w.oops
	}
	if err := w.discard(w.left + w.pad); err != nil {
		return nil, err
	}
	w.left, w.pad = 0, 0
	var exts []tarExt
	for {
		h, problems, err := w.header(len(exts) > 0)
		if err != nil {
			return nil, err
		}
		switch h.flag {
		case tarPax, tarPaxGlobal, tarPaxSolaris, tarGNUName, tarGNULink:
			ext, err := w.extension(h, problems, len(exts) > 0)
			if err != nil {
				return nil, err
			}
			if exts = append(exts, ext); len(exts) > tarExtensions {
				return nil, w.a.fail("tar-extension-order", "", detailf("more than %d extension headers before a member", tarExtensions))
			}
		default:
			return w.member(h, problems, exts)
		}
	}
}

// header reads the next header block.
func (w *tarWalker) header(inside bool) (tarHeader, []tarProblem, error) {
	n, err := io.ReadFull(w.s, w.block[:])
	var none tarHeader
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return none, nil, w.a.fail("tar-truncated", "", detailf("the tar ends after %d bytes of a header", n))
	case errors.Is(err, io.EOF) && !w.started:
		return none, nil, w.a.fail("tar-truncated", "", "an empty tar")
	case errors.Is(err, io.EOF) && !inside:
		w.a.add("tar-missing-end", "", "no zero blocks at the end")
		return none, nil, errTarEnd
	case errors.Is(err, io.EOF), err == nil && inside && isZeroBlock(w.block[:]):
		return none, nil, w.a.fail("tar-truncated", "", "the tar ends after an extension header")
	case err != nil:
		return none, nil, err
	case isZeroBlock(w.block[:]):
		return none, nil, errTarEnd
	}
	if !tarChecksumHolds(w.block[:]) {
		return none, nil, w.a.fail("tar-checksum", "", "a header with a wrong checksum: Python stops here without a word")
	}
	w.started = true
	h, problems, ok := parseTarHeader(w.block[:])
	if !ok {
		for _, p := range problems {
			w.a.add(p.id, h.name, p.detail)
		}
		return none, nil, w.a.fail("tar-checksum", h.name, "a header with unreadable numbers: Python stops here without a word")
	}
	return h, problems, nil
}

// extension reads the content of an extension header.
func (w *tarWalker) extension(h tarHeader, problems []tarProblem, inside bool) (tarExt, error) {
	for _, p := range problems {
		w.a.add(p.id, h.name, p.detail)
	}
	if h.size > w.a.limits.Header {
		return tarExt{}, w.a.fail("limit-header", h.name, detailf("an extension header of %d bytes", h.size))
	}
	b := make([]byte, h.size+padding(h.size))
	if _, err := io.ReadFull(w.s, b); err != nil {
		return tarExt{}, w.ended(err, h.name)
	}
	// Python goes on reading records into the padding.
	if len(bytes.Trim(b[h.size:], "\x00")) > 0 {
		_ = w.a.fail("tar-pax-syntax", h.name, "text in the padding of an extension header")
	}
	ext := tarExt{flag: h.flag}
	if h.flag == tarGNUName || h.flag == tarGNULink {
		text, rest, _ := bytes.Cut(b[:h.size], []byte{0})
		if len(bytes.Trim(rest, "\x00")) > 0 {
			w.a.add("tar-name-nul", h.name, detailf("text after the NUL of a long name: %q", rest))
		}
		ext.text = string(text)
		return ext, nil
	}
	set, problem := parsePax(b[:h.size])
	if problem.detail != "" {
		w.a.log.add(Hazard{ID: "tar-pax-syntax", Member: h.name, Detail: problem.detail, Unread: problem.torn})
	}
	if set.charset != "" {
		w.a.add("tar-pax-charset", h.name, detailf("a character set %q", set.charset))
	}
	switch h.flag {
	case tarPaxGlobal:
		if set.decides() {
			w.a.add("tar-global-pax", h.name, detailf("a global header that renames or resizes members: %q", set.path+set.link+set.size))
		}
		if inside {
			w.a.add("tar-extension-order", h.name, "a global header between an extension header and its member")
		}
		w.global = w.global.merge(set)
		ext.pax = w.global
	case tarPaxSolaris:
		w.a.add("tar-vendor-type", h.name, "a Solaris extension header")
		fallthrough
	default:
		ext.pax = w.global.merge(set)
	}
	return ext, nil
}

// member applies the extensions to a header and names the result.
func (w *tarWalker) member(h tarHeader, problems []tarProblem, exts []tarExt) (*Member, error) {
	stored := h.size
	size := w.extend(&h, exts)
	m := &Member{Name: h.name, Mode: uint32(h.mode) & modePerm, Link: h.link}
	w.kind(m, h)
	for _, p := range problems {
		w.a.add(p.id, m.Name, p.detail)
	}
	counts := make(map[byte]int)
	sparse := h.flag == tarGNUSparse || w.global.sparse
	for _, ext := range exts {
		counts[ext.flag]++
		sparse = sparse || ext.pax.sparse
	}
	pax, gnu := counts[tarPax]+counts[tarPaxSolaris], max(counts[tarGNUName], counts[tarGNULink])
	if pax > 1 || gnu > 1 || pax > 0 && gnu > 0 {
		w.a.add("tar-extension-order", m.Name, "several extension headers for one field: readers apply them in different orders")
	}
	if sparse {
		w.a.add("tar-sparse", m.Name, "a sparse file: the stored bytes are scanned, installers write the expanded ones or refuse")
	}
	return m, w.content(m, h, stored, size)
}

// extend overlays the global records and then the extension headers from the
// last to the first, as Python does, whose reading of each one contains that of
// the next.
func (w *tarWalker) extend(h *tarHeader, exts []tarExt) paxSize {
	size := paxSize{header: h.size}
	if w.global.hasPath && h.flag != tarGNUSparse {
		h.name = w.global.path
	}
	if w.global.hasLink {
		h.link = w.global.link
	}
	for i := len(exts) - 1; i >= 0; i-- {
		switch ext := exts[i]; ext.flag {
		case tarGNUName:
			h.name = ext.text
		case tarGNULink:
			h.link = ext.text
		case tarPax, tarPaxSolaris:
			ext.apply(h)
			size.take(ext.pax)
		}
	}
	if h.flag == tarDir {
		h.name = strings.TrimRight(h.name, "/")
	}
	return size
}

// apply overlays the records that rename.
func (e *tarExt) apply(h *tarHeader) {
	if e.pax.hasPath {
		h.name = strings.TrimRight(e.pax.path, "/")
		if h.flag != tarDir && strings.HasSuffix(e.pax.path, "/") {
			h.name = e.pax.path
		}
	}
	if e.pax.sparseName != "" {
		h.name = e.pax.sparseName
	}
	if e.pax.hasLink {
		h.link = e.pax.link
	}
}

// A paxSize settles a member's size between its header and a PAX record.
type paxSize struct {
	header int64
	text   string
	has    bool
}

func (s *paxSize) take(p paxSet) {
	if p.hasSize {
		s.text, s.has = p.size, true
	}
}

// tarOctalMax is the first size that a header's octal field cannot hold.
const tarOctalMax = 1 << 33 // 8 GiB

// settle returns the size that Python reads and what others may object to.
func (s *paxSize) settle() (size int64, id, detail string) {
	if !s.has {
		return s.header, "", ""
	}
	n, err := strconv.ParseInt(s.text, 10, 64)
	if err != nil || n < 0 || strings.HasPrefix(s.text, "+") {
		return 0, "tar-number", detailf("a PAX size %q", s.text)
	}
	if n != s.header && n < tarOctalMax {
		return n, "tar-pax-size", detailf("a PAX size of %d over %d in the header: readers differ in where the next header is", n, s.header)
	}
	return n, "", ""
}

// kind decides what pip makes of a type flag.
func (w *tarWalker) kind(m *Member, h tarHeader) {
	object := func(id, detail string) { w.a.add(id, m.Name, detail) }
	switch h.flag {
	case tarRegular, tarRegularOld, tarGNUSparse:
	case tarContiguous:
		object("tar-contiguous", "a contiguous file: a regular one for Python, none for others")
	case tarDir:
		m.Kind = KindDir
	case tarSymlink:
		m.Kind = KindSymlink
	case tarHardlink:
		m.Kind = KindHardlink
	case tarChar, tarBlockDev, tarFIFO:
		m.Kind = KindSpecial
		object("tar-special", "a device or a FIFO")
	default:
		object("tar-vendor-type", detailf("type %q: a regular file for Python", h.flag))
	}
	if m.Kind != KindSymlink && m.Kind != KindHardlink {
		m.Link = ""
	}
	if m.Kind == KindFile && strings.HasSuffix(m.Name, "/") {
		object("tar-folder-type", "a file whose name ends in a slash")
	}
}

// content settles the size, checks the name and prepares the reading.
func (w *tarWalker) content(m *Member, h tarHeader, stored int64, size paxSize) error {
	if h.extended {
		if err := w.skipSparse(m.Name); err != nil {
			return err
		}
	}
	n, id, detail := size.settle()
	if id != "" {
		w.a.add(id, m.Name, detail)
	}
	if h.hasData() {
		m.Size, w.left, w.pad = w.cut(m, n, size), n, padding(n)
	} else if stored != 0 || n != 0 {
		w.a.add("tar-link-size", m.Name, "a size for a type that has no content")
	}
	if m.Kind == KindFile {
		m.open = func() (io.Reader, error) { return &tarContent{w: w, m: m, n: m.Size}, nil }
	}
	if err := w.a.name(m, m.Name); err != nil {
		return err
	}
	if m.Kind == KindSymlink || m.Kind == KindHardlink {
		if !utf8.ValidString(m.Link) {
			w.a.add("name-encoding", m.Name, detailf("a link's target that is not UTF-8: %q", m.Link))
		}
		w.a.link(m)
	}
	return nil
}

// cut returns how much of n stored bytes Python writes: a size in a global
// header shortens the content and does not move the next header.
func (w *tarWalker) cut(m *Member, n int64, size paxSize) int64 {
	if size.has || !w.global.hasSize {
		return n
	}
	global := paxSize{text: w.global.size, has: true}
	short, _, _ := global.settle()
	if short > n {
		_ = w.a.fail("tar-global-pax", m.Name, detailf("a global size of %d over %d in the header", short, n))
		return n
	}
	return short
}

// skipSparse passes over the further headers of an old GNU sparse file.
func (w *tarWalker) skipSparse(name string) error {
	for more := true; more; more = w.block[504] != 0 {
		if _, err := io.ReadFull(w.s, w.block[:]); err != nil {
			return w.ended(err, name)
		}
	}
	return nil
}

// A tarContent delivers a member's bytes while it is the current one.
type tarContent struct {
	w *tarWalker
	m *Member
	n int64
}

// Read delivers content, or the reason why there is no more.
func (c *tarContent) Read(p []byte) (int, error) {
	w := c.w
	if w.oops != nil {
		return 0, w.oops
	}
	if c.n == 0 {
		return 0, io.EOF
	}
	n, err := w.s.Read(p[:min(int64(len(p)), c.n)])
	c.n -= int64(n)
	w.left -= int64(n)
	if err != nil && (c.n > 0 || !errors.Is(err, io.EOF)) {
		w.oops = w.ended(err, c.m.Name)
		return n, w.oops
	}
	return n, nil
}

// ended turns the end of the stream inside a member into what it is.
func (w *tarWalker) ended(err error, name string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return w.a.blame(errors.New("the tar ends inside a member"), "tar-truncated", name)
	}
	return err
}

func (w *tarWalker) discard(n int64) error {
	if n == 0 {
		return nil
	}
	if _, err := io.CopyN(io.Discard, w.s, n); err != nil {
		return w.ended(err, "")
	}
	return nil
}

// finish reads what follows the first zero block, where Python stops: one more
// zero block, and only zeros, up to the end of the file.
func (w *tarWalker) finish() error {
	w.s.atEnd = true
	zeros, b := int64(0), make([]byte, 32<<10)
	for {
		n, err := w.s.Read(b)
		if len(bytes.TrimLeft(b[:n], "\x00")) > 0 {
			w.a.add("tar-trailing-data", "", "data after the end of the tar")
		}
		zeros += int64(n)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if w.started && zeros < tarBlock {
		w.a.add("tar-missing-end", "", "one zero block at the end")
	}
	if (zeros % tarBlock) != 0 {
		w.a.add("tar-trailing-data", "", "the length is no multiple of 512 bytes")
	}
	return nil
}

func padding(n int64) int64 { return (tarBlock - n%tarBlock) % tarBlock }
