package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pipwarden/config"
	"pipwarden/pypi"
	"pipwarden/scan"
	"pipwarden/scan/archive"
)

// A scanResult is what was seen in one target, or why nothing was.
type scanResult struct {
	name   string // of the target
	asked  string // the requirement that it was fetched for; "" = none
	report *scan.Report
	note   string        // what a person should know of the report; "" = nothing
	took   time.Duration // of the scan
	err    error         // nil = there is a report
}

// scanOne scans a target. What goes wrong is in the result: the others are scanned all the same.
func (c *scanCommand) scanOne(ctx context.Context, t *scanTarget) *scanResult {
	r := &scanResult{name: t.name, asked: t.asked, err: t.err}
	switch {
	case t.err != nil:
	case t.request != nil:
		r.report, r.took, r.err = c.releases.scan(ctx, t.request)
	default:
		r.err = c.scanFile(ctx, t.path, r)
	}
	return r
}

// scanFile scans a file of this machine.
func (c *scanCommand) scanFile(ctx context.Context, path string, r *scanResult) error {
	f, err := os.Open(path)
	if err != nil {
		return bareError(err)
	}
	defer f.Close()
	st, err := f.Stat()
	switch {
	case err != nil:
		return bareError(err)
	case !st.Mode().IsRegular():
		return errNotRegular
	case st.Size() > int64(c.cfg.Upstream.MaxFileSize):
		return fmt.Errorf("has %d bytes, more than upstream.max_file_size (%s)", st.Size(), c.cfg.Upstream.MaxFileSize)
	}
	limit := time.Duration(c.cfg.Scan.Time)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	begin := time.Now()
	content := &boundReader{limited, f}
	name, note, err := c.fileName(limited, filepath.Base(path), content, st.Size())
	if err == nil {
		r.note = note
		r.report, err = c.scanner.Scan(limited, scan.Input{Filename: name, Content: content, Size: st.Size()})
	}
	r.took = time.Since(begin)
	if ctx.Err() == nil && limited.Err() != nil && err != nil {
		return fmt.Errorf("the scan took longer than scan.time (%s)", config.Duration(limit))
	}
	return err
}

// A boundReader reads until a context ends.
type boundReader struct {
	ctx context.Context
	r   io.ReaderAt
}

// ReadAt is that of the reader below, or the context's error.
func (b *boundReader) ReadAt(p []byte, off int64) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.r.ReadAt(p, off)
}

// fileName takes a file's name apart. A name that is no distribution's keeps nobody from looking: sets of malware are named by
// hash or date. Such a file is taken for what its content says that it is, and a name that can be split in two ways for the likelier;
// the note says so.
func (c *scanCommand) fileName(ctx context.Context, base string, r io.ReaderAt, size int64) (pypi.Filename, string, error) {
	name, err := pypi.ParseFilename(base, "")
	var unnamed *pypi.FilenameError
	if !errors.As(err, &unnamed) {
		return name, "", err
	}
	reason := unnamed.Reason
	if name, ok := splitName(base); ok {
		return name, fmt.Sprintf("the file's name %s; scanned as %s %s", reason, name.Project, name.Version), nil
	}
	if name, err = c.nameByContent(ctx, r, size); err != nil {
		return name, "", err
	}
	name.Text, name.Ext = base, "" // no extension: the archive is read as what its bytes are
	what := name.Kind.String()
	if name.Project != "" {
		what += fmt.Sprintf(" of %s %s", name.Project, name.Version)
	}
	return name, fmt.Sprintf("the file's name %s; scanned by its content as %s", reason, what), nil
}

// splitName takes a distribution's name apart that may be split in more than one way: the shortest project that leaves a version,
// since the usual case is a version with the number of a build behind it.
func splitName(text string) (pypi.Filename, bool) {
	for i := range len(text) {
		if text[i] != '-' {
			continue
		}
		project, err := pypi.ParseName(text[:i])
		if err != nil {
			continue
		}
		if f, err := pypi.ParseFilename(text, project); err == nil {
			return f, true
		}
	}
	return pypi.Filename{}, false
}

// maxNameMembers is how many members are looked at for a name: the metadata folder of a wheel is its last or its first.
const maxNameMembers = 100_000

// nameByContent names a file by the metadata folder of a wheel or the top folder of an sdist that is in it.
func (c *scanCommand) nameByContent(ctx context.Context, r io.ReaderAt, size int64) (pypi.Filename, error) {
	sdist := pypi.Filename{Kind: pypi.KindSdist}
	a, err := archive.Open(r, size, archive.Options{Limits: c.scanner.Limits})
	if err != nil {
		return sdist, notAboutArchive(err)
	}
	n := 0
	for m, err := range a.Members(ctx) {
		if m == nil {
			return sdist, notAboutArchive(err)
		}
		top, rest, _ := strings.Cut(m.Path, "/")
		if n == 0 {
			if f, ok := splitName(top + ".tar.gz"); ok {
				sdist = f
			}
		}
		if n++; n > maxNameMembers || a.Format() != archive.FormatZip {
			break
		}
		if stem, ok := strings.CutSuffix(top, ".dist-info"); ok && rest == "WHEEL" {
			return wheelNamed(stem, m), nil
		}
	}
	return sdist, nil
}

// maxWheelFile is what is read of a WHEEL file, in bytes. Those with the most tags stay under a tenth.
const maxWheelFile = 64 << 10

// wheelNamed is a wheel with a metadata folder of that stem and the tags of its WHEEL file.
func wheelNamed(stem string, wheel *archive.Member) pypi.Filename {
	name, err := pypi.ParseFilename(stem+"-py3-none-any.whl", "")
	if err != nil {
		name.Kind = pypi.KindWheel
	}
	r, err := wheel.Open()
	if err != nil {
		return name // its scan will say why
	}
	head, err := io.ReadAll(io.LimitReader(r, maxWheelFile))
	if err != nil {
		return name
	}
	name.Tags = nil
	for line := range strings.Lines(string(head)) {
		tag, ok := strings.CutPrefix(line, "Tag:")
		if !ok {
			continue
		}
		if f, err := pypi.ParseFilename("x-1-"+strings.TrimSpace(tag)+".whl", ""); err == nil {
			name.Tags = append(name.Tags, f.Tags...)
		}
	}
	return name
}

// notAboutArchive leaves the errors of reading: what is wrong with an archive, its scan will say.
func notAboutArchive(err error) error {
	var format *archive.FormatError
	if errors.As(err, &format) {
		return nil
	}
	return err
}
