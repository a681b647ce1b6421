// Package decode undoes, as data, what hides the code of a package: encodings,
// compression, ciphers, and the serialised forms of Python's own code and
// objects. Nothing is ever executed.
//
// Every function is pure and bounded: memory is linear in the input and in the
// limit, nesting ends at [MaxDepth], no input makes one panic. Decoders are as
// lenient as CPython's or more so: what a decoder there refuses is often let
// through here, because hidden text is to be seen and not to be judged.
//
//   - [Decode] undoes one named encoding, [Guess] finds out which one it is,
//     [ContentOf] says what came out.
//   - [Cipher], [Fernet], [Xor], [RC4] and [ChaCha20] decrypt with a known key.
//   - [ReadPyc], [ReadMarshal] and [ReadPickle] read serialised Python.
package decode

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// DefaultLimit is the length in bytes of an output where a caller's limit is 0
// or less: 4 MiB. A hundred times the longest module that people write, it is
// what the interpreter of values keeps at most.
const DefaultLimit = 4 << 20

// MaxDepth is how deep marshalled values and pickles may nest. CPython's own
// marshal stops at 2,000; compilers make less than 30.
const MaxDepth = 200

// The kinds of failure; test for them with [errors.Is].
var (
	// ErrLimit says that the output is longer than its limit. The part below
	// the limit comes with it.
	ErrLimit = errors.New("longer than its limit")
	// ErrMalformed says that the input is not of this form. What was decoded
	// before the fault may come with it.
	ErrMalformed = errors.New("malformed input")
	// ErrUnknown says that there is no decoder, mode or version of that name.
	ErrUnknown = errors.New("unknown name")
)

// An Error tells which decoder failed; Err is one of the kinds above, or wraps
// one.
type Error struct {
	Name string
	Err  error
}

// Error returns "decode NAME: REASON".
func (e *Error) Error() string { return fmt.Sprintf("decode %.40q: %v", e.Name, e.Err) }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// A decoder undoes one encoding. The limit is positive. It may return more than
// the limit where its output is at most linear in the input.
type decoder func(in []byte, limit int) ([]byte, error)

// decoders are the encodings by their plain name.
var decoders = map[string]decoder{
	"base16": base16, "base32": base32, "base64": base64Plain, "base64url": base64URL,
	"base85": base85, "ascii85": ascii85, "z85": z85,
	"uu": uu, "quopri": quopri, "percent": percent,
	"zlib": zlib, "deflate": deflate, "gzip": gzip, "bz2": bz2, "xz": xz, "lzma": lzmaAlone, "zstd": zstandard,
	"rot13": rot13, "utf8": utf8Text, "utf7": utf7, "latin1": latin1,
	"utf16": utf16Text, "utf16le": utf16LE, "utf16be": utf16BE,
	"utf32": utf32Text, "utf32le": utf32LE, "utf32be": utf32BE,
	"unicodeescape": unicodeEscape, "stringescape": unicodeEscape, "rawunicodeescape": rawUnicodeEscape,
	"punycode": punycode, "reverse": reverse,
}

// aliases are other spellings, also those of Python's codecs, without the signs
// between words.
var aliases = map[string]string{
	"hex": "base16", "b16": "base16", "hexcodec": "base16", "hexlify": "base16",
	"b32": "base32", "b64": "base64", "base64codec": "base64", "urlsafebase64": "base64url", "urlsafeb64": "base64url",
	"b85": "base85", "a85": "ascii85",
	"uucodec": "uu", "uuencode": "uu", "quotedprintable": "quopri", "qp": "quopri", "quopricodec": "quopri", "url": "percent", "unquote": "percent",
	"zip": "zlib", "zlibcodec": "zlib", "zipcodec": "zlib", "rawdeflate": "deflate", "gz": "gzip", "bzip2": "bz2", "bz2codec": "bz2", "zst": "zstd",
	"utf": "utf8", "u8": "utf8", "utf8sig": "utf8", "ascii": "latin1", "usascii": "latin1", "iso88591": "latin1", "l1": "latin1", "cp1252": "latin1", "charmap": "latin1",
	"u7": "utf7", "u16": "utf16", "utf16sig": "utf16", "u32": "utf32", "unicode": "utf16le", "unicodelittle": "utf16le",
}

// plainName finds the decoder's own name: case and the signs between words do
// not count, as in Python's codec registry.
func plainName(name string) string {
	if len(name) > 40 {
		return ""
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, name)
	if plain, ok := aliases[name]; ok {
		return plain
	}
	return name
}

// Names lists the plain names that [Decode] knows, sorted. Python's names of
// codecs and the usual short forms are known too.
func Names() []string {
	names := make([]string, 0, len(decoders))
	for name := range decoders {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Known says that [Decode] has a decoder of this name.
func Known(name string) bool { return decoders[plainName(name)] != nil }

// Decode undoes one encoding: "base64", "hex", "zlib", "rot13", "utf-16" (see
// [Names]). A decoder of text, as that of utf-16 or rot13, returns UTF-8, with
// lone surrogates as three bytes each.
//
// The output has at most limit bytes, [DefaultLimit] when limit is not positive;
// what is longer comes cut, with an [Error] of [ErrLimit]. What breaks off, or
// goes on with foreign bytes, comes with an Error of [ErrMalformed] and with what
// was read before. The input is never changed nor kept.
func Decode(name string, in []byte, limit int) ([]byte, error) {
	if limit <= 0 {
		limit = DefaultLimit
	}
	d := decoders[plainName(name)]
	if d == nil {
		return nil, &Error{name, ErrUnknown}
	}
	out, err := d(in, limit)
	if len(out) > limit {
		out, err = out[:limit:limit], ErrLimit
	}
	if err != nil {
		return out, &Error{name, err}
	}
	return out, nil
}
