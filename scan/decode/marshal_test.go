package decode_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"pipwarden/scan/decode"
)

// sample is a harmless program that every Python from 2.7 on compiles.
const sample = `
import os, sys as system
from os import path as p, sep
BIG = 123456789012345678901234567890
NEGATIVE = -5
HALF = 0.5
IMAGINARY = 2j
def outer(a, b=1, *args, **kw):
    "A docstring."
    free = a
    def inner(x):
        return free + x
    return inner(b)
class C(object):
    limit = (1, 2, (3, 'four', None, True))
    def method(self):
        return [i * 2 for i in range(3) if i in ('x', 'y')]
squares = {k: v for k, v in zip('ab', (1, 2))}
print(p.join('x', 'y'))
print(outer(u'unicode \xe9'))
`

// describe is what a Python says of the code objects of a program.
const describe = `
import sys, marshal, json, binascii, types
source = sys.stdin.read()
code = compile(source, 'demo.py', 'exec')
out = []
def plain(x):
    if isinstance(x, types.CodeType):
        walk(x)
        return '<code>'
    if isinstance(x, (tuple, frozenset)):
        return [plain(i) for i in x]
    if isinstance(x, bool) or x is None or x is Ellipsis:
        return repr(x)
    if isinstance(x, float) or isinstance(x, int) or type(x).__name__ == 'long':
        return str(x)
    if isinstance(x, complex):
        return 'complex'
    return x
def walk(c):
    d = {'name': c.co_name, 'filename': c.co_filename, 'line': c.co_firstlineno, 'names': list(c.co_names), 'locals': list(c.co_varnames),
         'free': list(c.co_freevars), 'cells': list(c.co_cellvars), 'args': c.co_argcount, 'flags': c.co_flags,
         'code': binascii.hexlify(c.co_code).decode('ascii')}
    out.append(d)
    d['consts'] = [plain(x) for x in c.co_consts]
walk(code)
print(json.dumps({'codes': out, 'dump': binascii.hexlify(marshal.dumps(code)).decode('ascii')}))
`

type described struct {
	Codes []map[string]any
	Dump  string
}

func describeWith(t *testing.T, path, source string) described {
	t.Helper()
	cmd := exec.Command(path, "-c", describe)
	cmd.Stdin = strings.NewReader(source)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var d described
	if err := json.Unmarshal(out, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func list(s []string) []any {
	out := []any{}
	for _, x := range s {
		out = append(out, x)
	}
	return out
}

func plain(v *decode.Value) any {
	switch v.Kind {
	case decode.CodeValue:
		return "<code>"
	case decode.None:
		return "None"
	case decode.Ellipsis:
		return "Ellipsis"
	case decode.Complex:
		return "complex"
	case decode.Tuple, decode.Set:
		out := []any{}
		for _, i := range v.Items {
			out = append(out, plain(i))
		}
		return out
	}
	return v.Text
}

// TestMarshalAgainstPython compares code objects with what each Python of the
// machine says of them.
func TestMarshalAgainstPython(t *testing.T) {
	for version, path := range pythons() {
		t.Run(version, func(t *testing.T) {
			d := describeWith(t, path, sample)
			raw, err := hex.DecodeString(d.Dump)
			if err != nil {
				t.Fatal(err)
			}
			v, n, err := decode.ReadMarshal(raw, decode.ParseVersion(version))
			if err != nil || n != len(raw) {
				t.Fatalf("%d of %d bytes, %v", n, len(raw), err)
			}
			codes := v.Code.Codes()
			if len(codes) != len(d.Codes) {
				t.Fatalf("%d codes, want %d", len(codes), len(d.Codes))
			}
			for i, c := range codes {
				consts := plain(&decode.Value{Kind: decode.Tuple, Items: c.Consts})
				got := map[string]any{"name": c.Name, "filename": c.Filename, "line": float64(c.FirstLine), "names": list(c.Names), "locals": list(c.Locals),
					"free": list(c.Free), "cells": list(c.Cells), "args": float64(c.Args), "flags": float64(c.Flags),
					"code": hex.EncodeToString([]byte(c.Bytecode)), "consts": consts}
				if !reflect.DeepEqual(got, d.Codes[i]) {
					t.Errorf("%s:\n%v\nwant\n%v", c.Name, got, d.Codes[i])
				}
			}
			guessed, _, err := decode.ReadMarshal(raw, decode.Version{})
			if err != nil || decode.Skeleton(guessed.Code) != decode.Skeleton(v.Code) {
				t.Errorf("without a version: %v: %s", err, guessed.Code.Version)
			}
		})
	}
}

func TestMarshalErrors(t *testing.T) {
	deep := strings.Repeat(")\x01", 300) + "N"
	for _, in := range []string{
		"", "i\x01", "(\xff\xff\xff\x7f", "s\x10\x00\x00\x00abc", "r\x00\x00\x00\x00", "?", deep,
		"\xa9\x01r\x00\x00\x00\x00", // a tuple that holds itself
		"{N", "l\x00\x00\x00\x80", "f\x03abc", "c" + strings.Repeat("\x00", 20) + "N",
	} {
		if v, _, err := decode.ReadMarshal([]byte(in), decode.Version{Major: 3, Minor: 12}); !errors.Is(err, decode.ErrMalformed) {
			t.Errorf("ReadMarshal(%.20q) = %v, %v", in, v, err)
		}
	}
	if _, err := decode.ReadPyc([]byte("xx\r\n" + strings.Repeat("\x00", 30))); !errors.Is(err, decode.ErrUnknown) {
		t.Errorf("a foreign magic number: %v", err)
	}
}
