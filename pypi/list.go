package pypi

import "strings"

// ProjectList is the root page of an index: the names of its projects.
type ProjectList struct {
	APIVersion string   // what the page said of itself; "" = nothing
	Projects   []string // as given, each a valid project name
}

// ParseProjectList reads the root page of an index in either form; src.Name is
// not used. Entries that are no valid project names are left out. The error is
// a *PageError.
func ParseProjectList(src PageSource) (*ProjectList, error) {
	isJSON, reason := src.isJSON()
	if reason != "" {
		return nil, &PageError{Reason: reason}
	}
	b := listBuilder{pageBuilder: pageBuilder{page: &Page{}, links: linkBase{base: src.URL}}}
	var err error
	if isJSON {
		err = b.readJSON(src.Body)
	} else {
		err = b.readHTML(src.Body)
	}
	if err != nil {
		return nil, err
	}
	return &ProjectList{APIVersion: b.page.APIVersion, Projects: b.projects}, nil
}

type listBuilder struct {
	pageBuilder
	projects []string
}

func (b *listBuilder) add(name string) {
	if _, err := ParseName(name); err == nil {
		b.projects = append(b.projects, name)
	}
}

func (b *listBuilder) readJSON(body []byte) error {
	p := &jsonPage{jsonScanner: scanJSON(body), b: &b.pageBuilder}
	found := false
	p.object(func(key string) {
		switch key {
		case "meta":
			p.meta()
		case "projects":
			found = true
			p.array(func() { b.add(p.project()) })
		default:
			p.skip()
		}
	})
	p.end()
	switch {
	case p.stopped != nil:
		return p.stopped
	case p.err != nil:
		return &PageError{Reason: "malformed JSON", Err: p.err}
	case !found:
		return b.errorf("holds no list of projects")
	}
	return nil
}

// project reads an entry of "projects".
func (p *jsonPage) project() (name string) {
	p.object(func(key string) {
		if key == "name" {
			name = p.str()
			return
		}
		p.skip()
	})
	return name
}

func (b *listBuilder) readHTML(body []byte) error {
	marked := false
	r := &htmlReader{links: &b.links}
	r.meta = func(name, content string) error {
		marked = marked || strings.HasPrefix(name, "pypi:")
		if name == "pypi:repository-version" {
			return b.setAPIVersion(content)
		}
		return nil
	}
	r.anchor = func(attrs *htmlAttrs) error {
		link, reason := b.links.resolve(attrs.values[attrHref])
		if reason == "" && strings.HasSuffix(link, "/") {
			b.add(lastComponent(strings.TrimRight(link, "/")))
		}
		return nil
	}
	reason, err := r.run(body)
	switch {
	case err != nil:
		return err
	case reason != "":
		return b.errorf("%s", reason)
	case !marked && !isIndexTitle(r.title.String()):
		return b.errorf("not a list of projects: no sign of an index")
	}
	return nil
}

// AppendJSON appends the list in its JSON form (PEP 691).
func (l *ProjectList) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"meta":{"api-version":"`+apiVersion+`"},"projects":[`...)
	for i, name := range l.Projects {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(append(dst, `{"name":`...), name), '}')
	}
	return append(dst, "]}"...)
}

// AppendHTML appends the list in its HTML form (PEP 503). The links are relative
// to the root of the index.
func (l *ProjectList) AppendHTML(dst []byte) []byte {
	dst = append(dst, "<!DOCTYPE html>\n<html>\n<head>\n"...)
	dst = appendMeta(dst, "pypi:repository-version", apiVersion)
	dst = append(dst, "<title>Simple index</title>\n</head>\n<body>\n"...)
	for _, name := range l.Projects {
		dst = appendHTMLText(append(dst, `<a href="`...), normalizeName(name))
		dst = appendHTMLText(append(dst, `/">`...), name)
		dst = append(dst, "</a><br>\n"...)
	}
	return append(dst, "</body>\n</html>\n"...)
}
