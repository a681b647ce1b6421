package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"pipwarden/policy"
)

// EnvPrefix begins the names of all environment variables that set a key.
const EnvPrefix = "PIPWARDEN_"

// ownEnv are the variables with the prefix that set no key.
var ownEnv = []string{
	EnvPrefix + "CONFIG", // the file
	EnvPrefix + "PYTHON", // whose pip names the index
}

// EnvName is the variable that sets a key.
func EnvName(key string) string {
	return EnvPrefix + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(key))
}

// lookup returns the value of a variable, "" when it is not there. The last one
// of a name counts.
func lookup(env []string, name string) string {
	value := ""
	for _, pair := range env {
		if k, v, ok := strings.Cut(pair, "="); ok && k == name {
			value = v
		}
	}
	return value
}

// scalars are the keys that have one value, in the order of the source.
func (c *Config) scalars() []string {
	var keys []string
	walk(reflect.ValueOf(c).Elem(), "", func(key string, _ reflect.Value) {
		if !strings.Contains(key, "[") {
			keys = append(keys, key)
		}
	})
	return keys
}

// environ sets what the environment sets. A variable with our prefix that sets
// nothing is a misspelt one, and would be missed silently.
func (c *Config) environ(env, other []string) Errors {
	keys := make(map[string]string)
	names := slices.Concat(ownEnv, other)
	for _, key := range c.scalars() {
		keys[EnvName(key)] = key
		names = append(names, EnvName(key))
	}
	var problems Errors
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, EnvPrefix) || slices.Contains(ownEnv, name) || slices.Contains(other, name) {
			continue
		}
		key, ok := keys[name]
		if !ok {
			problems = append(problems, &Error{File: "environment", Key: ascii(name), Problem: "unknown variable", Nearest: policy.Nearest(name, names)})
			continue
		}
		if e := c.setText(key, value, policy.Origin{Source: name}); e != nil {
			problems = append(problems, e)
		}
	}
	return problems
}

// setText sets one key from a text, and notes where it was set.
func (c *Config) setText(key, value string, origin policy.Origin) *Error {
	var found reflect.Value
	table, id := reflect.Value{}, ""
	walk(reflect.ValueOf(c).Elem(), "", func(k string, v reflect.Value) {
		if k == key {
			found = v
		}
	})
	for _, t := range []string{"policy.hazards.", "policy.gaps.", "policy.findings."} {
		if rest, ok := strings.CutPrefix(key, t); ok {
			table, id = c.actions(strings.TrimSuffix(t, ".")), rest
		}
	}
	switch {
	case table.IsValid():
		action := reflect.New(table.Type().Elem()).Elem()
		if err := setText(action, value); err != nil {
			return &Error{File: origin.Source, Key: key, Problem: err.Error()}
		}
		out := reflect.MakeMap(table.Type())
		for _, k := range table.MapKeys() {
			out.SetMapIndex(k, table.MapIndex(k))
		}
		out.SetMapIndex(reflect.ValueOf(id), action)
		table.Set(out)
	case !found.IsValid() || strings.Contains(key, "["):
		return &Error{File: origin.Source, Key: ascii(key), Problem: "unknown key", Nearest: policy.Nearest(key, c.scalars())}
	default:
		if err := setText(found, value); err != nil {
			return &Error{File: origin.Source, Key: key, Problem: shown(found, value, err)}
		}
	}
	c.origins[key] = origin
	return nil
}

// shown adds the value to an error that only says what would be right, unless
// the value may be a secret.
func shown(v reflect.Value, value string, err error) string {
	if _, secret := v.Interface().(URL); secret || !strings.HasPrefix(err.Error(), "want") || strings.Contains(err.Error(), ", got ") {
		return err.Error()
	}
	return fmt.Sprintf("got %s, %v", quote(value), err)
}

// actions finds a table of actions by id.
func (c *Config) actions(key string) reflect.Value {
	switch key {
	case "policy.hazards":
		return reflect.ValueOf(&c.Policy.Hazards).Elem()
	case "policy.gaps":
		return reflect.ValueOf(&c.Policy.Gaps).Elem()
	}
	return reflect.ValueOf(&c.Policy.Findings).Elem()
}

// Set gives one key another value, as a flag does, and says where that was
// asked for. When the value is not right, or the whole is not any more, the
// configuration stays as it was; the error is [Errors].
func (c *Config) Set(key, value, origin string) error {
	next := c.clone()
	if e := next.setText(key, value, policy.Origin{Source: origin}); e != nil {
		return Errors{e}
	}
	if problems := next.check(); len(problems) > 0 {
		return problems
	}
	*c = *next
	return nil
}

// A Setting is one key as it stands.
type Setting struct {
	Key    string
	Value  string // as TOML; passwords in URLs are redacted
	Origin policy.Origin
	Env    string // the variable that sets it; "" = only the file can
}

// Settings lists all keys with their values, in the order of the sections.
func (c *Config) Settings() []Setting {
	var out []Setting
	walk(reflect.ValueOf(c).Elem(), "", func(key string, v reflect.Value) {
		s := Setting{Key: key, Value: render(v), Origin: c.origins[key]}
		if !strings.Contains(key, "[") {
			s.Env = EnvName(key)
		}
		out = append(out, s)
	})
	return out
}
