package rules

import (
	"bytes"
	"encoding/binary"
	"path"
	"slices"
	"strings"

	"pipwarden/scan"
)

// A nativeFile is a compiled member, for the rules that look for the code which
// starts it.
type nativeFile struct {
	Path   string
	Format scan.Format
	Dead   bool     // in a folder of tests, docs or examples, or in an archive inside
	Packer string   // "" = none that is known
	Does   []string // what its strings say that it does, in the order of nativeTraits
}

// Base is the file name in lower case, as a command line would name it.
func (n nativeFile) Base() string { return strings.ToLower(path.Base(n.Path)) }

type nativeKey struct{}

// nativeFiles are the compiled members met so far in the scan. The rule
// native-code gathers them; later rules of the list read them at the end.
func nativeFiles(p *scan.Pass) *[]nativeFile {
	return p.Shared(nativeKey{}, func() any { return new([]nativeFile) }).(*[]nativeFile)
}

// maxNative is the number of compiled members that are remembered.
const maxNative = 5000

// readNative reads headers and strings of a compiled member. Sizes in headers
// are never trusted: what lies outside of the content is not there. pure says
// that the member lies where no library belongs: then more is asked.
func readNative(m *scan.Member, pure bool) nativeFile {
	n := nativeFile{Path: m.Path(), Format: m.Format, Dead: inTests(m.Path()) || m.Nested()}
	n.Packer = packerOf(m)
	for _, t := range nativeTraits {
		if (pure || t.everywhere) && t.in(m) {
			n.Does = append(n.Does, t.what)
		}
	}
	return n
}

// A nativeTrait is something that a program tells of itself by its strings. All
// words of one of the lists must be there.
type nativeTrait struct {
	what       string
	weight     int
	behaviour  scan.Behaviour
	everywhere bool // looked for in the libraries of wheels for a platform too
	words      [][]string
}

// nativeTraits are judged by what programs must hold in clear text: the names of
// the functions that they import, and of the files and hosts that they use.
var nativeTraits = []nativeTrait{
	{what: "posts to a chat's webhook", behaviour: scan.InformationStealing, weight: 60, everywhere: true, words: [][]string{
		{"discord.com/api/webhooks/"}, {"discordapp.com/api/webhooks/"}, {"hooks.slack.com/services/"}, {"api.telegram.org/bot"},
	}},
	{what: "reads browsers' passwords", behaviour: scan.InformationStealing, weight: 60, everywhere: true, words: [][]string{
		{"Login Data", "Local State"}, {"Login Data", "CryptUnprotectData"}, {"logins.json", "key4.db"},
	}},
	{what: "reads wallets", behaviour: scan.InformationStealing, weight: 60, everywhere: true, words: [][]string{
		{"wallet.dat", "Exodus"}, {"wallet.dat", "Electrum"}, {"leveldb", "MetaMask"},
	}},
	{what: "reads keys and tokens of the user", behaviour: scan.InformationStealing, weight: 40, everywhere: true, words: [][]string{
		{"/.ssh/", "/etc/passwd", ".gitconfig"}, {".ssh/id_rsa", ".aws/credentials"}, {"leveldb", "discordptb"},
	}},
	{what: "writes into other processes", behaviour: scan.CodeExecution, weight: 15, words: [][]string{
		{"WriteProcessMemory", "CreateRemoteThread"}, {"WriteProcessMemory", "SetThreadContext"}, {"NtUnmapViewOfSection", "NtWriteVirtualMemory"},
	}},
	{what: "reads keys that are pressed", behaviour: scan.InformationStealing, weight: 15, words: [][]string{
		{"GetAsyncKeyState", "SetWindowsHookEx"}, {"/dev/input/event", "EV_KEY"},
	}},
	{what: "fetches and starts programs", behaviour: scan.CommandExecution, weight: 15, words: [][]string{
		{"URLDownloadToFile", "ShellExecute"}, {"URLDownloadToFile", "CreateProcess"}, {"URLDownloadToFile", "WinExec"},
	}},
	{what: "mines", behaviour: scan.CommandExecution, weight: 60, everywhere: true, words: [][]string{{"stratum+tcp://", "donate-level"}, {"stratum+ssl://", "donate-level"}}},
}

// weight is that of the heaviest trait.
func (n nativeFile) weight() (weight int) {
	for _, t := range nativeTraits {
		if slices.Contains(n.Does, t.what) {
			weight = max(weight, t.weight)
		}
	}
	return weight
}

// behaviours are those of the traits.
func (n nativeFile) behaviours() (list []scan.Behaviour) {
	for _, t := range nativeTraits {
		if slices.Contains(n.Does, t.what) && !slices.Contains(list, t.behaviour) {
			list = append(list, t.behaviour)
		}
	}
	return list
}

func (t nativeTrait) in(m *scan.Member) bool {
	return slices.ContainsFunc(t.words, func(all []string) bool {
		for _, w := range all {
			if !bytes.Contains(m.Content, []byte(w)) && !bytes.Contains(m.Tail, []byte(w)) {
				return false
			}
		}
		return true
	})
}

// packers are known by the names of the sections that they make.
var packers = []struct{ section, name string }{
	{"UPX", "UPX"}, {".MPRESS", "MPRESS"}, {".aspack", "ASPack"}, {".adata", "ASPack"}, {".themida", "Themida"}, {".winlice", "Themida"},
	{".vmp", "VMProtect"}, {".enigma", "Enigma"}, {".petite", "Petite"}, {".nsp", "NsPack"}, {"PEC2", "PECompact"}, {".boom", "Boomerang"},
}

// frozenMark ends the archive that PyInstaller appends to its launcher.
var frozenMark = []byte("MEI\x0c\x0b\x0a\x0b\x0e")

func packerOf(m *scan.Member) string {
	for _, section := range sectionNames(m) {
		for _, p := range packers {
			if strings.HasPrefix(section, p.section) {
				return p.name
			}
		}
	}
	head := m.Content[:min(len(m.Content), 4<<10)]
	if m.Format != scan.FormatPE && bytes.Contains(head, []byte("UPX!")) {
		return "UPX"
	}
	tail := m.Content
	if !m.Whole {
		tail = m.Tail
	}
	// The launcher itself holds the mark too, far from its end.
	if bytes.Contains(tail[max(0, len(tail)-256):], frozenMark) {
		return "PyInstaller"
	}
	return ""
}

// maxSections is what the PE loader accepts, and more than linkers make.
const maxSections = 96

// sectionNames reads the section table of a PE, or the section header table of
// an ELF that lies in the content. Of a Mach-O there is nothing to learn here.
func sectionNames(m *scan.Member) []string {
	switch m.Format {
	case scan.FormatPE:
		return sectionsPE(m.Content)
	case scan.FormatELF:
		return sectionsELF(m.Content)
	}
	return nil
}

func sectionsPE(b []byte) (names []string) {
	if len(b) < 64 {
		return nil
	}
	at := int64(binary.LittleEndian.Uint32(b[60:]))
	if at+24 > int64(len(b)) {
		return nil
	}
	header := b[at:]
	n := min(int(binary.LittleEndian.Uint16(header[6:])), maxSections)
	table := 24 + int(binary.LittleEndian.Uint16(header[20:]))
	for i := range n {
		if table+40*i+8 > len(header) {
			break
		}
		names = append(names, cString(header[table+40*i:], 8))
	}
	return names
}

func sectionsELF(b []byte) (names []string) {
	if len(b) < 64 || b[4] != 2 {
		return nil // 32 bits are rare; packers are found by their mark
	}
	var order binary.ByteOrder = binary.LittleEndian
	if b[5] == 2 {
		order = binary.BigEndian
	}
	table, size := order.Uint64(b[40:]), uint64(order.Uint16(b[58:]))
	n, strings := min(uint64(order.Uint16(b[60:])), maxSections), uint64(order.Uint16(b[62:]))
	if size < 64 || table > uint64(len(b)) || (strings+1)*size > uint64(len(b))-table {
		return nil
	}
	at := order.Uint64(b[table+strings*size+24:])
	for i := uint64(0); i < n && (i+1)*size <= uint64(len(b))-table; i++ {
		name := uint64(order.Uint32(b[table+i*size:]))
		if at < uint64(len(b)) && name < uint64(len(b))-at {
			names = append(names, cString(b[at+name:], 32))
		}
	}
	return names
}

// cString reads a text that ends at a NUL or after n bytes.
func cString(b []byte, n int) string {
	b = b[:min(n, len(b))]
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}
