package decode_test

import (
	"encoding/hex"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pipwarden/scan/decode"
)

// TestPickleAgainstPython reads pickles of objects that a Python makes in all
// protocols.
func TestPickleAgainstPython(t *testing.T) {
	out := runPython(t, `
import pickle, collections, datetime, fractions, decimal, os
class R:
    def __init__(self, f, *a): self.v = (f, a)
    def __reduce__(self): return self.v
shared = ['x' * 20]
for p in range(6):
    for name, o in [
        ("", [1, -2, 70000, 2**70, 1.5, None, True, 'text', b'bytes', ('a',), {'k': {1}}, shared, shared, frozenset('ab')]),
        ("collections.OrderedDict", collections.OrderedDict(a=1)),
        ("fractions.Fraction('1/3')", fractions.Fraction(1, 3)),
        ("print('harmless text', 7)", R(print, 'harmless text', 7)),
        ("os.path.join", R(os.path.join, 'a', R(str.upper, 'b'))),
    ]:
        print(p, name, pickle.dumps(o, p).hex(), sep='|')
`)
	for line := range strings.Lines(out) {
		f := strings.Split(strings.TrimSpace(line), "|")
		raw, err := hex.DecodeString(f[2])
		if err != nil {
			t.Fatal(err)
		}
		p, err := decode.ReadPickle(raw)
		if err != nil || p.Length != len(raw) || f[0] >= "2" && p.Protocol != int(f[0][0]-'0') {
			t.Errorf("protocol %s, %s: %v, %d of %d bytes, protocol %d", f[0], f[1], err, p.Length, len(raw), p.Protocol)
			continue
		}
		var calls []string
		for _, c := range p.Calls {
			calls = append(calls, c.Name+"("+strings.Join(c.Args, ", ")+")")
		}
		name, _, _ := strings.Cut(f[1], "(")
		ok := slices.ContainsFunc(append(calls, p.Imports...), func(s string) bool {
			s = strings.NewReplacer("__builtin__", "builtins", "posixpath", "os.path").Replace(s)
			return strings.HasPrefix(strings.TrimPrefix(s, "builtins."), f[1]) || s == name
		})
		if f[1] != "" && !ok {
			t.Errorf("protocol %s, %s: calls %q, imports %q", f[0], f[1], calls, p.Imports)
		}
	}
}

func TestPickle(t *testing.T) {
	for _, c := range []struct {
		name, in string
		calls    []decode.PickleCall
	}{
		{"protocol 0", "cposix\nsystem\n(S'true'\ntR.", []decode.PickleCall{{Name: "posix.system", Args: []string{"'true'"}}}},
		{"inst", "(S'true'\nios\nsystem\n.", []decode.PickleCall{{Name: "os.system", Args: []string{"'true'"}}}},
		{"obj", "(cos\nsystem\nS'true'\no.", []decode.PickleCall{{Name: "os.system", Args: []string{"'true'"}}}},
		{"stack global", "\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x8c\x04true\x85R.", []decode.PickleCall{{Name: "os.system", Args: []string{"'true'"}}}},
		{"memo", "\x80\x04\x8c\x02os\x94\x8c\x06system\x94h\x00h\x01\x93)R.", []decode.PickleCall{{Name: "os.system"}}},
		{"getattr", "cbuiltins\ngetattr\n(c__builtin__\n__import__\n(S'os'\ntRS'system'\ntR(S'true'\ntR.", []decode.PickleCall{
			{Name: "__builtin__.__import__", Args: []string{"'os'"}}, {Name: "builtins.getattr", Args: []string{"os", "'system'"}}, {Name: "os.system", Args: []string{"'true'"}}}},
		{"broken off", "cos\nsystem\n(S'true'\ntR\xff", []decode.PickleCall{{Name: "os.system", Args: []string{"'true'"}}}},
		{"list", "\x80\x03csubprocess\nPopen\n]q\x00(X\x02\x00\x00\x00shX\x02\x00\x00\x00-ce\x85R.", []decode.PickleCall{{Name: "subprocess.Popen", Args: []string{"['sh', '-c']"}}}},
	} {
		p, err := decode.ReadPickle([]byte(c.in))
		if c.calls != nil && !reflect.DeepEqual(p.Calls, c.calls) {
			t.Errorf("%s: %q, want %q (%v)", c.name, p.Calls, c.calls, err)
		}
	}
	for _, in := range []string{"", "English text", "c", "cos", "\x80", "X\xff\xff\xff\xff", "\x8e\xff\xff\xff\xff\xff\xff\xff\xff.", "gx\n.", "R", "(((((ttttt", strings.Repeat("]", 5000)} {
		if p, err := decode.ReadPickle([]byte(in)); err == nil && !strings.HasSuffix(in, ".") {
			t.Errorf("ReadPickle(%.20q) = %+v without an error", in, p)
		}
	}
}
