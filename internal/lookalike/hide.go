package lookalike

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
)

func nest(m *module) bool {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	if _, err := z.Write([]byte(m.text)); err != nil {
		panic("lookalike: " + err.Error()) // a buffer takes everything
	}
	if err := z.Close(); err != nil {
		panic("lookalike: " + err.Error())
	}
	inner := fmt.Sprintf("exec(__import__(%q).decompress(__import__(%q).b64decode(%q)))", "zlib", "base64",
		base64.StdEncoding.EncodeToString(packed.Bytes()))
	middle := fmt.Sprintf("exec(bytes.fromhex(%q).decode())", hex.EncodeToString([]byte(inner)))
	m.set(fmt.Sprintf("import base64; exec(base64.b64decode(%q).decode())\n", base64.StdEncoding.EncodeToString([]byte(middle))))
	return true
}

// padTimes is how much more harmless code there is than text, and padMost the
// most of it in bytes, since some payloads are long already.
const (
	padTimes = 100
	padMost  = 400_000
)

func pad(m *module) bool {
	if m.line() {
		return false
	}
	var b strings.Builder
	want := min(padTimes*len(m.text), padMost)
	half := 0
	for i := 0; b.Len() < want; i++ {
		fmt.Fprintf(&b, "def normalise_%d(values, scale=%d):\n    \"\"\"Scale values and drop those below the mean.\"\"\"\n", i, i%7+1)
		fmt.Fprintf(&b, "    total = sum(values) * scale\n    mean = total / max(1, len(values))\n")
		fmt.Fprintf(&b, "    return {\"row%d\": [v for v in values if v >= mean], \"label\": \"part %d\".title()}\n\n\n", i, i*i)
		if half == 0 && b.Len() > want/2 {
			half = b.Len()
		}
	}
	text := b.String()
	m.set(text[:half] + m.text + "\n\n" + text[half:])
	return true
}

func blank(m *module) bool {
	if m.line() {
		m.set("import sys" + strings.Repeat(" ", 600) + ";" + m.text)
		return true
	}
	m.set(strings.Repeat("\n", 400) + "_ = None" + strings.Repeat(" ", 600) + ";exec(" + quote(m.text) + ")\n")
	return true
}

func toData(m *module) bool {
	if m.line() {
		return false
	}
	m.add(path.Join(path.Dir(m.path), "NOTES.dat"), m.text)
	m.set(`import os

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "NOTES.dat")) as _notes:
    exec(compile(_notes.read(), "notes", "exec"))
`)
	return true
}

// toPth moves a text of a wheel that runs on import, if nobody needs a name of
// it, nor it its own place.
func toPth(m *module) bool {
	if m.line() || m.sample.Stage != "import" || !strings.HasSuffix(m.dist.Filename, ".whl") {
		return false
	}
	if m.has("__file__") || m.has("from .") || m.namesNeeded() {
		return false
	}
	project, _, _ := strings.Cut(m.dist.Filename, "-")
	m.add(project+"-init.pth", "import sys; exec("+quote(m.text)+")\n")
	m.set("__version__ = \"1\"\n")
	return true
}

// namesNeeded reports whether another member imports names from the module.
func (m *module) namesNeeded() bool {
	for _, other := range m.dist.Members {
		for line := range strings.Lines(string(other.Data)) {
			from, names, ok := strings.Cut(strings.TrimSpace(line), " import ")
			if ok && other.Path != m.path && strings.HasPrefix(from, "from ") && strings.HasSuffix(from, m.stem()) && names != "*" {
				return true
			}
		}
	}
	return false
}

// stem is the module's own name without its packages.
func (m *module) stem() string {
	s := strings.TrimSuffix(path.Base(m.path), path.Ext(m.path))
	if s == "__init__" {
		return path.Base(path.Dir(m.path))
	}
	return s
}
