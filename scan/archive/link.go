package archive

import (
	"path"
	"strings"
)

// linkHops is how many links are followed one after another: what Linux allows.
const linkHops = 40

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
	if target, ok := l.lexical(); ok {
		m.Target = target
	}
	if !l.hard {
		a.names.linkAt[l.path] = len(a.names.links)
	}
	a.names.links = append(a.names.links, l)
}

func isBuildFile(p string) bool {
	return buildFiles[strings.ToLower(path.Base(p))] && strings.Count(p, "/") <= 1
}

// lexical returns where the target lies if no other link is in between. The top
// folder is the root: pip and uv take it away.
func (l nameLink) lexical() (string, bool) {
	if strings.HasPrefix(l.target, "/") {
		return "", false
	}
	target := path.Clean(l.target)
	if !l.hard {
		target = path.Join(path.Dir(l.path), l.target)
	}
	if target == ".." || strings.HasPrefix(target, "../") {
		return "", false
	}
	top, rest, inside := strings.Cut(l.path, "/")
	if inside && rest != "" && target != top && !strings.HasPrefix(target, top+"/") {
		return "", false
	}
	return target, true
}

// judgeLink follows a link through the other links to its end.
func (a *Archive) judgeLink(l nameLink) {
	target, ok := l.lexical()
	for hops := 0; ok; hops++ {
		if hops == linkHops {
			a.add("link-loop", l.raw, detailf("the target %q leads in a circle", l.target))
			return
		}
		via, rest := a.names.firstLink(target)
		if via == nil {
			break
		}
		next, inside := via.lexical()
		target, ok = path.Join(next, rest), inside
		if top, _, _ := strings.Cut(l.path, "/"); ok && target != top && !strings.HasPrefix(target, top+"/") && top != l.path {
			ok = false
		}
	}
	if !ok {
		a.add("link-outside", l.raw, detailf("the target %q lies outside the archive", l.target))
		return
	}
	if _, known := a.names.byFold[a.names.key(target)]; !known && target != "." {
		a.add("link-dangling", l.raw, detailf("the target %q is not in the archive", l.target))
	}
}

// firstLink returns the first link on the way along a path, and what follows.
func (t *nameTable) firstLink(p string) (*nameLink, string) {
	for i := range len(p) + 1 {
		if i < len(p) && p[i] != '/' {
			continue
		}
		e, ok := t.byFold[t.key(p[:i])]
		if !ok || e.kind != KindSymlink {
			continue
		}
		if j, ok := t.linkAt[e.path]; ok {
			return &t.links[j], strings.TrimPrefix(p[i:], "/")
		}
	}
	return nil, ""
}
