package lockfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	"pipwarden/pypi"
)

// Pages gives the pages that addresses are looked up on.
type Pages interface {
	// Upstream gives the project's page as the index that the project comes from has it, and which of Mapper.Indexes that
	// is. fs.ErrNotExist: no index has the project.
	Upstream(ctx context.Context, project pypi.Name) (page *pypi.Page, index int, err error)
	// Guarded gives the same page as the guard shows it, with the guard's links.
	Guarded(ctx context.Context, project pypi.Name) (*pypi.Page, error)
}

// A Mapper maps addresses between a guard and its upstream.
type Mapper struct {
	// Guard is the guard's simple API; its path ends in "/simple/".
	Guard *url.URL
	// Indexes are the simple APIs that the guard asks, without user and password; the first is the main one.
	Indexes []*url.URL
	Pages   Pages
}

// A Direction is which way to map.
type Direction bool

// The directions.
const (
	ToUpstream Direction = false
	ToGuard    Direction = true
)

// A Left is an address that was left as it is.
type Left struct {
	Address
	Why string
}

// errForeign says that an address is neither the guard's nor one of upstream's.
var errForeign = errors.New("no index of the guard lists it")

// Map gives the text with its addresses mapped. Those of somebody else stay, and are told in left. One of the guard's
// that upstream does not list any longer is an error.
func (m *Mapper) Map(ctx context.Context, f *File, to Direction) (text string, left []Left, err error) {
	var b strings.Builder
	end := 0
	for _, a := range f.Addresses {
		mapped := ""
		if to == ToGuard {
			mapped, err = m.toGuard(ctx, a)
		} else {
			mapped, err = m.toUpstream(ctx, a)
		}
		if errors.Is(err, errForeign) {
			left = append(left, Left{a, err.Error()})
			continue
		}
		if err != nil {
			return "", nil, fmt.Errorf("line %d: %w", a.Line, err)
		}
		if mapped == "" {
			continue
		}
		b.WriteString(f.Text[end:a.From])
		b.WriteString(mapped)
		end = a.To
	}
	b.WriteString(f.Text[end:])
	return b.String(), left, nil
}

// OnGuard tells whether an address is one of the guard's.
func (m *Mapper) OnGuard(u *url.URL) bool {
	return strings.EqualFold(u.Host, m.Guard.Host) && u.Scheme == m.Guard.Scheme && strings.HasPrefix(u.Path, m.root())
}

// root is the path below which the guard serves; it ends in a slash.
func (m *Mapper) root() string { return strings.TrimSuffix(m.Guard.Path, "simple/") }

// toUpstream gives the original of one of the guard's addresses; "" when it is somebody else's.
func (m *Mapper) toUpstream(ctx context.Context, a Address) (string, error) {
	if !m.OnGuard(a.URL) {
		return "", nil
	}
	path := strings.TrimPrefix(a.URL.Path, m.root())
	if rest, ok := strings.CutPrefix(path+"/", "simple/"); ok {
		return m.upstreamIndex(ctx, a, strings.Trim(rest, "/"))
	}
	project, err := m.projectOf(path)
	if err != nil {
		return "", err
	}
	page, _, err := m.Pages.Upstream(ctx, project)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("no index has the project %s any longer", project)
	}
	if err != nil {
		return "", err
	}
	file, err := listed(page, a)
	if err != nil {
		return "", err
	}
	return file.URL + fragment(a.URL), nil
}

// upstreamIndex maps the address of the guard's simple API, or of a page there.
func (m *Mapper) upstreamIndex(ctx context.Context, a Address, page string) (string, error) {
	project, index := a.Project, 0
	if page != "" {
		name, err := pypi.ParseName(page)
		if err != nil {
			return "", fmt.Errorf("%q is no project's page", page)
		}
		project = name
	}
	if project != "" && len(m.Indexes) > 1 {
		_, i, err := m.Pages.Upstream(ctx, project)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if err == nil {
			index = i // else it is the entry of a project that no index has: the one that is locked
		}
	}
	u := *m.Indexes[index]
	if page != "" {
		u = *u.JoinPath(page + "/")
	}
	return likeSlash(&u, a.URL), nil
}

// projectOf reads the project from the path of one of the guard's links: files/<index>/<project>/..., or
// files/blocked/<why>/<index>.<project>.<digits>/<name>.
func (m *Mapper) projectOf(path string) (pypi.Name, error) {
	parts := strings.Split(path, "/")
	if len(parts) < 4 || parts[0] != "files" {
		return "", errors.New("the guard has no files there")
	}
	text := parts[2]
	if parts[1] == "blocked" {
		id := strings.Split(parts[3], ".")
		if len(id) != 3 {
			return "", errors.New("the guard has no files there")
		}
		text = id[1]
	}
	name, err := pypi.ParseName(text)
	if err != nil {
		return "", errors.New("the guard has no files there")
	}
	return name, nil
}

// toGuard gives the guard's address for one of upstream's; "" when there is nothing to do.
func (m *Mapper) toGuard(ctx context.Context, a Address) (string, error) {
	if m.OnGuard(a.URL) {
		return "", nil
	}
	for _, ix := range m.Indexes {
		if rest, ok := below(a.URL, ix); ok && (rest == "" || rest == string(a.Project)) {
			u := m.Guard
			if rest != "" {
				u = u.JoinPath(rest + "/")
			}
			return likeSlash(u, a.URL), nil
		}
	}
	switch {
	case a.Filename == "":
		return "", nil // a homepage, a comment
	case a.Project == "":
		return "", errForeign
	}
	return m.guardedFile(ctx, a)
}

// guardedFile gives the guard's address of a file that an index of it lists.
func (m *Mapper) guardedFile(ctx context.Context, a Address) (string, error) {
	page, _, err := m.Pages.Upstream(ctx, a.Project)
	if errors.Is(err, fs.ErrNotExist) {
		return "", errForeign
	}
	if err != nil {
		return "", err
	}
	file, err := listed(page, a)
	if err != nil || file.URL != bare(a.URL) && a.SHA256 == "" {
		return "", errForeign // the same name elsewhere says nothing
	}
	guarded, err := m.Pages.Guarded(ctx, a.Project)
	if err != nil {
		return "", err
	}
	link, err := listed(guarded, a)
	if err != nil {
		return "", err
	}
	return link.URL + fragment(a.URL), nil
}

// listed finds the file that an address names on a page. Another hash than the lock file's is an error.
func listed(page *pypi.Page, a Address) (*pypi.File, error) {
	for i := range page.Files {
		f := &page.Files[i]
		if f.Filename != a.Filename {
			continue
		}
		if sum := f.Hashes["sha256"]; a.SHA256 != "" && sum != "" && sum != a.SHA256 {
			return nil, fmt.Errorf("%s has another hash on the page of %s than in the lock file", a.Filename, page.Name)
		}
		return f, nil
	}
	return nil, fmt.Errorf("the page of %s lists no %q", page.Name, a.Filename)
}

// below tells whether an address is an index's simple API, or one project's page there.
func below(u, index *url.URL) (rest string, ok bool) {
	if !strings.EqualFold(u.Host, index.Host) || u.Scheme != index.Scheme {
		return "", false
	}
	rest, ok = strings.CutPrefix(strings.TrimSuffix(u.Path, "/")+"/", strings.TrimSuffix(index.Path, "/")+"/")
	rest = strings.Trim(rest, "/")
	return rest, ok && !strings.Contains(rest, "/")
}

// likeSlash writes an address with a slash at its end, or without, as another one is.
func likeSlash(u, like *url.URL) string {
	text := strings.TrimSuffix(u.String(), "/")
	if strings.HasSuffix(like.Path, "/") {
		return text + "/"
	}
	return text
}

// bare is an address without fragment and user.
func bare(u *url.URL) string {
	v := *u
	v.Fragment, v.RawFragment, v.User = "", "", nil
	return v.String()
}

func fragment(u *url.URL) string {
	if u.Fragment == "" {
		return ""
	}
	return "#" + u.EscapedFragment()
}
