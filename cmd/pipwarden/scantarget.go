package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"pipwarden/gate"
	"pipwarden/pypi"
)

// distExts are the extensions of the files that a folder is searched for.
var distExts = []string{".whl", ".tar.gz", ".tgz", ".zip", ".egg", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tar"}

// maxFolderEntries bounds the search of one folder, in files and folders.
const maxFolderEntries = 1 << 20

// A scanWish is what somebody has named.
type scanWish struct {
	text        string            // as it was given
	requirement *pypi.Requirement // to ask the index for; nil = text is a path
}

// A scanTarget is one file to scan, or why there is none.
type scanTarget struct {
	name    string        // as results call it
	path    string        // of a file of this machine; "" = request
	asked   string        // the requirement that the request is of
	request *gate.Request // of a file of the index
	err     error
}

// readWishes reads the arguments and the requirements files. Whatever is there already is meant as a path.
func readWishes(args, files []string) ([]scanWish, error) {
	var list wishList
	for _, arg := range args {
		w, err := readWish(arg)
		if err != nil {
			return nil, usage(err)
		}
		list.add(w)
	}
	for _, file := range files {
		if err := list.read(file); err != nil {
			return nil, err
		}
	}
	return list.wishes, nil
}

// A wishList holds each wish once.
type wishList struct {
	wishes []scanWish
	seen   map[string]bool // wishes, and requirements files after their "-r "
}

// first notes a key and reports whether it is new.
func (l *wishList) first(key string) bool {
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	again := l.seen[key]
	l.seen[key] = true
	return !again
}

func (l *wishList) add(w scanWish) {
	key := w.text
	if r := w.requirement; r != nil {
		key = string(r.Name) + " " + r.Specifiers.String()
	}
	if l.first(key) {
		l.wishes = append(l.wishes, w)
	}
}

// readWish tells a path from a requirement.
func readWish(arg string) (scanWish, error) {
	if _, err := os.Stat(arg); err == nil {
		return scanWish{text: arg}, nil
	}
	r, err := pypi.ParseRequirement(arg)
	switch {
	case err == nil && r.URL != "", strings.Contains(arg, "://"):
		return scanWish{}, withHint(fmt.Errorf("%q: addresses are not fetched", arg), "name the project as the index does, or a file")
	case hasAny(arg, distExts), strings.ContainsAny(arg, `/\`):
		return scanWish{text: arg}, nil // the result says that it is not there
	case err != nil:
		return scanWish{}, withHint(fmt.Errorf("%q is neither a file, nor a folder, nor a requirement", arg), "for example: requests==2.32.3")
	}
	return scanWish{text: arg, requirement: &r}, nil
}

// onDisk finds the files that a path means. The error is the context's.
func (c *scanCommand) onDisk(ctx context.Context, path string) ([]scanTarget, error) {
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return []scanTarget{{name: path, err: bareError(err)}}, nil
	case st.IsDir():
		return c.folder(ctx, path)
	case !st.Mode().IsRegular():
		return []scanTarget{{name: path, err: errNotRegular}}, nil
	}
	return []scanTarget{{name: path, path: path}}, nil
}

var (
	errNotRegular  = errors.New("not a regular file")
	errEmptyFolder = errors.New("no file below it has an extension of a distribution")
)

// folder finds the distributions below a folder, in the order of their names. Symbolic links are not followed.
func (c *scanCommand) folder(ctx context.Context, root string) ([]scanTarget, error) {
	var found []scanTarget
	entries := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		entries++
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			found = append(found, scanTarget{name: path, err: bareError(err)})
		case entries > maxFolderEntries:
			found = append(found, scanTarget{name: root, err: fmt.Errorf("holds more than %d files; those after %q are left out", maxFolderEntries, path)})
			return fs.SkipAll
		case d.IsDir():
		case d.Type().IsRegular() && hasAny(d.Name(), distExts):
			found = append(found, scanTarget{name: path, path: path})
		default:
			c.tally.passed++
		}
		return nil
	})
	if err == nil && len(found) == 0 {
		found = append(found, scanTarget{name: root, err: errEmptyFolder})
	}
	return found, err
}

// bareError is the reason of an error about a path that is told beside it.
func bareError(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
