package flow

import (
	"encoding/json"
	"html"
	"net/url"
	"strings"

	"pipwarden/scan/decode"
)

// textFuncs are those of modules string, html, urllib.parse and json.
func textFuncs() map[string]libraryFunc {
	out := map[string]libraryFunc{
		"html.unescape":      changed(html.UnescapeString),
		"html.escape":        changed(html.EscapeString),
		"urllib.parse.quote": quotedURL("/"), "urllib.parse.quote_plus": quotedURL(""),
		"urllib.parse.unquote": unquoted, "urllib.parse.unquote_plus": unquoted, "urllib.parse.unquote_to_bytes": unquoted,
		"urllib.parse.urljoin":   joinURL,
		"urllib.parse.urlencode": encodeQuery,
		"json.loads":             loadJSON, "json.dumps": dumpJSON,
		"textwrap.dedent": dedented,
		"string.Template": object("template", Text),
	}
	for _, name := range []string{"upper", "lower", "strip", "replace", "split", "join"} {
		out["string."+name] = byType(name)
	}
	return out
}

// byType is Python 2's string.join(parts, separator) and the like.
func byType(name string) libraryFunc {
	return func(a *arguments) *Value {
		if len(a.pos) == 0 {
			return nil
		}
		self, rest := a.pos[0], a.pos[1:]
		if name == "join" {
			self, rest = text(" "), a.pos[:1]
			if len(a.pos) > 1 {
				self = a.pos[1]
			}
		}
		if !isString(self) {
			return nil
		}
		v, _ := a.method(self, name, rest, nil)
		return v
	}
}

// changed applies a function to a text; Holes stay.
func changed(f func(string) string) libraryFunc {
	return func(a *arguments) *Value {
		v := a.at(0, "s")
		if v == nil || !isString(v) {
			return nil
		}
		return like(v, f(v.Str))
	}
}

func quotedURL(safe string) libraryFunc {
	return func(a *arguments) *Value {
		v := a.at(0, "string")
		if v == nil || !isString(v) {
			return nil
		}
		keep := safe
		if s, ok := a.text(1, "safe"); ok {
			keep = s
		}
		if strings.HasSuffix(a.name, "_plus") {
			keep += " "
		}
		s := percentEncoded(v, keep)
		if strings.HasSuffix(a.name, "_plus") {
			s = strings.ReplaceAll(s, " ", "+")
		}
		return a.carry(&Value{Kind: Text, Str: s, Partial: v.Partial, ID: v.ID})
	}
}

func percentEncoded(v *Value, safe string) string {
	var out strings.Builder
	for i := 0; i < len(v.Str); i++ {
		c := v.Str[i]
		switch {
		case v.Partial && strings.HasPrefix(v.Str[i:], hole):
			out.WriteString(hole)
			i += len(hole) - 1
		case c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte("_.-~", c) >= 0 || strings.IndexByte(safe, c) >= 0:
			out.WriteByte(c)
		default:
			out.WriteString("%" + strings.ToUpper(hexDigits(uint64(c), 2)))
		}
	}
	return out.String()
}

func unquoted(a *arguments) *Value {
	v := a.at(0, "string")
	if v == nil || !isString(v) {
		return nil
	}
	s := v.Str
	if strings.HasSuffix(a.name, "_plus") {
		s = strings.ReplaceAll(s, "+", " ")
	}
	if strings.IndexByte(s, '%') < 0 {
		return like(v, s)
	}
	out, err := decode.Decode("percent", []byte(s), resultLimit)
	if err != nil {
		return nil
	}
	return decodedBy(like(v, string(out)), "percent", 0)
}

func joinURL(a *arguments) *Value {
	base, ok := a.text(0, "base")
	ref, also := a.text(1, "url")
	if !ok || !also {
		return a.joinPartialURL()
	}
	b, err := url.Parse(base)
	if err != nil {
		return nil
	}
	r, err := url.Parse(ref)
	if err != nil {
		return nil
	}
	return a.carry(text(b.ResolveReference(r).String()))
}

func (a *arguments) joinPartialURL() *Value {
	if len(a.pos) != 2 || !isString(a.pos[0]) {
		return nil
	}
	return concatText([]*Value{a.pos[0], text("/"), a.pos[1]})
}

// encodeQuery is urllib.parse.urlencode: what is not known leaves Holes.
func encodeQuery(a *arguments) *Value {
	if len(a.pos) == 0 || !isContainer(a.pos[0]) {
		return nil
	}
	pairs, ok := pairsOf(a.pos[0])
	if !ok {
		return nil
	}
	p := pieces{text: true}
	p.from = append(p.from, a.pos[0])
	for i, pair := range pairs {
		if i > 0 {
			p.write("&")
		}
		for j, v := range []*Value{pair.Key, pair.Value} {
			if j > 0 {
				p.write("=")
			}
			if v = str(v); isString(v) {
				v = &Value{Kind: Text, Str: strings.ReplaceAll(percentEncoded(v, " "), " ", "+"), Partial: v.Partial}
			}
			p.value(v)
		}
	}
	return p.result()
}

// jsonDepth is how deep JSON may nest.
const jsonDepth = 64

func loadJSON(a *arguments) *Value {
	v := a.at(0, "s")
	s, ok := knownText(v)
	if !ok || len(s) > resultLimit/4 {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	out := jsonValue(d, 0)
	if out == nil || d.More() {
		return nil
	}
	return relabel(out, v)
}

// relabel gives all that a fresh value holds the labels of v.
func relabel(out, v *Value) *Value {
	if v.Labels == 0 && v.Made == nil {
		return out
	}
	for i, item := range out.Items {
		out.Items[i] = relabel(item, v)
	}
	for i, p := range out.Pairs {
		out.Pairs[i] = Pair{relabel(p.Key, v), relabel(p.Value, v)}
	}
	return carryShallow(out, v.Labels)
}

// jsonValue reads one value; nil at the end and for what is none.
func jsonValue(d *json.Decoder, depth int) *Value {
	t, err := d.Token()
	if err != nil || depth > jsonDepth {
		return nil
	}
	switch t := t.(type) {
	case nil:
		return noneValue
	case bool:
		return boolean(t)
	case string:
		return text(t)
	case json.Number:
		if n := parseInt(t.String(), 10); n != nil {
			return n
		}
		f, _ := t.Float64()
		return float(f)
	case json.Delim:
		return jsonContainer(d, t, depth)
	}
	return nil
}

func jsonContainer(d *json.Decoder, open json.Delim, depth int) *Value {
	var items []*Value
	for d.More() {
		v := jsonValue(d, depth+1)
		if v == nil {
			return nil
		}
		items = append(items, v)
	}
	if _, err := d.Token(); err != nil {
		return nil
	}
	if open == '[' {
		return list(items)
	}
	var pairs []Pair
	for i := 0; i+1 < len(items); i += 2 {
		pairs = append(pairs, Pair{items[i], items[i+1]})
	}
	return dict(pairs)
}

// dumpJSON writes what is known; texts with Holes keep them.
func dumpJSON(a *arguments) *Value {
	v := a.at(0, "obj")
	if v == nil || len(a.pos) > 1 || len(a.kw) > 0 || opaque(v) || !isContainer(v) && !isString(v) {
		return nil
	}
	w := jsonWriter{p: pieces{text: true}}
	w.value(v, 0)
	if w.failed {
		return nil
	}
	return carry(w.p.result(), v)
}

// A jsonWriter writes a value as json.dumps does.
type jsonWriter struct {
	p      pieces
	failed bool
}

func (w *jsonWriter) value(v *Value, depth int) {
	if depth > walkDepth || w.p.over {
		w.failed = true
		return
	}
	switch v.Kind {
	case None:
		w.p.write("null")
	case Bool:
		w.p.write([]string{"false", "true"}[v.Int&1])
	case Int, Float:
		s, ok := decimal(v)
		w.failed = w.failed || !ok
		w.p.write(s)
	case Text:
		w.quote(v)
	case List, Tuple:
		w.list(v, depth)
	case Dict:
		w.dict(v, depth)
	default:
		w.p.value(v)
	}
}

func (w *jsonWriter) quote(v *Value) {
	b, err := json.Marshal(v.Str)
	if err != nil {
		w.failed = true
		return
	}
	s := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(b))
	w.p.value(&Value{Kind: Text, Str: s, Partial: v.Partial, Labels: v.Labels, Made: v.Made})
}

func (w *jsonWriter) list(v *Value, depth int) {
	w.failed = w.failed || v.Partial
	w.p.write("[")
	for i, item := range v.Items {
		if i > 0 {
			w.p.write(", ")
		}
		w.value(item, depth+1)
	}
	w.p.write("]")
}

func (w *jsonWriter) dict(v *Value, depth int) {
	w.failed = w.failed || v.Partial
	w.p.write("{")
	for i, p := range v.Pairs {
		if i > 0 {
			w.p.write(", ")
		}
		w.value(p.Key, depth+1)
		w.p.write(": ")
		w.value(p.Value, depth+1)
	}
	w.p.write("}")
}

// dedented takes off the white space that all lines begin with.
func dedented(a *arguments) *Value {
	v := a.at(0, "text")
	if v == nil || v.Kind != Text {
		return nil
	}
	lines := strings.SplitAfter(v.Str, "\n")
	margin, found := "", false
	for i, line := range lines {
		body := strings.TrimLeft(line, " \t")
		if strings.Trim(body, "\r\n") == "" {
			lines[i] = strings.TrimLeft(line, " \t")
			continue
		}
		indent := line[:len(line)-len(body)]
		if !found {
			margin, found = indent, true
		}
		for !strings.HasPrefix(indent, margin) {
			margin = margin[:len(margin)-1]
		}
	}
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, margin)
	}
	return like(v, strings.Join(lines, ""))
}

// constants are attributes of modules that do not depend on the machine.
var constants = map[string]*Value{
	"string.ascii_lowercase": text("abcdefghijklmnopqrstuvwxyz"), "string.ascii_uppercase": text("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
	"string.ascii_letters": text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
	"string.letters":       text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
	"string.lowercase":     text("abcdefghijklmnopqrstuvwxyz"), "string.uppercase": text("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
	"string.digits": text("0123456789"), "string.hexdigits": text("0123456789abcdefABCDEF"), "string.octdigits": text("01234567"),
	"string.punctuation": text("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"), "string.whitespace": text(" \t\n\r\v\f"),
	"string.printable": text("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \t\n\r\v\f"),
	"os.path.sep":      text("/"), "os.sep": text("/"), "os.curdir": text("."), "os.pardir": text(".."), "os.linesep": text("\n"),
	"math.pi": float(3.141592653589793), "sys.maxsize": integer(1<<63 - 1), "sys.byteorder": text("little"),
	"re.I": integer(ignoreCase), "re.IGNORECASE": integer(ignoreCase), "re.M": integer(multiLine), "re.MULTILINE": integer(multiLine),
	"re.S": integer(dotAll), "re.DOTALL": integer(dotAll), "re.X": integer(verbose), "re.VERBOSE": integer(verbose),
	// Of the processes that Windows starts, as of CPython 3.14.
	"subprocess.CREATE_NO_WINDOW": integer(0x08000000), "subprocess.DETACHED_PROCESS": integer(8), "subprocess.CREATE_NEW_CONSOLE": integer(0x10),
	"subprocess.CREATE_NEW_PROCESS_GROUP": integer(0x200), "subprocess.CREATE_BREAKAWAY_FROM_JOB": integer(0x01000000),
	"subprocess.CREATE_DEFAULT_ERROR_MODE": integer(0x04000000), "subprocess.STARTF_USESHOWWINDOW": integer(1), "subprocess.STARTF_USESTDHANDLES": integer(0x100),
	"subprocess.SW_HIDE": integer(0), "subprocess.PIPE": integer(-1), "subprocess.STDOUT": integer(-2), "subprocess.DEVNULL": integer(-3),
	"win32con.SW_HIDE": integer(0), "win32con.CREATE_NO_WINDOW": integer(0x08000000), "win32con.FILE_ATTRIBUTE_HIDDEN": integer(2),
	"win32con.FILE_ATTRIBUTE_SYSTEM": integer(4), "stat.FILE_ATTRIBUTE_HIDDEN": integer(2), "stat.FILE_ATTRIBUTE_SYSTEM": integer(4),
	"stat.S_IXUSR": integer(0o100), "stat.S_IXGRP": integer(0o10), "stat.S_IXOTH": integer(1), "stat.S_IRWXU": integer(0o700), "stat.S_IEXEC": integer(0o100),
}

// resolved returns what a Ref to a constant of a module holds, and any other
// value as it is.
func resolved(v *Value) *Value {
	if v != nil && v.Kind == Ref && v.ID == 0 {
		if c, ok := constants[v.Str]; ok {
			return c
		}
	}
	return v
}
