package pypitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"
)

const (
	jsonType = "application/vnd.pypi.simple.v1+json"
	htmlType = "text/html; charset=utf-8"
)

// jsonPage is PEP 691 with 700, 714, 740, 792 and 708. The caller holds mu.
func (x *Index) jsonPage(p *Project) []byte {
	meta := map[string]any{"api-version": "1.4"}
	if p.Tracks != nil {
		meta["tracks"] = p.Tracks
	}
	page := map[string]any{"name": p.Name, "meta": meta, "files": []any{}}
	if p.Status != "" {
		page["project-status"] = map[string]string{"status": p.Status, "reason": p.Reason}
	}
	files := []any{}
	versions := []string{}
	for _, f := range p.Files {
		files = append(files, x.jsonFile(f))
		if _, v := (&Dist{Filename: f.Filename}).parts(); !slices.Contains(versions, v) {
			versions = append(versions, v)
		}
	}
	page["files"], page["versions"] = files, versions
	return mustJSON(page)
}

func (x *Index) jsonFile(f *File) map[string]any {
	hashes := map[string]string{}
	if !x.opts.NoHashes {
		hashes["sha256"] = f.SHA256
	}
	j := map[string]any{"filename": f.Filename, "url": f.URL, "hashes": hashes, "yanked": false}
	if f.Yanked != nil {
		j["yanked"] = true
		if *f.Yanked != "" {
			j["yanked"] = *f.Yanked
		}
	}
	if f.RequiresPython != "" {
		j["requires-python"] = f.RequiresPython
	}
	if f.Metadata != nil {
		j["core-metadata"] = map[string]string{"sha256": f.MetadataSHA256}
		j["dist-info-metadata"] = j["core-metadata"]
	}
	if !x.opts.NoSizes {
		j["size"] = f.Size
	}
	if !x.opts.NoTimes {
		j["upload-time"] = f.UploadTime.UTC().Format(time.RFC3339Nano)
	}
	if f.Provenance != "" {
		j["provenance"] = f.Provenance
	}
	return j
}

// htmlPage is PEP 503 with 592, 658, 714 and 708. The caller holds mu.
func (x *Index) htmlPage(p *Project) []byte {
	var b bytes.Buffer
	b.WriteString("<!DOCTYPE html>\n<html>\n  <head>\n    <meta name=\"pypi:repository-version\" content=\"1.4\">\n")
	if p.Status != "" {
		fmt.Fprintf(&b, "    <meta name=\"pypi:project-status\" content=\"%s\">\n", html.EscapeString(p.Status))
		if p.Reason != "" {
			fmt.Fprintf(&b, "    <meta name=\"pypi:project-status-reason\" content=\"%s\">\n", html.EscapeString(p.Reason))
		}
	}
	for _, t := range p.Tracks {
		fmt.Fprintf(&b, "    <meta name=\"pypi:tracks\" content=\"%s\">\n", html.EscapeString(t))
	}
	fmt.Fprintf(&b, "    <title>Links for %s</title>\n  </head>\n  <body>\n", html.EscapeString(p.Name))
	for _, f := range p.Files {
		x.htmlLink(&b, f)
	}
	b.WriteString("  </body>\n</html>\n")
	return b.Bytes()
}

func (x *Index) htmlLink(b *bytes.Buffer, f *File) {
	href := f.URL
	if !x.opts.NoHashes {
		href += "#sha256=" + f.SHA256
	}
	fmt.Fprintf(b, "    <a href=\"%s\"", html.EscapeString(href))
	if f.RequiresPython != "" {
		fmt.Fprintf(b, " data-requires-python=\"%s\"", html.EscapeString(f.RequiresPython))
	}
	if f.Yanked != nil {
		fmt.Fprintf(b, " data-yanked=\"%s\"", html.EscapeString(*f.Yanked))
	}
	if f.Metadata != nil {
		fmt.Fprintf(b, " data-dist-info-metadata=\"sha256=%s\" data-core-metadata=\"sha256=%[1]s\"", html.EscapeString(f.MetadataSHA256))
	}
	fmt.Fprintf(b, ">%s</a><br>\n", html.EscapeString(f.Filename))
}

// rootPage lists the projects.
func (x *Index) rootPage(asJSON bool) ([]byte, string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	names := []string{}
	for n := range x.projects {
		names = append(names, n)
	}
	slices.Sort(names)
	if !asJSON {
		var b strings.Builder
		b.WriteString("<!DOCTYPE html>\n<html>\n  <body>\n")
		for _, n := range names {
			fmt.Fprintf(&b, "    <a href=\"/simple/%s/\">%[1]s</a>\n", html.EscapeString(n))
		}
		b.WriteString("  </body>\n</html>\n")
		return []byte(b.String()), htmlType
	}
	projects := []map[string]string{}
	for _, n := range names {
		projects = append(projects, map[string]string{"name": n})
	}
	return mustJSON(map[string]any{"meta": map[string]string{"api-version": "1.4"}, "projects": projects}), jsonType
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("pypitest: " + err.Error()) // maps of strings always marshal
	}
	return b
}
