package vocabulary

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Hole stands in a text for a part that is not known.
const Hole = '\uFFFC'

// pathClasses are the classes of paths that are no labels: what is at the
// path, not what is read from it.
var pathClasses = []string{
	"persistence",  // run by the system later: cron, services, launch agents, rc files
	"startup",      // run when the user logs in: the Startup folder, autostart
	"temp",         // a folder for temporary files
	"credential",   // holds keys or passwords
	"python-site",  // site-packages, .pth files, sitecustomize
	"agent-config", // instructions or settings of a coding agent
	"hosts-file",   // names that the system resolves itself
	"application",  // the code of another application: Discord's modules, a wallet's archive
	"device",       // devices, the memory of processes
	"container",    // containers, cluster service accounts, cloud metadata
	"virtual",      // what is there in a virtual machine or under a debugger alone
	"program",      // a program or script by its extension
	"history",      // histories and logs
}

// paths finds the patterns of path tables in a text. A pattern is a few
// segments, "*" stands for any characters within one: ".ssh/id_*". Its first
// segment without a star is its key, a whole word of the text that leads to
// it, or for "*.kdbx" the extension.
type paths struct {
	byWord   map[string][]*pathEntry
	bySuffix map[string][]*pathEntry
	// lengths has for each first byte a bit for each length of a key, so that
	// most words of a text need no look into a map.
	lengths [256]uint64
}

type pathEntry struct {
	before []string // the segments before the key's, from right to left
	key    string   // the first word of the key's segment, lower case
	after  string   // what follows the key's word, to the end of the pattern
	blank  bool     // the key's segment has blanks, as plain prose does
	labels Labels
	class  uint32 // a bit for each of pathClasses
}

func (p *paths) clone() paths {
	c := paths{byWord: maps.Clone(p.byWord), bySuffix: maps.Clone(p.bySuffix), lengths: p.lengths}
	for _, m := range []map[string][]*pathEntry{c.byWord, c.bySuffix} {
		for k, list := range m {
			m[k] = slices.Clip(list)
		}
	}
	return c
}

// add adds one entry; words are labels and classes.
func (p *paths) add(pattern, list string) error {
	e := &pathEntry{}
	for w := range strings.SplitSeq(list, ",") {
		if i := slices.Index(pathClasses, w); i >= 0 {
			e.class |= 1 << i
		} else if i := slices.Index(labelNames[:], w); i >= 0 {
			e.labels |= 1 << i
		} else {
			return fmt.Errorf("unknown label or class %q", w)
		}
	}
	// Tables have one word a pattern, so "?" stands for a blank in a name.
	pattern = strings.ReplaceAll(strings.ToLower(pattern), "?", " ")
	if ext, ok := strings.CutPrefix(pattern, "*."); ok && isWord(ext) {
		p.bySuffix["."+ext] = append(p.bySuffix["."+ext], e)
		return nil
	}
	segments := strings.Split(pattern, "/")
	k := slices.IndexFunc(segments, func(s string) bool { return s != "" && !strings.HasPrefix(s, "*") })
	if k < 0 || segments[k] == "" {
		return fmt.Errorf("pattern %q has no fixed segment", pattern)
	}
	n := wordEnd(segments[k], 0)
	if n > maxKey || n == 0 || n < len(segments[k]) && segments[k][n] == '*' {
		return fmt.Errorf("the first word of %q is not fixed", segments[k])
	}
	e.key = segments[k][:n]
	e.before = slices.Clone(segments[:k])
	slices.Reverse(e.before)
	e.blank = strings.Contains(segments[k], " ")
	e.after = strings.Join(segments[k:], "/")[n:]
	p.byWord[e.key] = append(p.byWord[e.key], e)
	p.lengths[e.key[0]] |= 1 << (len(e.key) - 1)
	return nil
}

// wordByte says which bytes make up the words of a path: those that a shell
// or a quotation does not end a path with.
func wordByte(c byte) bool { return wordBytes[c] }

var wordBytes = func() (set [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@%+$") {
		set[c] = true
	}
	return set
}()

func isWord(s string) bool { return s != "" && wordEnd(s, 0) == len(s) }

// wordEnd returns where the word at i ends.
func wordEnd(s string, i int) int {
	for i < len(s) && wordByte(s[i]) {
		i++
	}
	return i
}

// Path returns the labels of what is read from a path. The text may hold more
// than the path, such as a command around it; "/" and "\" both separate, the
// letters' case does not count, [Hole] stands for parts that are not known.
func (v *Vocabulary) Path(text string) (s Labels) {
	v.paths.find(text, func(e *pathEntry) { s |= e.labels })
	return s
}

// PathClass returns the classes of the paths in a text, such as
// "persistence", "startup", "temp"; nil if there are none.
func (v *Vocabulary) PathClass(text string) (list []string) {
	var s uint32
	v.paths.find(text, func(e *pathEntry) { s |= e.class })
	for i, name := range pathClasses {
		if s&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	return list
}

// maxKey is the longest key of a path pattern that is looked up, in bytes.
const maxKey = 64

// find calls yield with the entries whose pattern is in the text.
func (p *paths) find(text string, yield func(*pathEntry)) {
	var buf [maxKey]byte
	for i := 0; i < len(text); {
		if !wordByte(text[i]) {
			i++
			continue
		}
		start, end := i, wordEnd(text, i)
		i = end
		if n := end - start; n <= maxKey && p.lengths[lowerByte(text[start])]>>(n-1)&1 != 0 {
			for _, e := range p.byWord[string(lower(&buf, text[start:end]))] {
				if e.fits(text, start, end) {
					yield(e)
				}
			}
		}
		// A long name may still have an extension of the tables.
		if dot := strings.LastIndexByte(text[max(start, end-maxKey):end], '.'); dot >= 0 {
			dot += max(start, end-maxKey)
			for _, e := range p.bySuffix[string(lower(&buf, text[dot:end]))] {
				yield(e)
			}
		}
	}
}

// lower puts the ASCII lower case of a text of at most maxKey bytes into buf.
func lower(buf *[maxKey]byte, text string) []byte {
	b := buf[:len(text)]
	for i := range b {
		b[i] = lowerByte(text[i])
	}
	return b
}

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func separator(c byte) bool { return c == '/' || c == '\\' }

// fits says that the pattern is in the text with its key at text[start:end].
func (e *pathEntry) fits(text string, start, end int) bool {
	rest, ok := globPrefix(text[end:], e.after)
	if !ok || e.blank && (start > 0 && text[start-1] == ' ' || strings.HasPrefix(rest, " ")) {
		return false
	}
	for _, segment := range e.before {
		i := start
		for i > 0 && separator(text[i-1]) {
			i--
		}
		if i == start {
			return false
		}
		if segment == "" {
			return atRoot(text[:i])
		}
		start = i
		for start > 0 && !separator(text[start-1]) {
			start--
		}
		if n, ok := globMatch(text[start:i], segment); !ok || n != i-start {
			return false
		}
	}
	return true
}

// atRoot says that a path that begins after before is absolute: nothing of
// it stands before, but an unknown part or a drive may.
func atRoot(before string) bool {
	if before == "" || strings.HasSuffix(before, string(Hole)) {
		return true
	}
	c := before[len(before)-1]
	return !wordByte(c) && c != '~'
}

// globPrefix says that text goes on with pattern, and that the last segment
// ends there, unless the pattern ends with a "/"; rest is what follows.
func globPrefix(text, pattern string) (rest string, ok bool) {
	n, ok := globMatch(text, pattern)
	if !ok || n < len(text) && wordByte(text[n]) && !strings.HasSuffix(pattern, "/") && !strings.HasSuffix(pattern, "*") {
		return "", false
	}
	return text[n:], true
}

// globMatch returns how many bytes of the start of text the pattern takes, in
// lower case; "/" takes a run of either separator, "*" the rest of a word.
func globMatch(text, pattern string) (n int, ok bool) {
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '*':
			n = starEnd(text, n, pattern[i+1:])
		case c == '/':
			if n == len(text) || !separator(text[n]) {
				return 0, false
			}
			for n < len(text) && separator(text[n]) {
				n++
			}
		case n == len(text) || lowerByte(text[n]) != c:
			return 0, false
		default:
			n++
		}
	}
	return n, true
}

// starEnd returns where a star that begins at n ends: before the first place
// where the rest of its segment stands, or at the segment's end.
func starEnd(text string, n int, rest string) int {
	rest, _, _ = strings.Cut(rest, "/")
	end := n
	for end < len(text) && !separator(text[end]) && text[end] != '"' && text[end] != '\'' && text[end] != '\n' {
		end++
	}
	if rest == "" || strings.Contains(rest, "*") {
		return end
	}
	for i := n; i+len(rest) <= end; i++ {
		if strings.EqualFold(text[i:i+len(rest)], rest) {
			return i
		}
	}
	return end
}
