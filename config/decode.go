package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"pipwarden/policy"
)

// A decoder moves a TOML text into a struct. It goes on after a problem, so
// that a person reads all of them at once.
type decoder struct {
	file     string
	lines    map[string]int
	origins  map[string]policy.Origin
	problems Errors
	keys     []string // all keys of the whole form, for the nearest
}

// decode reads text strictly into the struct that to points to. What it holds
// already are the defaults. It returns where each key was set.
func decode(file, text string, to any) (map[string]policy.Origin, Errors) {
	d := &decoder{file: file, origins: make(map[string]policy.Origin)}
	var raw map[string]any
	if _, err := toml.Decode(text, &raw); err != nil {
		return nil, Errors{d.syntax(err)}
	}
	d.lines = locate(text)
	v := reflect.ValueOf(to).Elem()
	d.keys = allKeys(v.Type(), "")
	d.table(v, raw, "")
	d.problems.sort()
	return d.origins, d.problems
}

// syntax is for a text that is not TOML.
func (d *decoder) syntax(err error) *Error {
	var bad toml.ParseError
	if errors.As(err, &bad) {
		return &Error{File: d.file, Line: bad.Position.Line, Key: bad.LastKey, Problem: "not TOML: " + ascii(bad.Message)}
	}
	return &Error{File: d.file, Problem: "not TOML: " + ascii(err.Error())}
}

// ascii keeps a file's bytes from reaching the terminal as they are.
func ascii(s string) string {
	q := quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

// allKeys lists all keys that a form can have, without numbers of tables.
func allKeys(t reflect.Type, path string) []string {
	var out []string
	for _, f := range fieldsOf(t) {
		key, ft := joinKey(path, f.name), t.Field(f.index).Type
		switch kindOf(ft) {
		case kindTable:
			out = append(out, allKeys(ft, key)...)
		case kindTables:
			out = append(out, allKeys(ft.Elem(), key)...)
		}
		out = append(out, key)
	}
	return out
}

// problem notes what is wrong with a key.
func (d *decoder) problem(key, format string, args ...any) *Error {
	e := &Error{File: d.file, Line: d.lines[key], Key: key, Problem: fmt.Sprintf(format, args...)}
	d.problems = append(d.problems, e)
	return e
}

// set notes that a key was set here.
func (d *decoder) set(key string) {
	d.origins[key] = policy.Origin{Source: d.file, Line: d.lines[key]}
}

// table reads one table.
func (d *decoder) table(v reflect.Value, raw map[string]any, path string) {
	fields := fieldsOf(v.Type())
	for _, name := range d.inOrder(raw, path) {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		if i < 0 {
			d.unknown(fields, path, name)
			continue
		}
		d.value(v.Field(fields[i].index), raw[name], joinKey(path, name))
	}
	for _, f := range fields {
		if _, ok := raw[f.name]; f.required && !ok {
			e := d.problem(joinKey(path, f.name), "is missing")
			e.Line = d.lines[path]
		}
	}
}

// inOrder lists the keys of a table by their lines.
func (d *decoder) inOrder(raw map[string]any, path string) []string {
	names := make([]string, 0, len(raw))
	for name := range raw {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if la, lb := d.lines[joinKey(path, a)], d.lines[joinKey(path, b)]; la != lb {
			return la - lb
		}
		return strings.Compare(a, b)
	})
	return names
}

// unknown reports a key that is not known, with the known one that it may have
// been: the same word in another table, else the nearest in this one.
func (d *decoder) unknown(fields []field, path, name string) {
	e := d.problem(joinKey(path, name), "unknown key")
	for _, key := range d.keys {
		if key[strings.LastIndexByte(key, '.')+1:] == name {
			e.Nearest = key
			return
		}
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	if near := policy.Nearest(name, names); near != "" {
		e.Nearest = joinKey(path, near)
	}
}

// value reads one value.
func (d *decoder) value(v reflect.Value, raw any, key string) {
	d.set(key)
	switch kindOf(v.Type()) {
	case kindTable:
		if m, ok := raw.(map[string]any); ok {
			d.table(v, m, key)
			return
		}
		d.problem(key, "want a table, got %s", typeName(raw))
	case kindTables:
		d.tables(v, raw, key)
	case kindActions:
		d.actions(v, raw, key)
	case kindWords:
		d.words(v, raw, key)
	case kindText:
		d.text(v, raw, key)
	case kindString:
		if s, ok := raw.(string); ok {
			v.SetString(s)
			return
		}
		d.problem(key, "want a string, got %s", typeName(raw))
	case kindBool, kindMaybe:
		b, ok := raw.(bool)
		switch {
		case !ok:
			d.problem(key, "want true or false, got %s", typeName(raw))
		case v.Kind() == reflect.Pointer:
			v.Set(reflect.ValueOf(&b))
		default:
			v.SetBool(b)
		}
	case kindInt:
		d.number(v, raw, key)
	}
}

func (d *decoder) number(v reflect.Value, raw any, key string) {
	n, ok := raw.(int64)
	switch {
	case !ok:
		d.problem(key, "want a whole number, got %s", typeName(raw))
	case v.OverflowInt(n):
		d.problem(key, "%d is too large", n)
	default:
		v.SetInt(n)
	}
}

// text reads a value that has a text form: a string, or a date written bare.
func (d *decoder) text(v reflect.Value, raw any, key string) {
	text, ok := raw.(string)
	if t, isTime := raw.(time.Time); isTime {
		text, ok = timeText(t), true
	}
	if !ok {
		d.problem(key, "want a string%s, got %s", sample(v), typeName(raw))
		return
	}
	if err := unmarshalText(v, text); err != nil {
		if strings.HasPrefix(err.Error(), "want") {
			err = fmt.Errorf("got %s, %w", quote(text), err)
			if _, secret := v.Interface().(URL); secret {
				err = errors.Unwrap(err)
			}
		}
		d.problem(key, "%v", err)
	}
}

// sample shows how a value of the type is written.
func sample(v reflect.Value) string {
	switch v.Interface().(type) {
	case Duration:
		return ` such as "48h"`
	case Size:
		return ` such as "512MiB"`
	case policy.Expiry:
		return " or a date such as 2026-12-24"
	}
	return ""
}

// timeText writes a TOML time as text. The parser marks local dates and times
// by the name of their zone; those without a zone are no moment.
func timeText(t time.Time) string {
	switch t.Location().String() {
	case "date-local":
		return t.Format(time.DateOnly)
	case "datetime-local", "time-local":
		return t.Format("2006-01-02T15:04:05") + " without a time zone"
	}
	return t.Format(time.RFC3339Nano)
}

// words reads a list of strings; a single string is a list of one.
func (d *decoder) words(v reflect.Value, raw any, key string) {
	if s, ok := raw.(string); ok {
		v.Set(reflect.ValueOf([]string{s}))
		return
	}
	list, ok := raw.([]any)
	if !ok {
		d.problem(key, "want a list of strings, got %s", typeName(raw))
		return
	}
	words := make([]string, 0, len(list))
	for i, item := range list {
		s, ok := item.(string)
		if !ok {
			d.problem(joinIndex(key, i), "want a string, got %s", typeName(item))
			continue
		}
		words = append(words, s)
	}
	v.Set(reflect.ValueOf(words))
}

// tables reads an array of tables.
func (d *decoder) tables(v reflect.Value, raw any, key string) {
	var list []map[string]any
	switch raw := raw.(type) {
	case []map[string]any:
		list = raw
	case []any:
		for i, item := range raw {
			m, ok := item.(map[string]any)
			if !ok {
				d.problem(joinIndex(key, i), "want a table, got %s", typeName(item))
				return
			}
			list = append(list, m)
		}
	default:
		d.problem(key, "want tables: write [[%s]], not [%s]", key, key)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
	for i, m := range list {
		d.set(joinIndex(key, i))
		d.table(v.Index(i), m, joinIndex(key, i))
	}
}

// actions reads a table of actions by id, over the defaults.
func (d *decoder) actions(v reflect.Value, raw any, key string) {
	m, ok := raw.(map[string]any)
	if !ok {
		d.problem(key, "want a table, got %s", typeName(raw))
		return
	}
	out := reflect.MakeMap(v.Type())
	for _, id := range v.MapKeys() {
		out.SetMapIndex(id, v.MapIndex(id))
	}
	for _, id := range d.inOrder(m, key) {
		action := reflect.New(v.Type().Elem()).Elem()
		at := joinKey(key, id)
		d.set(at)
		d.text(action, m[id], at)
		out.SetMapIndex(reflect.ValueOf(id), action)
	}
	v.Set(out)
}

// typeName names the type of a TOML value.
func typeName(raw any) string {
	switch raw := raw.(type) {
	case string:
		return "the string " + quote(raw)
	case bool:
		return fmt.Sprintf("the boolean %t", raw)
	case int64:
		return fmt.Sprintf("the number %d", raw)
	case float64:
		return fmt.Sprintf("the number %v", raw)
	case time.Time:
		return "a time"
	case map[string]any:
		return "a table"
	}
	return "a list"
}
