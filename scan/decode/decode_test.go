package decode_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"pipwarden/scan/decode"
)

// program is an inert text of the kind that is hidden.
const program = "import os\nos.system('true')\n# some more text, so that it is long enough\n"

func TestDecode(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"base64", "aW1wb3J0IG9z", "import os"},
		{"b64", "aW1w*b3J0\nIG8=ignored", "import o"},
		{"base64", "aW1wb3J0IG8", "import o"},
		{"urlsafe_base64", "-_-_", "\xfb\xff\xbf"},
		{"base64", "-_+/+/", "\xfb\xff\xbf"},
		{"HEX", "696D 706f7274", "import"},
		{"base32", "NFWXA33SOQ======", "import"},
		{"base32", "nfwxa33soq", "import"},
		{"rot13", "vzcbeg bf", "import os"},
		{"utf-16", "\xff\xfei\x00m\x00", "im"},
		{"utf-16-be", "\x00i\x00m", "im"},
		{"utf_32", "\xff\xfe\x00\x00i\x00\x00\x00", "i"},
		{"utf-16-le", "\x3d\xd8\x00\xde", "\U0001F600"},
		{"utf-16-le", "\x3d\xd8a\x00", "\xed\xa0\xbda"},
		{"unicode_escape", `\x69\155\u0070\n\q\\`, "imp\n\\q\\"},
		{"unicode-escape", `\u12`, `\u12`},
		{"unicode-escape", `\`, `\`},
		{"raw_unicode_escape", `\u0069\n`, `i\n`},
		{"utf-7", "+AGkAbQ-port +-", "import +"},
		{"quopri", "=69mport =\nos=3D", "import os="},
		{"percent", "%69mport+%zz%4", "import+%zz%4"},
		{"uu", "begin 666 x\n&:6UP;W)T\n \nend\n", "import"},
		{"uu", "&:6UP;W)T", "import"},
		{"punycode", "bcher-kva", "bücher"},
		{"punycode", "3B-ww4c5e180e575a65lsy2b", "3年B組金八先生"},
		{"reverse", "sé", "és"},
		{"latin-1", "\xe9", "é"},
		{"utf-8-sig", "\xef\xbb\xbfé", "é"},
	} {
		out, err := decode.Decode(c.name, []byte(c.in), 0)
		if string(out) != c.want || err != nil {
			t.Errorf("Decode(%s, %q) = %q, %v; want %q", c.name, c.in, out, err, c.want)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	for _, c := range []struct {
		name, in, out string
		err           error
	}{
		{"klingon", "x", "", decode.ErrUnknown},
		{"hex", "696", "i", decode.ErrMalformed},
		{"base64", "aW1wa", "imp", decode.ErrMalformed},
		{"utf-16-le", "i\x00m", "i", decode.ErrMalformed},
		{"xz", "\xfd7zXZ\x00", "", decode.ErrMalformed},
		{"percent", strings.Repeat("x", 101), strings.Repeat("x", 100), decode.ErrLimit},
	} {
		out, err := decode.Decode(c.name, []byte(c.in), 100)
		var typed *decode.Error
		if string(out) != c.out || !errors.Is(err, c.err) || !errors.As(err, &typed) || typed.Name != c.name {
			t.Errorf("Decode(%s, %q) = %q, %v; want %q, %v", c.name, c.in, out, err, c.out, c.err)
		}
	}
}

func TestFernet(t *testing.T) {
	// The vector of the specification.
	key := []byte("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=")
	token := []byte("gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==")
	out, err := decode.Fernet(key, token, 0)
	if string(out) != "hello" || err != nil {
		t.Errorf("got %q, %v", out, err)
	}
	token[30]++
	if _, err := decode.Fernet(key, token, 0); !errors.Is(err, decode.ErrMalformed) {
		t.Errorf("a changed token: %v", err)
	}
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// TestCipher holds vectors of NIST SP 800-38A and of the AES-GCM submission.
func TestCipher(t *testing.T) {
	key := unhex("2b7e151628aed2a6abf7158809cf4f3c")
	iv := unhex("000102030405060708090a0b0c0d0e0f")
	plain := unhex("6bc1bee22e409f96e93d7e117393172a")
	for _, c := range []struct {
		c    decode.Cipher
		data string
	}{
		{decode.Cipher{Mode: "ecb", Key: key}, "3ad77bb40d7a3660a89ecaf32466ef97"},
		{decode.Cipher{Mode: "cbc", Key: key, IV: iv}, "7649abac8119b246cee98e9b12e9197d"},
		{decode.Cipher{Mode: "cfb", Key: key, IV: iv}, "3b3fd92eb72dad20333449f8e83cfb4a"},
		{decode.Cipher{Mode: "cfb8", Key: key, IV: iv}, "3b79424c9c0dd436bace9e0ed4586a4f"},
		{decode.Cipher{Mode: "ofb", Key: key, IV: iv}, "3b3fd92eb72dad20333449f8e83cfb4a"},
		{decode.Cipher{Mode: "ctr", Key: key, IV: unhex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")}, "874d6191b620e3261bef6864990db6ce"},
	} {
		if out, err := c.c.Decrypt(unhex(c.data)); !bytes.Equal(out, plain) || err != nil {
			t.Errorf("%s: %x, %v", c.c.Mode, out, err)
		}
	}
	gcm := decode.Cipher{Mode: "gcm", Key: make([]byte, 16), IV: make([]byte, 12), Tag: 16}
	out, err := gcm.Decrypt(unhex("0388dace60b6a392f328c2b971b2fe78 ab6e47d42cec13bdf53a67b21257bddf"))
	if !bytes.Equal(out, make([]byte, 16)) || err != nil {
		t.Errorf("gcm: %x, %v", out, err)
	}
	for _, c := range []decode.Cipher{{Mode: "cbc", Key: key}, {Mode: "ecb", Key: key[1:]}, {Mode: "gcm", Key: key}, {Mode: "x", Key: key, IV: iv}, {Algorithm: "x"}, {Mode: "ctr", Key: key, IV: make([]byte, 17)}} {
		if out, err := c.Decrypt(make([]byte, 8)); err == nil {
			t.Errorf("%+v: %x without an error", c, out)
		}
	}
}

// TestStreams holds vectors of RFC 8439 (section 2.4.2) and of ARC4.
func TestStreams(t *testing.T) {
	key := unhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
	data := unhex("6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d807ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab77937365af90bbf74a35be6b40b8eedf2785e42874d")
	out, err := decode.ChaCha20(key, unhex("000000000000004a00000000"), 1, data)
	if !strings.HasPrefix(string(out), "Ladies and Gentlemen of the class of '99") || !strings.HasSuffix(string(out), "sunscreen would be it.") || err != nil {
		t.Errorf("chacha20: %q, %v", out, err)
	}
	out, err = decode.RC4([]byte("Key"), unhex("bbf316e8d940af0ad3"))
	if string(out) != "Plaintext" || err != nil {
		t.Errorf("rc4: %q, %v", out, err)
	}
	if out := decode.Xor([]byte("abc"), []byte{1, 2}); string(out) != "``b" {
		t.Errorf("xor: %q", out)
	}
}
