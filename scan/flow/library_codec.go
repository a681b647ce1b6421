package flow

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"hash/adler32"
	"hash/crc32"
	"strings"
	"unicode/utf16"

	"pipwarden/scan/decode"
	"pipwarden/scan/vocabulary"
)

// codecFuncs are the encodings and compressions. A decoder of what is not known
// returns Unknown that tells how it was decoded.
func codecFuncs() map[string]libraryFunc {
	out := map[string]libraryFunc{
		"base64.b64encode": encoder(base64.StdEncoding.EncodeToString), "base64.standard_b64encode": encoder(base64.StdEncoding.EncodeToString),
		"base64.urlsafe_b64encode": encoder(base64.URLEncoding.EncodeToString), "base64.b32encode": encoder(base32.StdEncoding.EncodeToString),
		"base64.b16encode":    encoder(func(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }),
		"base64.encodebytes":  encoder(func(b []byte) string { return base64Lines(string(b)) }),
		"base64.encodestring": encoder(func(b []byte) string { return base64Lines(string(b)) }),
		"binascii.b2a_base64": encoder(func(b []byte) string { return base64.StdEncoding.EncodeToString(b) + "\n" }),
		"binascii.hexlify":    encoder(hex.EncodeToString), "binascii.b2a_hex": encoder(hex.EncodeToString),
		"codecs.decode": codecsDecode, "codecs.encode": codecsEncode,
		"zlib.crc32": checksum(crc32.ChecksumIEEE), "binascii.crc32": checksum(crc32.ChecksumIEEE), "zlib.adler32": checksum(adler32.Checksum),
		"marshal.loads": unmarshalled,
		"io.BytesIO":    object("initial_bytes", Bytes), "io.StringIO": object("initial_value", Text),
		"StringIO.StringIO": object("buf", Text), "cStringIO.StringIO": object("buf", Text),
	}
	for name, codec := range decoderNames {
		out[name] = decodingWith(codec)
	}
	return out
}

// decoderNames are the functions that decode their first argument, and the
// decoder of package decode that does the same.
var decoderNames = map[string]string{
	"base64.b64decode": "base64", "base64.standard_b64decode": "base64", "base64.urlsafe_b64decode": "base64url", "base64.decodebytes": "base64",
	"base64.decodestring": "base64", "binascii.a2b_base64": "base64",
	"base64.b32decode": "base32", "base64.b16decode": "base16", "base64.b85decode": "base85", "base64.a85decode": "ascii85",
	"base64.z85decode": "z85", "base64.b32hexdecode": "base32hex",
	"binascii.unhexlify": "base16", "binascii.a2b_hex": "base16", "binascii.a2b_uu": "uu", "binascii.a2b_qp": "quopri",
	"quopri.decodestring": "quopri",
	"zlib.decompress":     "zlib", "gzip.decompress": "gzip", "bz2.decompress": "bz2", "lzma.decompress": "xz",
	"zlib.decompressobj().decompress": "zlib", "bz2.BZ2Decompressor().decompress": "bz2", "lzma.LZMADecompressor().decompress": "xz",
	"zstandard.decompress": "zstd", "compression.zstd.decompress": "zstd",
	"compression.zlib.decompress": "zlib", "compression.gzip.decompress": "gzip", "compression.bz2.decompress": "bz2", "compression.lzma.decompress": "xz",
}

// madeNames are decoders whose name in Made is another.
var madeNames = map[string]string{"base16": "hex", "base64url": "base64"}

// decodingWith decodes the first argument.
func decodingWith(codec string) libraryFunc {
	return func(a *arguments) *Value {
		if len(a.pos) == 0 {
			if len(a.kw) == 0 {
				return nil
			}
			return decodeWith(a.kw[0].Value, codec, Bytes)
		}
		return decodeWith(a.pos[0], codec, Bytes)
	}
}

// decodeWith never returns nil: what is not known is Unknown, but decoded.
func decodeWith(v *Value, codec string, kind Kind) *Value {
	how := codec
	if made := madeNames[how]; made != "" {
		how = made
	}
	if s, ok := knownText(v); ok {
		if out := decodeKnown(s, codec); len(out) > 0 || s == "" {
			return decodedBy(carry(&Value{Kind: kind, Str: string(out)}, v), how, decodedLabel)
		}
	}
	return decodedBy(unknown(v), how, decodedLabel)
}

// decodeKnown returns nothing for what is not of the codec's form, or too long.
// The compressions are told apart by their first bytes where the codec fails,
// since one function takes several.
func decodeKnown(s, codec string) []byte {
	out, err := decode.Decode(codec, []byte(s), resultLimit)
	if err == nil {
		return out
	}
	for _, other := range alternatives[codec] {
		if out, err := decode.Decode(other, []byte(s), resultLimit); err == nil {
			return out
		}
	}
	if isLimit(err) {
		return nil
	}
	return out
}

// alternatives are the other forms that a decoder's Python function reads.
var alternatives = map[string][]string{"zlib": {"gzip", "deflate"}, "xz": {"lzma"}}

// encoder makes Bytes of a known string.
func encoder(f func([]byte) string) libraryFunc {
	return func(a *arguments) *Value {
		if len(a.pos) == 0 {
			return nil
		}
		s, ok := knownText(a.pos[0])
		if !ok || len(s) > resultLimit/2 {
			return nil
		}
		return carry(bytesOf(f([]byte(s))), a.pos[0])
	}
}

// base64Lines is MIME's base64: lines of 76 characters.
func base64Lines(s string) string {
	var out strings.Builder
	for len(s) > 0 {
		n := min(57, len(s))
		out.WriteString(base64.StdEncoding.EncodeToString([]byte(s[:n])))
		out.WriteByte('\n')
		s = s[n:]
	}
	return out.String()
}

func codecsDecode(a *arguments) *Value {
	v, codec, ok := a.codec()
	if !ok {
		return nil
	}
	if textCodecs[codecName(codec)] && isString(v) {
		return decoded(v, codec)
	}
	kind := Bytes
	if v.Kind == Text && strings.HasPrefix(codecName(codec), "rot") || strings.HasPrefix(codecName(codec), "utf") || strings.HasSuffix(codecName(codec), "escape") {
		kind = Text
	}
	if !decode.Known(codec) {
		return nil
	}
	return decodeWith(v, strings.TrimSuffix(codecLabel(codec), "_codec"), kind)
}

func codecsEncode(a *arguments) *Value {
	v, codec, ok := a.codec()
	if !ok || !isString(v) {
		return nil
	}
	return encoded(v, codec)
}

func (a *arguments) codec() (v *Value, name string, ok bool) {
	v = a.at(0, "obj")
	if v == nil {
		return nil, "", false
	}
	if a.at(1, "encoding") == nil {
		return v, "utf-8", true
	}
	name, ok = a.text(1, "encoding")
	return v, name, ok
}

// wide encodes a text in UTF-16 or UTF-32.
func wide(s, name string) string {
	var out []byte
	unit := func(n uint32, size int) {
		for i := range size {
			if strings.HasSuffix(name, "be") {
				i = size - 1 - i
			}
			out = append(out, byte(n>>(8*i)))
		}
	}
	size := 2
	if strings.HasPrefix(name, "utf32") {
		size = 4
	}
	if !strings.HasSuffix(name, "e") {
		unit(0xfeff, size)
	}
	for _, r := range s {
		if size == 2 && r > 0xffff {
			hi, lo := utf16.EncodeRune(r)
			unit(uint32(hi), 2)
			unit(uint32(lo), 2)
			continue
		}
		unit(uint32(r), size)
	}
	return string(out)
}

func checksum(f func([]byte) uint32) libraryFunc {
	return func(a *arguments) *Value {
		s, ok := a.text(0, "")
		if !ok || len(a.pos) != 1 {
			return nil
		}
		return carry(integer(int64(f([]byte(s)))), a.pos[0])
	}
}

// unmarshalled keeps the bytes: code is told apart where it is executed.
func unmarshalled(a *arguments) *Value {
	if len(a.pos) != 1 {
		return nil
	}
	v := a.pos[0]
	if !isString(v) {
		v = unknown(v)
	}
	return decodedBy(v, "marshal", vocabulary.Set(vocabulary.Decoded))
}

// object makes an object of the library that keeps one known argument as its
// Self; nothing else is remembered of it.
func object(keyword string, kind Kind) libraryFunc {
	return func(a *arguments) *Value {
		v := a.at(0, keyword)
		switch {
		case v == nil:
			v = &Value{Kind: kind}
		case !isString(v):
			return nil
		}
		return carryShallow(&Value{Kind: Ref, Str: a.name + "()", Self: v}, labelsOf(v))
	}
}

// fromHex is bytes.fromhex.
func fromHex(a *arguments) *Value {
	if len(a.pos) != 1 {
		return nil
	}
	return decodeWith(a.pos[0], "base16", Bytes)
}
