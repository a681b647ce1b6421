package scan

import (
	"bytes"
	"path"
	"regexp"
	"strings"

	"pipwarden/scan/archive"
)

// A Member is one entry of the artifact or of an archive inside it, as rules
// see it.
type Member struct {
	// Layers is the way to the member: its path, after the path of the member
	// that holds it when it is nested. Paths are foreign text, as the archive
	// writes them.
	Layers []string
	// Name is the member's name as the archive spells it; Path is where it
	// lands.
	Name string
	// Kind is archive.KindFile for everything that has content.
	Kind archive.Kind
	// Link is the target of a symbolic or hard link as spelled, Target the path
	// inside the archive that it leads to, "" when it leads outside.
	Link, Target string
	// Executable says that the archive marks the member as a program.
	Executable bool
	// Size counts the bytes of the content; it is not what the archive declares.
	Size int64
	// SHA256 of the whole content, lower-case hex; "" for what has no content.
	SHA256 string
	// Content is the whole content when Whole, else the first HeadWindow bytes.
	Content []byte
	// Tail is the last TailWindow bytes of a member that is not Whole.
	Tail []byte
	// Whole says that Content is complete.
	Whole bool
	// Format is what the content is by its first bytes.
	Format Format
}

// Path is the member's own path, without the layers around it.
func (m *Member) Path() string { return m.Layers[len(m.Layers)-1] }

// Nested says that the member lies in an archive inside the artifact.
func (m *Member) Nested() bool { return len(m.Layers) > 1 }

// Base is the last element of the member's path.
func (m *Member) Base() string { return path.Base(m.Path()) }

// Ext is the lower-case extension of the member's path with its dot, or "".
func (m *Member) Ext() string { return strings.ToLower(path.Ext(m.Path())) }

// mayHoldFiles says that the content is worth a try as an archive. A zip is
// read from its end, and may start with anything: a #! line, a program.
func (m *Member) mayHoldFiles() bool {
	return m.Format.Archive() || bytes.Contains(m.Content[max(0, len(m.Content)-zipEndLen):], []byte("PK\x05\x06"))
}

// zipEndLen is the length of a zip's end record without a comment.
const zipEndLen = 22

// Regular says that the member is a file with content.
func (m *Member) Regular() bool { return m.Kind == archive.KindFile }

// A Format is what a member's content is, told by its bytes alone.
type Format uint8

const (
	FormatUnknown Format = iota // binary, none of the below
	FormatEmpty
	FormatText // no NUL and no other control bytes in the head
	FormatELF
	FormatPE
	FormatMachO
	FormatWasm
	FormatZip
	FormatGzip
	FormatBzip2
	FormatXz
	FormatTar
	FormatPyc
)

var formatNames = [...]string{
	"binary", "empty", "text", "ELF", "PE", "Mach-O", "WebAssembly", "zip", "gzip", "bzip2", "xz", "tar", "pyc",
}

// String returns a short name for messages.
func (f Format) String() string {
	if int(f) < len(formatNames) {
		return formatNames[f]
	}
	return formatNames[FormatUnknown]
}

// Native says that the content is a program or library of the machine.
func (f Format) Native() bool { return f == FormatELF || f == FormatPE || f == FormatMachO }

// Archive says that the content is, or may be, an archive of files.
func (f Format) Archive() bool {
	switch f {
	case FormatZip, FormatGzip, FormatBzip2, FormatXz, FormatTar:
		return true
	}
	return false
}

var magics = []struct {
	prefix string
	format Format
}{
	{"\x7fELF", FormatELF},
	{"\xfe\xed\xfa\xce", FormatMachO}, {"\xfe\xed\xfa\xcf", FormatMachO},
	{"\xce\xfa\xed\xfe", FormatMachO}, {"\xcf\xfa\xed\xfe", FormatMachO},
	{"\x00asm", FormatWasm},
	{"PK\x03\x04", FormatZip}, {"PK\x05\x06", FormatZip},
	{"\x1f\x8b", FormatGzip},
	{"BZh", FormatBzip2},
	{"\xfd7zXZ\x00", FormatXz},
}

// FormatOf tells the format from the first bytes of a content; 512 are enough.
func FormatOf(head []byte) Format {
	if len(head) == 0 {
		return FormatEmpty
	}
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.prefix)) {
			return m.format
		}
	}
	switch {
	case isPE(head):
		return FormatPE
	case isFatMachO(head):
		return FormatMachO
	case len(head) > 262 && string(head[257:262]) == "ustar":
		return FormatTar
	case len(head) >= 16 && head[2] == '\r' && head[3] == '\n' && head[1] <= 0x0f:
		return FormatPyc
	case isText(head):
		return FormatText
	}
	return FormatUnknown
}

// isPE asks for the DOS header and a plausible offset of the PE header, so that
// a text that starts with "MZ" stays a text.
func isPE(head []byte) bool {
	if len(head) < 64 || head[0] != 'M' || head[1] != 'Z' {
		return false
	}
	off := int(head[60]) | int(head[61])<<8 | int(head[62])<<16 | int(head[63])<<24
	if off >= 64 && off+4 <= len(head) {
		return string(head[off:off+4]) == "PE\x00\x00"
	}
	return off >= 64 && off < 1<<20
}

// isFatMachO tells a universal binary from a Java class, which has the same
// first four bytes: the next word counts architectures here and is a version,
// at least 45, there.
func isFatMachO(head []byte) bool {
	return len(head) >= 8 && bytes.HasPrefix(head, []byte("\xca\xfe\xba\xbe")) &&
		head[4] == 0 && head[5] == 0 && head[6] == 0 && head[7] > 0 && head[7] < 20
}

// isText says that there is no control byte that a text does not hold. UTF-16
// with a byte order mark is text too.
func isText(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return true
	}
	for _, c := range head[:min(len(head), 4096)] {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b && c != '\v' {
			return false
		}
	}
	return true
}

// scriptExts are extensions of text that an interpreter runs at somebody's
// word. Data that a browser or a notebook shows is not among them.
var scriptExts = map[string]bool{
	".py": true, ".pyw": true, ".pth": true, ".pyx": true,
	".sh": true, ".bash": true, ".zsh": true, ".ps1": true, ".bat": true, ".cmd": true, ".vbs": true,
	".pl": true, ".rb": true, ".lua": true, ".php": true,
}

// pythonLine is a line that hardly anything but Python starts with; English
// text does start lines with "from" and "import".
var pythonLine = regexp.MustCompile(`(?m)^(?:import [\w.]+(?:\s*$|\s+as\s|\s*[,;#])|from [\w.]+ import |def \w+\(|class \w+[(:]|(?:exec|eval|__import__)\s*\()`)

// IsScript says that the member is text which an interpreter is meant to run:
// by its extension, its #! line, or lines that read as Python at its start or
// end.
func (m *Member) IsScript() bool {
	if m.Format != FormatText && m.Format != FormatUnknown {
		return false
	}
	if scriptExts[m.Ext()] || bytes.HasPrefix(m.Content, []byte("#!")) {
		return true
	}
	return m.Format == FormatText && (pythonLine.Match(m.Content[:min(len(m.Content), HeadWindow)]) || pythonLine.Match(m.Tail))
}
