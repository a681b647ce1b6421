package installers

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxSettings bounds a file that is read, in bytes. Settings have some lines; the lock file of a large project has some MB.
const maxSettings = 64 << 20 // 64 MiB

// backupSuffix is added to the name of a file that was there before its first block.
const backupSuffix = ".before-pipwarden"

// A Request says what to set up.
type Request struct {
	// URL is the guard's simple API; it ends in "/simple/". Not needed to remove.
	URL     string
	Scope   Scope
	Clients []string // from Resolve
	Remove  bool
	// Guard is the file of the guard's own configuration, which gets the indexes that pip's file names. "" = it says
	// already what to ask, or is not to be changed.
	Guard string
	// Asked are the indexes that the guard's configuration names already, with their passwords.
	Asked []string
	// CheckGuard reads a changed configuration of the guard; nil takes it as it is.
	CheckGuard func(file, text string) error
	// Found is what pip uses whatever places it is written in: its index is taken where the file names extra ones alone, its
	// certificates and its proxy where the file names none.
	Found PipUpstream
}

// A Change is what becomes of one file.
type Change struct {
	Clients []string // whose settings it holds
	File    string   // as the client names it
	Before  string   // "" where there is none
	After   string
	Existed bool
	Deletes bool // the file goes: it held nothing but blocks, and was made for them

	path string      // File, with links followed
	mode fs.FileMode // of the written file
}

// A Plan is what a request would change. It has changed nothing yet.
type Plan struct {
	Changes []*Change // those that change something, each file once
	Same    []string  // files that are already as asked
	Notes   []string  // what a person has to know or do
}

// A FileError says which file cannot be set up, and why. It wraps the reason.
type FileError struct {
	File string
	Err  error
}

func (e *FileError) Error() string { return fmt.Sprintf("%q: %v", e.File, e.Err) }

func (e *FileError) Unwrap() error { return e.Err }

// CheckURL refuses an address that one of the files could not hold, or that is no simple API.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("the guard's address must be http:// or https:// with a host")
	case !strings.HasSuffix(u.Path, "/") || u.RawQuery != "" || u.Fragment != "":
		return errors.New(`the guard's address must end in "/simple/"`)
	case strings.ContainsAny(text, " '\"\\`$\n\r\t") || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }):
		return errors.New("the guard's address holds a character that not every client's settings can hold")
	}
	return nil
}

// NewPlan works out what a request changes. The error is a *FileError where one file stands in the way; then nothing is
// to be changed.
func (c *Computer) NewPlan(r Request) (*Plan, error) {
	p := &Plan{}
	byFile := map[string]*Change{}
	var order []*Change
	for _, client := range r.Clients {
		targets, why := c.targets(client, r.Scope)
		if len(targets) == 0 && !r.Remove {
			p.note("%s: %s", client, why)
		}
		for _, t := range targets {
			ch := byFile[t.file]
			if ch == nil {
				var err error
				if ch, err = newChange(t.file); err != nil {
					return nil, &FileError{t.file, err}
				}
				byFile[t.file] = ch
				order = append(order, ch)
			}
			if err := p.edit(ch, t, r); err != nil {
				return nil, &FileError{t.file, err}
			}
		}
	}
	ch, err := p.guard(r, order)
	if err != nil {
		return nil, &FileError{r.Guard, err}
	}
	p.settle(append(order, ch...))
	return p, nil
}

// edit sets or removes one client's block in a file.
func (p *Plan) edit(ch *Change, t target, r Request) error {
	clean, _, err := strip(ch.After, t.client)
	if err != nil {
		return err
	}
	if !slices.Contains(ch.Clients, t.client) {
		ch.Clients = append(ch.Clients, t.client)
	}
	if r.Remove {
		ch.After = clean
		return nil
	}
	out, notes, err := t.set(clean, r.URL)
	if err != nil {
		return err
	}
	for _, n := range notes {
		p.note("%s: %s", t.file, n)
	}
	ch.After = out
	return nil
}

// guard hands the indexes of pip's file on to the guard's configuration, or takes them back.
func (p *Plan) guard(r Request, order []*Change) ([]*Change, error) {
	u := displaced(order, r.URL)
	if r.Guard == "" {
		p.notAsked(r, u)
		return nil, nil
	}
	ch, err := newChange(r.Guard)
	if err != nil {
		return nil, err
	}
	ch.Clients = []string{Guard}
	clean, found, err := strip(ch.Before, Guard)
	if err != nil {
		return nil, err
	}
	if r.Remove {
		if ch.After = clean; !found || !slices.Contains(r.Clients, Pip) {
			return nil, nil
		}
		return []*Change{ch}, nil
	}
	if found || len(u.indexes()) == 0 {
		return nil, nil
	}
	return []*Change{ch}, p.handOn(r, ch, u.or(r.Found))
}

// notAsked tells of indexes that pip's file names, and nobody hands on to the guard.
func (p *Plan) notAsked(r Request, u PipUpstream) {
	list := slices.DeleteFunc(u.indexes(), func(x string) bool {
		return slices.ContainsFunc(r.Asked, func(y string) bool { return strings.TrimSuffix(x, "/") == strings.TrimSuffix(y, "/") })
	})
	if len(list) > 0 && !r.Remove {
		p.note("pip asked %s, and the guard does not: add it under [upstream] of its configuration", Masked(strings.Join(list, ", ")))
	}
}

// handOn writes the indexes into the guard's configuration.
func (p *Plan) handOn(r Request, ch *Change, u PipUpstream) (err error) {
	if ch.After, err = setGuard(ch.Before, u); err != nil {
		return err
	}
	if !ch.Existed {
		ch.mode = 0o600 // an index's address can hold a password
	}
	if r.CheckGuard != nil {
		if err := r.CheckGuard(r.Guard, ch.After); err != nil {
			return err
		}
	}
	p.note("the guard asks from now on what pip asked: %s", Masked(strings.Join(u.indexes(), ", ")))
	return nil
}

// displaced is what pip's file says without our block, but for the guard's own address: that is nobody's upstream.
func displaced(order []*Change, guard string) PipUpstream {
	for _, ch := range order {
		if !slices.Contains(ch.Clients, Pip) {
			continue
		}
		clean, _, err := strip(ch.Before, Pip)
		if err != nil {
			return PipUpstream{}
		}
		u := pipUpstream(clean)
		if sameServer(u.Index, guard) {
			u.Index = ""
		}
		u.Extra = slices.DeleteFunc(u.Extra, func(x string) bool { return sameServer(x, guard) })
		return u
	}
	return PipUpstream{}
}

// sameServer tells whether two addresses are of one host and port; all names of loopback are one host.
func sameServer(a, b string) bool {
	u, err := url.Parse(a)
	if err != nil || u.Host == "" {
		return false
	}
	v, err := url.Parse(b)
	if err != nil || u.Port() != v.Port() {
		return false
	}
	loopback := []string{"localhost", "127.0.0.1", "::1"}
	return strings.EqualFold(u.Hostname(), v.Hostname()) || slices.Contains(loopback, u.Hostname()) && slices.Contains(loopback, v.Hostname())
}

// settle keeps the changes that change something.
func (p *Plan) settle(order []*Change) {
	for _, ch := range order {
		ch.Deletes = ch.After == "" && ch.Before != "" && !isFile(ch.path+backupSuffix)
		switch {
		case ch.After != ch.Before:
			p.Changes = append(p.Changes, ch)
		case ch.Existed:
			p.Same = append(p.Same, ch.File)
		}
	}
}

func (p *Plan) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(p.Notes, text) {
		p.Notes = append(p.Notes, text)
	}
}

// newChange reads a file as it is.
func newChange(file string) (*Change, error) {
	ch := &Change{File: file, path: file, mode: 0o644}
	path, err := filepath.EvalSymlinks(file)
	if errors.Is(err, fs.ErrNotExist) {
		if _, linkErr := os.Lstat(file); linkErr == nil {
			return nil, errors.New("is a link to a file that is not there")
		}
		return ch, nil
	}
	if err != nil {
		return nil, cause(err)
	}
	ch.path = path
	st, err := os.Stat(path)
	if err != nil {
		return nil, cause(err)
	}
	if ch.Before, err = readText(path); err != nil {
		return nil, err
	}
	ch.Existed, ch.After, ch.mode = true, ch.Before, st.Mode().Perm()
	return ch, nil
}

// readText reads a file that holds text of a size that settings have.
func readText(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", cause(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	if st, err := f.Stat(); err == nil && !st.Mode().IsRegular() {
		return "", errors.New("is no regular file")
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSettings+1))
	if err != nil {
		return "", cause(err)
	}
	if len(b) > maxSettings {
		return "", fmt.Errorf("is larger than %d MiB", maxSettings>>20)
	}
	return string(b), checkText(string(b))
}

// cause takes the path out of an error that is told with it.
func cause(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
