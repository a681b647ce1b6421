package decode

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"unicode/utf8"
)

// A Content is what bytes are, told by themselves.
type Content string

// The contents that [ContentOf] tells apart.
const (
	ContentUnknown    Content = ""
	ContentPython     Content = "python"
	ContentPowerShell Content = "powershell"
	ContentShell      Content = "shell"
	ContentBatch      Content = "batch"
	ContentScript     Content = "script" // VBScript, JavaScript, HTML applications
	ContentURL        Content = "url"    // a text that begins with an address
	ContentText       Content = "text"   // readable, none of the above
	ContentPE         Content = "pe"
	ContentELF        Content = "elf"
	ContentMachO      Content = "macho"
	ContentZip        Content = "zip"
	ContentGzip       Content = "gzip"
	ContentZlib       Content = "zlib"
	ContentBzip2      Content = "bz2"
	ContentXz         Content = "xz"
	ContentPyc        Content = "pyc"
	ContentMarshal    Content = "marshal" // a marshalled code object
	ContentPickle     Content = "pickle"
)

// Code says that the content is a program in some language or for some machine.
func (c Content) Code() bool {
	switch c {
	case ContentPython, ContentPowerShell, ContentShell, ContentBatch, ContentScript,
		ContentPE, ContentELF, ContentMachO, ContentPyc, ContentMarshal:
		return true
	}
	return false
}

// Packed says that the content is compressed.
func (c Content) Packed() bool {
	switch c {
	case ContentGzip, ContentZlib, ContentBzip2, ContentXz:
		return true
	}
	return false
}

var (
	pythonText = regexp.MustCompile(`(?m)^[ \t]*(?:import [\w.]+(?:\s*$|\s+as\s|\s*[,;#])|from [\w.]+ import |(?:async )?def \w+\(|class \w+[(:]|@\w+(?:\.\w+)*(?:\(.*\))?$)|` +
		`\b(?:exec|eval|compile|__import__|execfile)\s*\(|\b(?:os\.system|subprocess\.\w+)\(|(?:^|;)\s*import \w+\s*[;,]`)
	powerShellText = regexp.MustCompile(`(?i)\b(?:invoke-(?:webrequest|expression|restmethod|item)|start-process|new-object|set-executionpolicy|add-mppreference|` +
		`set-mppreference|get-wmiobject|set-itemproperty|start-bitstransfer|expand-archive|out-file|write-host)\b|` +
		`\$env:|\[system\.|\[convert\]::|(?:^|[;|(]\s*)iex\b|\bpowershell(?:\.exe)?\s+[-/]`)
	shellText  = regexp.MustCompile(`^#!\s*/|(?m)(?:^|[;|&(]\s*)(?:sudo\s+)?(?:curl|wget)\s+[^\n]{0,200}(?:https?:|\|\s*(?:ba|z)?sh\b)|/dev/(?:tcp|udp)/|(?:^|[;|&]\s*)(?:chmod|nohup|crontab|mkfifo|nc|ncat)\s+[-+/\w]|\b(?:ba)?sh\s+-[ci]\b|/bin/(?:ba|z|da)?sh\b`)
	batchText  = regexp.MustCompile(`(?i)^\s*@echo\s+off|(?m)^\s*(?:cmd(?:\.exe)?\s+/c|reg(?:\.exe)?\s+add|schtasks\b|start\s+/b|certutil\b|bitsadmin\b|mshta\b|rundll32\b|regsvr32\b)`)
	scriptText = regexp.MustCompile(`(?i)\bwscript\.\w|\bcreateobject\s*\(|<script\b|<hta:|\brequire\(['"]child_process|\bactivexobject\b`)
	urlText    = regexp.MustCompile(`^\s*(?i:https?|ftp|wss?|tcp|git\+https)://[\w\[]`)
)

// ContentOf says what the bytes are. Readable text is ContentText; what is
// neither of a known form nor readable is ContentUnknown. It looks at the first
// 64 KiB alone.
func ContentOf(b []byte) Content {
	b = b[:min(len(b), 64<<10)]
	if c := BinaryContent(b); c != ContentUnknown {
		return c
	}
	if !Readable(b) {
		return ContentUnknown
	}
	switch {
	case urlText.Match(b) && !bytes.ContainsAny(b, "\n;"):
		return ContentURL
	case pythonText.Match(b):
		return ContentPython
	case powerShellText.Match(b):
		return ContentPowerShell
	case shellText.Match(b):
		return ContentShell
	case batchText.Match(b):
		return ContentBatch
	case scriptText.Match(b):
		return ContentScript
	}
	return ContentText
}

var contentMagics = []struct {
	prefix  string
	content Content
}{
	{"\x7fELF", ContentELF}, {"PK\x03\x04", ContentZip}, {"\x1f\x8b\x08", ContentGzip}, {"BZh", ContentBzip2}, {xzMagic, ContentXz},
	{"\xfe\xed\xfa\xce", ContentMachO}, {"\xfe\xed\xfa\xcf", ContentMachO}, {"\xce\xfa\xed\xfe", ContentMachO}, {"\xcf\xfa\xed\xfe", ContentMachO},
}

// BinaryContent is [ContentOf] for what no text is: it looks at magic numbers and
// is cheap.
func BinaryContent(b []byte) Content {
	for _, m := range contentMagics {
		if bytes.HasPrefix(b, []byte(m.prefix)) && len(b) >= 10 {
			return m.content
		}
	}
	switch {
	case isPE(b):
		return ContentPE
	case len(b) > 8 && isZlib(b) && opens(b):
		return ContentZlib
	case len(b) > 16 && Magic(b) != (Version{}):
		return ContentPyc
	case isMarshalledCode(b):
		return ContentMarshal
	case isPickle(b):
		return ContentPickle
	}
	return ContentUnknown
}

// isPickle tells a pickle by its protocol's number and what may follow that: a
// frame, a global, a container, a constant.
func isPickle(b []byte) bool {
	return len(b) > 4 && b[0] == 0x80 && b[1] >= 2 && b[1] <= 5 && bytes.IndexByte([]byte("\x95c}](\x8cX)NKMJGBCU\x8e\x8f\x8a"), b[2]) >= 0
}

func isPE(b []byte) bool {
	if len(b) < 64 || b[0] != 'M' || b[1] != 'Z' {
		return false
	}
	at := int64(binary.LittleEndian.Uint32(b[60:]))
	if at+4 <= int64(len(b)) {
		return string(b[at:at+4]) == "PE\x00\x00"
	}
	return at < 1<<20
}

// opens says that a zlib stream begins with bytes that inflate.
func opens(b []byte) bool {
	out, err := deflate(b[2:min(len(b), 512)], 64)
	return len(out) > 0 || err == nil
}

// Readable says that the bytes are text for people: UTF-8, hardly a control
// character, and mostly ASCII letters, digits, blanks and punctuation. A
// character that the end cuts in two does not count.
func Readable(b []byte) bool {
	controls, wide, total := 0, 0, 0
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			if len(b)-i < utf8.UTFMax && !utf8.FullRune(b[i:]) {
				break
			}
			return false
		}
		switch {
		case r < 0x20 && r != '\n' && r != '\r' && r != '\t' && r != '\f' || r == 0x7f:
			controls++
		case r > 0x7e:
			wide++
		}
		total++
		i += n
	}
	return total > 0 && controls*200 <= total && wide*2 <= total
}
