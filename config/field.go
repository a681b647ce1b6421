package config

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// A field is a key of a table: the field of a struct that has a toml tag.
type field struct {
	name     string
	index    int
	required bool
}

// fieldsOf lists the keys of a table's type in the order of the source.
func fieldsOf(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		name, option, _ := strings.Cut(t.Field(i).Tag.Get("toml"), ",")
		if name != "" && name != "-" {
			out = append(out, field{name, i, option == "required"})
		}
	}
	return out
}

// kind says how a value is read and shown.
type kind uint8

const (
	kindText   kind = iota // implements encoding.TextUnmarshaler
	kindString             //
	kindBool
	kindInt
	kindWords   // []string
	kindTable   // struct
	kindTables  // []struct
	kindActions // map[string]Action: a table with free keys
	kindMaybe   // *bool
)

var textType = reflect.TypeFor[encoding.TextUnmarshaler]()

// kindOf panics for a type that no configuration may have: a programmer's error
// that every test would find.
func kindOf(t reflect.Type) kind {
	if reflect.PointerTo(t).Implements(textType) {
		return kindText
	}
	switch t.Kind() {
	case reflect.String:
		return kindString
	case reflect.Bool:
		return kindBool
	case reflect.Int:
		return kindInt
	case reflect.Struct:
		return kindTable
	case reflect.Map:
		return kindActions
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Struct {
			return kindTables
		}
		return kindWords
	case reflect.Pointer:
		return kindMaybe
	}
	panic("config: no TOML form for " + t.String())
}

// walk calls visit for every value below v that is not itself a table, with its
// key, in the order of the source; and for tables in arrays by number.
func walk(v reflect.Value, path string, visit func(key string, v reflect.Value)) {
	for _, f := range fieldsOf(v.Type()) {
		key, value := joinKey(path, f.name), v.Field(f.index)
		switch kindOf(value.Type()) {
		case kindTable:
			walk(value, key, visit)
		case kindTables:
			for i := range value.Len() {
				walk(value.Index(i), joinIndex(key, i), visit)
			}
		case kindActions:
			ids := value.MapKeys()
			slices.SortFunc(ids, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
			for _, id := range ids {
				visit(joinKey(key, id.String()), value.MapIndex(id))
			}
		default:
			visit(key, value)
		}
	}
}

// render writes a value as TOML does.
func render(v reflect.Value) string {
	switch kindOf(v.Type()) {
	case kindText:
		if m, ok := v.Interface().(encoding.TextMarshaler); ok {
			text, err := m.MarshalText()
			if err == nil {
				return strconv.QuoteToASCII(string(text))
			}
		}
		return strconv.QuoteToASCII(fmt.Sprint(v.Interface()))
	case kindString:
		return strconv.QuoteToASCII(v.String())
	case kindWords:
		words := make([]string, v.Len())
		for i := range words {
			words[i] = strconv.QuoteToASCII(v.Index(i).String())
		}
		return "[" + strings.Join(words, ", ") + "]"
	}
	return fmt.Sprint(v.Interface())
}

// setText gives a scalar or a list the value that a text stands for, as the
// environment and flags have it. Members of a list are separated by commas.
func setText(v reflect.Value, text string) error {
	switch kindOf(v.Type()) {
	case kindText:
		return unmarshalText(v, text)
	case kindString:
		v.SetString(text)
	case kindBool:
		switch text {
		case "true", "false":
			v.SetBool(text == "true")
		default:
			return fmt.Errorf("want true or false, got %s", quote(text))
		}
	case kindInt:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("want a whole number, got %s", quote(text))
		}
		v.SetInt(int64(n))
	case kindWords:
		words := []string{}
		for _, w := range strings.Split(text, ",") {
			if w = strings.TrimSpace(w); w != "" {
				words = append(words, w)
			}
		}
		v.Set(reflect.ValueOf(words))
	default:
		return fmt.Errorf("can be set in the file only")
	}
	return nil
}

func unmarshalText(v reflect.Value, text string) error {
	to, ok := v.Addr().Interface().(encoding.TextUnmarshaler)
	if !ok {
		panic("config: not a text: " + v.Type().String())
	}
	return to.UnmarshalText([]byte(text))
}

// maxShown bounds a value in a message, in bytes.
const maxShown = 80

// quote renders what somebody wrote for a message.
func quote(s string) string {
	if len(s) > maxShown {
		s = s[:maxShown] + "..."
	}
	return strconv.QuoteToASCII(s)
}
