package pypitest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// addWheelFiles appends METADATA, WHEEL and RECORD (PEP 427, PEP 376).
func (d *Dist) addWheelFiles(members []Member) []Member {
	info := d.distInfo()
	members = d.add(members, info+"/METADATA", d.coreMetadata())
	members = d.add(members, info+"/WHEEL", d.wheelFile())
	return d.add(members, info+"/RECORD", d.record(members, info+"/RECORD"))
}

func (d *Dist) wheelFile() []byte {
	fields := strings.Split(d.stem(), "-")
	var b strings.Builder
	b.WriteString("Wheel-Version: 1.0\nGenerator: pypitest (1)\n")
	if len(fields) < 5 {
		return []byte(b.String())
	}
	tags := fields[len(fields)-3:]
	if len(fields) == 6 {
		fmt.Fprintf(&b, "Build: %s\n", fields[2])
	}
	fmt.Fprintf(&b, "Root-Is-Purelib: %v\n", tags[1] == "none")
	for _, py := range strings.Split(tags[0], ".") {
		for _, abi := range strings.Split(tags[1], ".") {
			for _, platform := range strings.Split(tags[2], ".") {
				fmt.Fprintf(&b, "Tag: %s-%s-%s\n", py, abi, platform)
			}
		}
	}
	return []byte(b.String())
}

func (d *Dist) record(members []Member, self string) []byte {
	var b strings.Builder
	for _, m := range members {
		if d.has(d.Unrecorded, m.Path) || strings.HasSuffix(m.Path, "/") {
			continue
		}
		data := m.Data
		if d.has(d.BadHash, m.Path) {
			data = append(slices.Clone(data), '!')
		}
		sum := sha256.Sum256(data)
		fmt.Fprintf(&b, "%s,sha256=%s,%d\n", csvField(m.Path), base64.RawURLEncoding.EncodeToString(sum[:]), len(m.Data))
	}
	for _, g := range d.Ghosts {
		sum := sha256.Sum256(nil)
		fmt.Fprintf(&b, "%s,sha256=%s,0\n", csvField(d.expand(g)), base64.RawURLEncoding.EncodeToString(sum[:]))
	}
	fmt.Fprintf(&b, "%s,,\n", csvField(self))
	return []byte(b.String())
}

func csvField(s string) string {
	if strings.ContainsAny(s, "\",\n") {
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}

// storeFrom is the size from which a zip's member is not compressed: tests of
// large members are not about deflate.
const storeFrom = 1 << 20

func zipBytes(members []Member) ([]byte, error) {
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, m := range members {
		h := &zip.FileHeader{Name: m.Path, Method: zip.Deflate, Modified: Epoch}
		data := m.Data
		switch {
		case m.Symlink != "":
			h.SetMode(0o777 | fs.ModeSymlink)
			data = []byte(m.Symlink)
		case m.Executable:
			h.SetMode(0o755)
		default:
			h.SetMode(0o644)
		}
		if len(data) == 0 || len(data) > storeFrom {
			h.Method = zip.Store
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(data); err != nil && !strings.HasSuffix(m.Path, "/") {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func tarBytes(members []Member, compress bool) ([]byte, error) {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, m := range withFolders(members) {
		h := &tar.Header{Name: m.Path, Mode: 0o644, Size: int64(len(m.Data)), ModTime: Epoch, Typeflag: tar.TypeReg}
		switch {
		case m.Symlink != "":
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, m.Symlink, 0
		case m.Hardlink != "":
			h.Typeflag, h.Linkname, h.Size = tar.TypeLink, m.Hardlink, 0
		case strings.HasSuffix(m.Path, "/"):
			h.Typeflag, h.Mode, h.Size = tar.TypeDir, 0o755, 0
		case m.Executable:
			h.Mode = 0o755
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if h.Size > 0 {
			if _, err := w.Write(m.Data); err != nil {
				return nil, err
			}
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if !compress {
		return buf.Bytes(), nil
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(buf.Bytes()); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// withFolders puts an entry for each folder before its first member, as build
// backends do.
func withFolders(members []Member) []Member {
	seen := map[string]bool{}
	var out []Member
	for _, m := range members {
		var parents []string
		for dir := path.Dir(m.Path); dir != "." && dir != "/" && !seen[dir]; dir = path.Dir(dir) {
			seen[dir] = true
			parents = append(parents, dir)
		}
		for _, dir := range slices.Backward(parents) {
			if !strings.Contains(dir, "..") {
				out = append(out, Member{Path: dir + "/"})
			}
		}
		out = append(out, m)
	}
	return out
}
