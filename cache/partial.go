package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pipwarden/pypi"
)

// partial is the kept bytes of a broken transfer: NAME.part, and NAME.json that
// says what they are the beginning of.
type partial struct {
	key  string
	base string // path without its ending
}

// sidecar is the form of NAME.json.
type sidecar struct {
	Key       string      `json:"key"`
	Want      pypi.Hashes `json:"want"`
	Size      int64       `json:"size"`
	Validator string      `json:"validator,omitempty"`
}

// takePartial gives w the partial file of its key, unless another writer has it.
func (s *Store) takePartial(w *Writer) bool {
	s.partMu.Lock()
	defer s.partMu.Unlock()
	if s.parts[w.o.Key] {
		return false
	}
	s.parts[w.o.Key] = true
	sum := sha256.Sum256([]byte(w.o.Key))
	w.part = &partial{key: w.o.Key, base: filepath.Join(s.dir, partialDir, hex.EncodeToString(sum[:16]))}
	return true
}

func (s *Store) givePartial(p *partial) {
	s.partMu.Lock()
	defer s.partMu.Unlock()
	delete(s.parts, p.key)
}

func (p *partial) remove() {
	os.Remove(p.base + ".part")
	os.Remove(p.base + ".json")
}

func (p *partial) describe(o CreateOptions, validator string) error {
	b, err := json.Marshal(sidecar{o.Key, o.Want, o.Size, validator})
	if err != nil {
		return err
	}
	return replace(p.base+".json", b)
}

// replace is writeWhole without durability: bytes that do not match what is
// said of them are found out by their hash.
func replace(path string, b []byte) error {
	err := os.WriteFile(path+".new", b, 0o600)
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	return err
}

// fits returns the sidecar when it describes the transfer of o.
func (p *partial) fits(o CreateOptions) (sc sidecar, ok bool) {
	b, err := os.ReadFile(p.base + ".json")
	if err != nil || json.Unmarshal(b, &sc) != nil {
		return sc, false
	}
	return sc, sc.Key == o.Key && sc.Size == o.Size && maps.Equal(sc.Want, o.Want)
}

// resume opens the writer's partial file and hashes what it holds; bytes of
// something else are thrown away.
func (w *Writer) resume(ctx context.Context) error {
	sc, ok := w.part.fits(w.o)
	f, err := os.OpenFile(w.part.base+".part", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	w.f = f
	if !ok {
		if err := f.Truncate(0); err != nil {
			return err
		}
		return w.part.describe(w.o, "")
	}
	w.validator = sc.Validator
	buf := make([]byte, hashBuffer)
	for {
		n, err := f.Read(buf)
		w.sums.write(buf[:n])
		w.off += int64(n)
		if err == nil {
			err = ctx.Err()
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	w.resumed = w.off > 0
	if w.o.Size > 0 && w.off > w.o.Size {
		return w.Restart()
	}
	return nil
}

// cleanPartials removes what no transfer has asked for since a day.
func (s *Store) cleanPartials(now time.Time) {
	for p := range s.partials() {
		if now.Sub(p.ModTime()) < partialAge {
			continue
		}
		if err := os.Remove(filepath.Join(s.dir, partialDir, p.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.log.Warn("cannot remove partial file", "error", err)
		}
	}
}

// partials yields all files of broken transfers.
func (s *Store) partials() func(yield func(fs.FileInfo) bool) {
	return func(yield func(fs.FileInfo) bool) {
		names, _ := os.ReadDir(filepath.Join(s.dir, partialDir)) // what cannot be read is not there
		for _, n := range names {
			info, err := n.Info()
			if err == nil && !yield(info) {
				return
			}
		}
	}
}

func isPart(name string) bool { return strings.HasSuffix(name, ".part") }
