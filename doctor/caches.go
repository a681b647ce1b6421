package doctor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"pipwarden/installers"
)

const (
	maxCached     = 200_000  // files of one cache that are looked at; a build server's has some ten thousand
	maxCachedFile = 4 << 30  // 4 GiB: larger files are counted and not hashed
	maxOrigin     = 64 << 10 // 64 KiB of the note that pip lays beside a wheel which it built
	maxNamed      = 5        // files of a cache that are named; the others are counted
	originFile    = "origin.json"
)

// contents is what a client's cache holds.
type contents struct {
	archives int      // wheels and sdists as they were fetched
	passed   int      // of them, those that the guard has let through
	refused  []string // files that the guard refuses
	unpacked int      // files that are kept unpacked or in a form of the client's, which no hash tells
	built    int      // wheels that the client has built
	cut      bool     // there are more files than were looked at
	err      error    // the folder could not be read to its end
}

// caches looks at what clients keep from before the guard.
func (x *Examiner) caches(ctx context.Context) {
	for _, c := range x.Computer.Caches() {
		if st, err := os.Stat(c.Dir); err != nil || !st.IsDir() {
			continue
		}
		x.cache(c, x.contents(ctx, c))
	}
}

func (x *Examiner) cache(c installers.Cache, k contents) {
	for i, file := range k.refused {
		if i == maxNamed {
			x.add(Finding{Bypass, "cache", c.Dir, fmt.Sprintf("and %d more files that the guard refuses", len(k.refused)-i), c.Purge})
			break
		}
		x.add(Finding{Bypass, "cache", file, c.Client + " keeps a file that the guard refuses, and installs it without asking", c.Purge + ", and look at what was installed from it"})
	}
	if k.err != nil {
		x.add(Finding{Notice, "cache", c.Dir, "cannot be read: " + k.err.Error(), ""})
	}
	if k.archives+k.unpacked+k.built == 0 {
		return
	}
	level, when := Notice, "with an index address other than the guard's, or behind its proxy, "
	if x.Through() {
		level, when = Bypass, ""
	}
	unknown := k.archives - k.passed - len(k.refused)
	if unknown+k.unpacked+k.built == 0 {
		x.add(Finding{Level: Fine, Check: "cache", Where: c.Dir, Problem: fmt.Sprintf("the guard has judged all %d files that %s keeps", k.archives, c.Client)})
		return
	}
	text := fmt.Sprintf("%s keeps %d files that the guard has never judged", c.Client, unknown)
	if k.built > 0 {
		text += fmt.Sprintf(", %d wheels that it built itself", k.built)
	}
	if k.unpacked > 0 {
		text += fmt.Sprintf(", %d in a form that cannot be compared", k.unpacked)
	}
	if k.cut {
		text += fmt.Sprintf(" (of the first %d)", maxCached)
	}
	x.add(Finding{level, "cache", c.Dir, text + "; " + when + "it can install them without asking", c.Purge})
}

// contents walks through a cache. Names of files are not followed, they only tell what to look at.
func (x *Examiner) contents(ctx context.Context, c installers.Cache) contents {
	var k contents
	seen := 0
	err := filepath.WalkDir(c.Dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || ctx.Err() != nil:
			return errors.Join(err, ctx.Err())
		case d.IsDir() && filepath.Base(filepath.Dir(path)) == "archive-v0":
			k.unpacked++ // uv keeps wheels unpacked
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		if seen++; seen > maxCached {
			k.cut = true
			return fs.SkipAll
		}
		x.cached(&k, c, path)
		return nil
	})
	k.err = err
	return k
}

// cached looks at one file of a cache.
func (x *Examiner) cached(k *contents, c installers.Cache, path string) {
	name := filepath.Base(path)
	relative, err := filepath.Rel(c.Dir, path)
	if err != nil {
		return
	}
	top, _, _ := strings.Cut(filepath.ToSlash(relative), "/")
	switch {
	case name == originFile:
		if sum := originHash(path); sum != "" && x.verdict(sum) == Refused {
			k.refused = append(k.refused, path)
			k.archives++
		}
	case strings.HasSuffix(name, ".whl") && (top == "wheels" || strings.HasPrefix(top, "sdists") || strings.HasPrefix(top, "built-wheels")):
		k.built++
	case c.Client == installers.Pip && top == "http":
		k.unpacked++ // the file lies inside pip's own form
	default:
		x.archive(k, path)
	}
}

// archive hashes a file that begins as wheels and sdists do.
func (x *Examiner) archive(k *contents, path string) {
	f, err := os.Open(path)
	if err != nil {
		return // gone, or not ours to read
	}
	defer func() { _ = f.Close() }() // it was only read
	head := make([]byte, 4)
	if _, err := io.ReadFull(f, head); err != nil {
		return
	}
	if !bytes.HasPrefix(head, []byte("PK\x03\x04")) && !bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		return
	}
	h := sha256.New()
	h.Write(head)
	n, err := io.Copy(h, io.LimitReader(f, maxCachedFile))
	if err != nil {
		return
	}
	k.archives++
	if n == maxCachedFile {
		return
	}
	switch x.verdict(hex.EncodeToString(h.Sum(nil))) {
	case Passed:
		k.passed++
	case Refused:
		k.refused = append(k.refused, path)
	}
}

func (x *Examiner) verdict(sum string) Verdict {
	if x.Known == nil {
		return Unknown
	}
	return x.Known(sum)
}

// originHash reads of what sdist pip built the wheel beside the file (PEP 610); "" when it does not say.
func originHash(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }() // it was only read
	var origin struct {
		Archive struct {
			Hash   string            `json:"hash"`
			Hashes map[string]string `json:"hashes"`
		} `json:"archive_info"`
	}
	if json.NewDecoder(io.LimitReader(f, maxOrigin)).Decode(&origin) != nil {
		return ""
	}
	if sum := origin.Archive.Hashes["sha256"]; sum != "" {
		return strings.ToLower(sum)
	}
	sum, _ := strings.CutPrefix(origin.Archive.Hash, "sha256=")
	return strings.ToLower(sum)
}
