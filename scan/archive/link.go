package archive

import (
	"path"
	"strings"
)

const (
	// linkHops is how many links are followed one after another: what Linux
	// allows.
	linkHops = 40
	// linkSteps is how many parts of targets are walked for one archive, so that
	// chains of links cannot multiply the work. Genuine sdists have a few links.
	linkSteps = 1 << 18
)

// buildFiles are read or executed by whoever builds the sdist, at its top.
var buildFiles = map[string]bool{"setup.py": true, "setup.cfg": true, "pyproject.toml": true}

// codeExts are the extensions by which Python decides to run a file.
var codeExts = map[string]bool{
	".py": true, ".pyw": true, ".pth": true, ".pyc": true, ".so": true, ".pyd": true, ".egg": true, ".zip": true,
}

// link fills in a link's target and objects to what the link alone shows. The
// target is judged by finishNames, when all members are known.
func (a *Archive) link(m *Member) {
	l := nameLink{path: m.Path, raw: m.Name, target: m.Link, hard: m.Kind == KindHardlink}
	if isBuildFile(m.Path) {
		a.add("link-executed", m.Name, detailf("executed or read at build, and a link to %q", m.Link))
	}
	if ext := path.Ext(m.Path); codeExts[ext] && !strings.EqualFold(path.Ext(m.Link), ext) {
		a.add("link-disguised", m.Name, detailf("a link from %s to %q", ext, m.Link))
	}
	if strings.ContainsAny(m.Link, "\x00\\") || m.Link == "" {
		a.add("link-target", m.Name, detailf("an unusual target %q", m.Link))
	}
	m.Target, _ = a.names.follow(l, 0, 0)
	if !l.hard {
		a.names.linkAt[l.path] = len(a.names.links)
	}
	a.names.links = append(a.names.links, l)
}

func isBuildFile(p string) bool {
	return buildFiles[strings.ToLower(path.Base(p))] && strings.Count(p, "/") <= 1
}

// A linkEnd is where following a link ends.
type linkEnd uint8

const (
	linkInside linkEnd = iota
	linkLeaves
	linkCircles
	linkTooLong
)

// judgeLink follows a link through the other links to its end.
func (a *Archive) judgeLink(l nameLink) {
	// Where there is one top folder it is the root, since pip and uv take its
	// name away: climbing out of it is leaving.
	root := 0
	if a.names.tops[1] == "" && strings.Contains(l.path, "/") {
		root = 1
	}
	target, end := a.names.follow(l, linkHops, root)
	switch end {
	case linkLeaves:
		a.add("link-outside", l.raw, detailf("the target %q lies outside the archive", l.target))
	case linkCircles:
		a.add("link-loop", l.raw, detailf("the target %q leads in a circle", l.target))
	case linkTooLong:
		_ = a.fail("limit-links", l.raw, "the links lead through too many folders")
	case linkInside:
		if _, known := a.names.byFold[a.names.key(target)]; !known && target != "" {
			a.add("link-dangling", l.raw, detailf("the target %q is not in the archive", l.target))
		}
	}
}

// follow walks a target part by part, as an operating system does: ".." after a
// link goes up from where the link leads. It must not go above the first root
// parts of the path. Without hops, links are taken for folders.
func (t *nameTable) follow(l nameLink, hops, root int) (string, linkEnd) {
	if strings.HasPrefix(l.target, "/") {
		return "", linkLeaves
	}
	var at []string
	if dir := path.Dir(l.path); !l.hard && dir != "." {
		at = strings.Split(dir, "/")
	}
	todo := strings.Split(l.target, "/")
	for through := hops > 0; len(todo) > 0; {
		if t.steps--; t.steps < 0 {
			return "", linkTooLong
		}
		part := todo[0]
		todo = todo[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			if len(at) <= root {
				return "", linkLeaves
			}
			at = at[:len(at)-1]
			continue
		}
		via := t.linkTo(at, part)
		if via == nil || !through {
			at = append(at, part)
			continue
		}
		if hops--; hops < 0 {
			return "", linkCircles
		}
		// An absolute target begins at a root that is not the archive's.
		next := strings.Split(via.target, "/")
		if next[0] == "" {
			return "", linkLeaves
		}
		todo = append(next, todo...)
	}
	return t.arrive(l, at, root)
}

// arrive judges the place where a target leads.
func (t *nameTable) arrive(l nameLink, at []string, root int) (string, linkEnd) {
	if top, _, _ := strings.Cut(l.path, "/"); root > 0 && len(at) > 0 && at[0] != top {
		return "", linkLeaves
	}
	return strings.Join(at, "/"), linkInside
}

// linkTo returns the symbolic link at a place, if there is one.
func (t *nameTable) linkTo(at []string, part string) *nameLink {
	if len(t.linkAt) == 0 {
		return nil
	}
	e, ok := t.byFold[t.key(strings.Join(append(at[:len(at):len(at)], part), "/"))]
	if !ok || e.kind != KindSymlink {
		return nil
	}
	i, ok := t.linkAt[e.path]
	if !ok {
		return nil
	}
	return &t.links[i]
}
