package proxy

import (
	"strings"

	"pipwarden/pypi"
)

const (
	// maxReleases bounds the memory of single releases, in bytes.
	maxReleases = 8 << 20 // 8 MiB
	// releaseFileCost is what one file of a release takes, in bytes, about.
	releaseFileCost = 2 << 10
)

// release gives the part of a page that a request for one of its files needs: the files of that release. Parsed pages
// of large projects have megabytes, and a resolver comes back for one file of each of a hundred projects; their releases
// are small enough to stay. A file that is not listed gives the whole page.
func (p *pages) release(l *listing, filename string) (*content, error) {
	key := l.key() + " " + filename
	p.mu.Lock()
	r, ok := p.releases.get(key)
	p.mu.Unlock()
	if ok && r.digest == l.digest {
		return r, nil
	}
	c, err := p.content(l)
	if err != nil {
		return nil, err
	}
	i, listed := c.files[filename]
	if !listed || !c.timed() {
		return c, nil
	}
	r = c.cut(i)
	p.mu.Lock()
	p.releases.put(strings.Clone(key), r, releaseFileCost*(1+len(r.page.Files)))
	p.mu.Unlock()
	return r, nil
}

// timed tells whether the index gives the upload times of all files. Where it does not, the gate has to see all files
// of a page at once to know which of them came together.
func (c *content) timed() bool {
	for i := range c.page.Files {
		if c.page.Files[i].UploadTime.IsZero() {
			return false
		}
	}
	return true
}

// cut is the content with the release of the i-th file alone. It shares no text with the page, which it would keep in
// memory.
func (c *content) cut(i int) *content {
	page := &pypi.Page{Name: c.name, Status: pypi.Status{State: strings.Clone(c.page.Status.State), Reason: strings.Clone(c.page.Status.Reason)}}
	version := c.page.Files[i].Parsed.Version.Key()
	for j := range c.page.Files {
		if c.page.Files[j].Parsed.Version.Key() == version {
			page.Files = append(page.Files, cloneFile(&c.page.Files[j], c.name))
		}
	}
	return newContent(c.listing, page, 0)
}

// cloneFile copies what the gate and the policy ask of a file.
func cloneFile(f *pypi.File, project pypi.Name) pypi.File {
	name := strings.Clone(f.Filename)
	parsed, err := pypi.ParseFilename(name, project)
	if err != nil {
		parsed = pypi.Filename{Text: name}
	}
	return pypi.File{Filename: name, Parsed: parsed, URL: strings.Clone(f.URL), Hashes: cloneHashes(f.Hashes), Size: f.Size, UploadTime: f.UploadTime,
		RequiresPython: strings.Clone(f.RequiresPython), Yanked: f.Yanked, YankedReason: strings.Clone(f.YankedReason),
		Metadata: pypi.CoreMetadata{Offered: f.Metadata.Offered, Hashes: cloneHashes(f.Metadata.Hashes)}}
}

func cloneHashes(h pypi.Hashes) pypi.Hashes {
	if h == nil {
		return nil
	}
	out := make(pypi.Hashes, len(h))
	for algorithm, digest := range h {
		out[strings.Clone(algorithm)] = strings.Clone(digest)
	}
	return out
}
