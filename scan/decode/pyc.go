package decode

import (
	"encoding/binary"
	"time"
)

// A Pyc is a file of compiled Python: a header and a code object. The header is
// foreign data; nothing of it is checked by an interpreter that is told to run
// the file.
type Pyc struct {
	// Version is what the magic number says.
	Version Version
	// Hashed says that the header holds a hash of the source (PEP 552) instead
	// of its time and size; Checked that an importer compares it.
	Hashed, Checked bool
	// Hash is that of the source when Hashed.
	Hash uint64
	// Time and Size are those of the source when not Hashed; Size is modulo 2^32,
	// and 0 before 3.3.
	Time time.Time
	Size uint32
	// Code is the module.
	Code *Code
	// Rest is the number of bytes after the code.
	Rest int
}

// ReadPyc reads a .pyc of CPython 2.7 or 3.0 to 3.14, and what others write in
// that form. Errors are an [Error] of [ErrMalformed], or of [ErrUnknown] for a
// magic number that is none of CPython's.
func ReadPyc(in []byte) (*Pyc, error) {
	p, err := readPyc(in)
	if err != nil {
		return nil, &Error{"pyc", err}
	}
	return p, nil
}

func readPyc(in []byte) (*Pyc, error) {
	if len(in) < 16 {
		return nil, malformed("shorter than a header")
	}
	p := &Pyc{Version: Magic(in)}
	if p.Version == (Version{}) {
		return nil, ErrUnknown
	}
	at := p.header(in)
	v, n, err := readMarshal(in[at:], p.Version, layoutOf(p.Version))
	if err != nil {
		return nil, err
	}
	if v.Code == nil {
		return nil, malformed("no code object after the header")
	}
	p.Code, p.Rest = v.Code, len(in)-at-n
	return p, nil
}

// header reads what stands before the code and returns where that begins: 8
// bytes up to 3.2, 12 up to 3.6, then 16 (PEP 552).
func (p *Pyc) header(in []byte) int {
	word := func(at int) uint32 { return binary.LittleEndian.Uint32(in[at:]) }
	at := 4
	if p.Version.least(3, 7) {
		flags := word(4)
		at = 8
		if flags&1 != 0 {
			p.Hashed, p.Checked = true, flags&2 != 0
			p.Hash = binary.LittleEndian.Uint64(in[8:])
			return 16
		}
	}
	p.Time = time.Unix(int64(word(at)), 0).UTC()
	if p.Version.least(3, 3) {
		p.Size = word(at + 4)
		return at + 8
	}
	return at + 4
}
