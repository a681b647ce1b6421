package installers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Apply writes the files of a plan, one after the other, each whole or not at all. Before the first block goes into a
// file, a copy of it is laid beside it. done are the changes that were made; the error is a *FileError, and the files
// behind the one that it names are as they were.
func (p *Plan) Apply() (done []*Change, err error) {
	for _, ch := range p.Changes {
		if err := ch.apply(); err != nil {
			return done, &FileError{ch.File, err}
		}
		done = append(done, ch)
	}
	return done, nil
}

func (c *Change) apply() error {
	now, err := newChange(c.File)
	if err != nil {
		return err
	}
	if now.Existed != c.Existed || now.Before != c.Before {
		return errors.New("was changed by somebody else just now")
	}
	backup := c.path + backupSuffix
	if c.Deletes {
		return cause(os.Remove(c.path))
	}
	if kept, err := os.ReadFile(backup); err == nil && string(kept) == c.After {
		// The file is again what the copy is of.
		if err := c.write(); err != nil {
			return err
		}
		return cause(os.Remove(backup))
	}
	if err := c.keep(backup); err != nil {
		return fmt.Errorf("copy to %q: %w", backup, err)
	}
	return c.write()
}

// keep lays a copy of the file as it is beside it, unless there is one or the file holds blocks already.
func (c *Change) keep(backup string) error {
	if !c.Existed || isFile(backup) {
		return nil
	}
	for _, client := range c.Clients {
		if _, found, err := strip(c.Before, client); err != nil || found {
			return err
		}
	}
	return writeWhole(backup, c.Before, c.mode, c.path)
}

func (c *Change) write() error {
	if err := os.MkdirAll(filepath.Dir(c.path), 0o755); err != nil {
		return cause(err)
	}
	return writeWhole(c.path, c.After, c.mode, c.path)
}

// writeWhole makes a file appear complete or not at all, with a mode and with the owner of another file where that is
// there.
func writeWhole(path, text string, mode fs.FileMode, like string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".pipwarden-*")
	if err != nil {
		return cause(err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // it may be gone, and the first error says more
		}
	}()
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(mode))
	if err == nil {
		err = sameOwner(f, like)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Replace writes text into a file that holds before, whole or not at all; mode and owner stay, and links are followed.
// A file that holds something else by now is left alone, with an error.
func Replace(file, before, text string) error {
	ch, err := newChange(file)
	if err == nil && (!ch.Existed || ch.Before != before) {
		err = errors.New("was changed by somebody else just now")
	}
	if err == nil {
		ch.After = text
		err = ch.write()
	}
	if err != nil {
		return &FileError{file, err}
	}
	return nil
}
