package flow

import (
	"compress/zlib"
	"strings"
	"testing"

	"pipwarden/scan/python"
)

// TestMeter holds that no operation over large values goes on for ever, and
// that those over small ones do.
func TestMeter(t *testing.T) {
	items := make([]*Value, 100_000)
	for i := range items {
		items[i] = integer(int64(i))
	}
	large, numbers := text(strings.Repeat("a", 1<<20)), list(items)
	array := &Value{Kind: Bytes, Str: large.Str}
	for name, f := range map[string]func(m *meter) *Value{
		"binary":  func(m *meter) *Value { return m.binary(python.Add, large, text("b")) },
		"compare": func(m *meter) *Value { return m.compare(python.In, text("b"), numbers) },
		"slice":   func(m *meter) *Value { return m.slice(large, nil, nil, integer(-1)) },
		"sorted": func(m *meter) *Value {
			v, _ := m.library(reference("builtins.sorted"), []*Value{numbers}, nil, nil)
			return v
		},
		"replace": func(m *meter) *Value {
			v, _ := m.method(large, "replace", []*Value{text("a"), text("b")}, nil, nil)
			return v
		},
		"bomb": func(m *meter) *Value {
			v, _ := m.library(reference("zlib.decompress"), []*Value{bytesOf(bomb)}, nil, nil)
			return v
		},
		"append": func(m *meter) *Value { v, _ := m.method(array, "append", []*Value{integer(1)}, nil, nil); return v },
		"range": func(m *meter) *Value {
			v, _ := m.library(reference("builtins.range"), []*Value{integer(100_000)}, nil, nil)
			return v
		},
		"repeat": func(m *meter) *Value { return m.binary(python.Mult, text("a"), integer(1<<20)) },
		"pad": func(m *meter) *Value {
			v, _ := m.method(text("a"), "ljust", []*Value{integer(1 << 20)}, nil, nil)
			return v
		},
		"findall": func(m *meter) *Value {
			v, _ := m.library(reference("re.findall"), []*Value{text("b"), large}, nil, nil)
			return v
		},
		"mapped": func(m *meter) *Value {
			v, _ := m.library(reference("builtins.map"), []*Value{reference("zlib.decompress"), list([]*Value{bytesOf(bomb)})}, nil, nil)
			return v
		},
	} {
		m := &meter{}
		before := 0
		for range 2 {
			f(m)
			if m.spent <= before {
				t.Errorf("%s costs nothing", name)
			}
			before = m.spent
		}
		m.spent = effortLimit + 1
		if v := f(m); v != nil && known(v) {
			t.Errorf("%s goes on beyond the limit: %s", name, render(v))
		}
		if v := m.binary(python.Add, text("a"), text("b")); render(v) != "'ab'" {
			t.Errorf("beyond the limit, 'a' + 'b' is %s", render(v))
		}
	}
}

// TestNested holds that questions about values that hold each other many times
// over end.
func TestNested(t *testing.T) {
	nest := func() *Value {
		v := list([]*Value{text("x")})
		for range 30 {
			items := make([]*Value, 200)
			for i := range items {
				items[i] = v
			}
			items[100] = text("y")
			v = list(items)
		}
		return v
	}
	a, b := nest(), nest()
	a.Items[5] = a
	m := &meter{}
	m.compare(python.Eq, a, b)
	m.compare(python.Lt, a, b)
	m.compare(python.In, a, b)
	m.labels(a)
	m.library(reference("json.dumps"), []*Value{b}, nil, nil)
	m.library(reference("builtins.repr"), []*Value{b}, nil, nil)
	m.library(reference("copy.deepcopy"), []*Value{a}, nil, nil)
	join(a, b)
	keyOf(tuple([]*Value{a, b}))
	if render(a); known(a) {
		t.Error("a list that holds itself is known")
	}
	if m.spent == 0 {
		t.Error("a deep list costs nothing")
	}
}

// bomb is 16 MiB of zeros, compressed.
var bomb = func() string {
	var out strings.Builder
	w := zlib.NewWriter(&out)
	w.Write(make([]byte, 16<<20))
	w.Close()
	return out.String()
}()
