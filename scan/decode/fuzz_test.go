package decode_test

import (
	"encoding/hex"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"pipwarden/scan/decode"
	"pipwarden/scan/python"
)

// recorded are marshalled code objects of one small program, by the version that
// wrote them: testdata/marshalled.txt, made by testdata/marshalled.py.
func recorded(tb testing.TB) map[string][]byte {
	tb.Helper()
	text, err := os.ReadFile("testdata/marshalled.txt")
	if err != nil {
		tb.Fatal(err)
	}
	out := map[string][]byte{}
	for line := range strings.Lines(string(text)) {
		version, digits, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || version == "#" {
			continue
		}
		if out[version], err = hex.DecodeString(digits); err != nil {
			tb.Fatal(err)
		}
	}
	return out
}

// FuzzMarshal holds that any input is read or refused, that reading the code
// inside ends, and that what comes out is bounded.
func FuzzMarshal(f *testing.F) {
	for version, raw := range recorded(f) {
		v := decode.ParseVersion(version)
		f.Add(byte(v.Major), byte(v.Minor), raw)
		f.Add(byte(0), byte(0), raw)
	}
	f.Add(byte(3), byte(12), []byte("\xa9\x01r\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, major, minor byte, in []byte) {
		v, n, err := decode.ReadMarshal(in, decode.Version{Major: int(major), Minor: int(minor)})
		if err != nil {
			return
		}
		if n > len(in) {
			t.Errorf("%d of %d bytes", n, len(in))
		}
		if v.Code == nil {
			return
		}
		v.Code.Words()
		if r := v.Code.Read(); len(r.Source) > 4<<20+200*len(in) {
			t.Errorf("%d bytes of source from %d", len(r.Source), len(in))
		}
	})
}

// FuzzRead holds that any bytecode is read, in bounded time and size, and gives a
// source that the parser reads to its end.
func FuzzRead(f *testing.F) {
	dumps := recorded(f)
	versions := slices.Sorted(maps.Keys(dumps))
	for i, version := range versions {
		v, _, err := decode.ReadMarshal(dumps[version], decode.ParseVersion(version))
		if err != nil {
			f.Fatal(err)
		}
		for j, c := range v.Code.Codes() {
			f.Add(byte(i), byte(j), []byte(c.Bytecode), []byte{})
		}
	}
	f.Fuzz(func(t *testing.T, which, inner byte, bytecode, exceptions []byte) {
		version := versions[int(which)%len(versions)]
		v, _, err := decode.ReadMarshal(dumps[version], decode.ParseVersion(version))
		if err != nil {
			t.Fatal(err)
		}
		codes := v.Code.Codes()
		codes[int(inner)%len(codes)].Replace(string(bytecode), string(exceptions))
		r := v.Code.Read()
		if len(r.Source) > 1<<20+100*len(bytecode) {
			t.Errorf("%d bytes of source from %d", len(r.Source), len(bytecode))
		}
		python.Parse([]byte(r.Source), python.Options{})
	})
}

// FuzzPyc is FuzzMarshal with a header.
func FuzzPyc(f *testing.F) {
	for _, raw := range recorded(f) {
		f.Add(append([]byte("\xcb\r\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), raw...))
	}
	f.Fuzz(func(_ *testing.T, in []byte) {
		if p, err := decode.ReadPyc(in); err == nil {
			p.Code.Calls()
		}
	})
}

// FuzzPickle holds that any input is read or refused, in bounded size.
func FuzzPickle(f *testing.F) {
	for _, in := range []string{
		"cposix\nsystem\n(S'true'\ntR.", "(S'true'\nios\nsystem\n.", "\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94\x8c\x06system\x94\x93\x8c\x04true\x85R.",
		"\x80\x02ccollections\nOrderedDict\nq\x00]q\x01]q\x02(U\x01aK\x01eae\x85q\x03Rq\x04}(K\x01K\x02ub.", "\x80\x03]q\x00(h\x00h\x00e.", "(lp0\nI1\nag0\na.", "\x8a\x02\x01\x02G@\x00\x00\x00\x00\x00\x00\x00\x92.",
	} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		p, _ := decode.ReadPickle(in)
		size := 0
		for _, c := range p.Calls {
			size += len(c.Name)
			for _, a := range c.Args {
				size += len(a)
			}
		}
		if p.Length > len(in) || size > 64*250*(len(in)+1) || len(p.Imports) > len(in) {
			t.Errorf("%d bytes of calls from %d", size, len(in))
		}
	})
}

// FuzzDecode holds the limit, and that the input stays as it is.
func FuzzDecode(f *testing.F) {
	names := decode.Names()
	for i := range names {
		f.Add(byte(i), []byte(program))
		f.Add(byte(i), zlibbed([]byte(program)))
		f.Add(byte(i), gzipped([]byte(program)))
	}
	f.Add(byte(0), []byte("\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4F\x02\x00!\x01\x16\x00\x00\x00t/\xe5\xa3\x01\x00\x05import\x00\x00"))
	f.Fuzz(func(t *testing.T, which byte, in []byte) {
		name := names[int(which)%len(names)]
		before := string(in)
		out, err := decode.Decode(name, in, 10_000)
		if len(out) > 10_000 || err == nil && len(out) > 0 && len(in) == 0 {
			t.Errorf("%s: %d bytes from %d", name, len(out), len(in))
		}
		if string(in) != before {
			t.Errorf("%s changed its input", name)
		}
		key := in[:min(len(in), 32)]
		for _, mode := range []string{"ecb", "cbc", "ctr", "cfb", "cfb8", "ofb", "gcm"} {
			_, _ = decode.Cipher{Mode: mode, Key: key, IV: key, Tag: int(which) - 100, Unpad: true}.Decrypt(in)
		}
		_, _ = decode.Fernet(key, in, 1000)
		_, _ = decode.ChaCha20(key, key, uint32(which), in)
		_, _ = decode.RC4(key, in)
	})
}

// FuzzGuess holds that a guess ends, and gives an output and a name or neither.
func FuzzGuess(f *testing.F) {
	for _, in := range []string{program, b64([]byte(program)), hex.EncodeToString([]byte(program)), "1, 2, 3", reversed(b64([]byte(program))), b64(wide(program)), "<~87cURD]i~>", `\x69\x6d\x70`, "vzcbeg bf"} {
		f.Add([]byte(in))
	}
	f.Add(zlibbed([]byte(program)))
	f.Fuzz(func(t *testing.T, in []byte) {
		name, out, ok := decode.Guess(in)
		if ok != (name != "") || ok && len(out) == 0 {
			t.Errorf("Guess(%.40q) = %q, %.40q, %v", in, name, out, ok)
		}
		decode.ContentOf(in)
	})
}
