package decode_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pipwarden/scan/decode"
)

// pythons are the interpreters of the machine by version, pyenv's and those in
// PATH. They run programs that these tests contain, and nothing else.
func pythons() map[string]string {
	found := map[string]string{}
	home, _ := os.UserHomeDir()
	for _, v := range []string{"2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"} {
		if path, err := exec.LookPath("python" + v); err == nil && exec.Command(path, "-c", "").Run() == nil {
			found[v] = path
			continue
		}
		if paths, _ := filepath.Glob(filepath.Join(home, ".pyenv", "versions", v+".*", "bin", "python")); len(paths) > 0 {
			found[v] = paths[0]
		}
	}
	return found
}

// runPython runs a program of a test in the newest interpreter.
func runPython(t *testing.T, program string) string {
	t.Helper()
	found := pythons()
	for _, v := range []string{"3.13", "3.12", "3.11", "3.10", "3.9", "3.8"} {
		if path := found[v]; path != "" {
			cmd := exec.Command(path, "-c", program)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("python %s: %v\n%s", v, err, stderr.String())
			}
			return string(out)
		}
	}
	t.Skip("no Python 3.8 or newer")
	return ""
}

// TestDecodeAgainstPython decodes what Python's own encoders make.
func TestDecodeAgainstPython(t *testing.T) {
	out := runPython(t, `
import base64, binascii, bz2, codecs, gzip, lzma, zlib
c = zlib.compressobj(9, zlib.DEFLATED, -15)
samples = [b"", b"a", bytes(range(256)) * 3, b"import os\n" * 1000, b"\0" * 9, b"    " * 8, bytes(300000)]
encoders = {
    "base16": base64.b16encode, "base32": base64.b32encode, "base64": base64.b64encode, "base64url": base64.urlsafe_b64encode,
    "base64codec": lambda b: codecs.encode(b, "base64"), "base85": base64.b85encode, "ascii85": base64.a85encode,
    "a85": lambda b: base64.a85encode(b, adobe=True, foldspaces=True, wrapcol=60),
    "uu": lambda b: codecs.encode(b, "uu"), "quopri": lambda b: codecs.encode(b, "quopri"),
    "zlib": zlib.compress, "zip": gzip.compress, "gzip": lambda b: gzip.compress(b) + gzip.compress(b"")[:0],
    "deflate": lambda b: (lambda c: c.compress(b) + c.flush())(zlib.compressobj(9, zlib.DEFLATED, -15)),
    "bz2": bz2.compress, "xz": lzma.compress, "lzma": lambda b: lzma.compress(b, format=lzma.FORMAT_ALONE),
    "xz ": lambda b: lzma.compress(b, check=lzma.CHECK_SHA256, preset=9), "LZMA": lzma.compress,
}
for name, encode in encoders.items():
    for s in samples:
        print(name, binascii.hexlify(s).decode(), binascii.hexlify(encode(s)).decode(), sep="|")
for name in ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-7", "utf-8-sig", "unicode_escape", "raw_unicode_escape", "punycode", "rot13"]:
    for s in ["", "import os", "bücher 北 \U0001F600 \\ + \n\t'", "+-~", "a-b"]:
        e = codecs.encode(s, name)
        e = e.encode() if isinstance(e, str) else e
        print(name, s.encode().hex(), e.hex(), sep="|")
`)
	n := 0
	for line := range strings.Lines(out) {
		f := strings.Split(strings.TrimRight(line, "\n"), "|")
		want, _ := hex.DecodeString(f[1])
		in, err := hex.DecodeString(f[2])
		if err != nil {
			t.Fatal(err)
		}
		got, err := decode.Decode(f[0], in, 0)
		if !bytes.Equal(got, want) || err != nil {
			t.Errorf("%s of %.40x: %.60x, %v; want %.60x", f[0], in, got, err, want)
		}
		if n++; len(want) > 100_000 {
			got, err = decode.Decode(f[0], in, 1000)
			if !bytes.Equal(got, want[:1000]) || err == nil {
				t.Errorf("%s with a limit: %d bytes, %v", f[0], len(got), err)
			}
		}
	}
	t.Logf("%d samples", n)
}
