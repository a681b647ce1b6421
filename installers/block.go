package installers

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The lines of a block. All files that are written take a line that begins with "#" for a comment.
const (
	blockWas  = "# was: " // begins a line that is out of force while the block stands
	blockNote = `# "pipwarden setup --remove" takes this out and puts back what was here.`
)

// marks are the first and the last line of a client's blocks: files that two clients read hold blocks of both.
func marks(client string) (begin, end string) {
	return "# >>> pipwarden setup: " + client + " >>>", "# <<< pipwarden setup: " + client + " <<<"
}

// A span is lines from, up to but not including to, counted from 0.
type span struct{ from, to int }

// An edit puts a block before the line at, and puts spans of lines out of force. Spans do not overlap and are in order.
type edit struct {
	client string // whose blocks
	at     int
	body   []string // of the block, without line ends
	out    []span
}

// checkText refuses what no editor of settings writes: then it is not what it seems.
func checkText(text string) error {
	switch {
	case !utf8.ValidString(text):
		return errors.New("is not UTF-8")
	case strings.Contains(text, "\x00"):
		return errors.New("holds a zero byte")
	case strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\r"):
		return errors.New("holds a carriage return inside a line")
	}
	return nil
}

// lineEnd is the end that the text's first line has.
func lineEnd(text string) string {
	if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// apply gives the text with the edit. strip takes it back.
func (e edit) apply(text string) string {
	eol := lineEnd(text)
	begin, end := marks(e.client)
	// A text that ends inside a line stays one: that way strip knows that its end was not there.
	open := text != "" && !strings.HasSuffix(text, "\n")
	if open {
		text += eol
	}
	lines := linesOf(text)
	var b strings.Builder
	out := e.out
	for i := 0; i <= len(lines); i++ {
		if i == e.at && len(e.body) > 0 {
			b.WriteString(begin + eol + blockNote + eol + strings.Join(e.body, eol) + eol + end + eol)
		}
		if len(out) > 0 && out[0].from == i {
			b.WriteString(begin + eol)
			for ; i < out[0].to; i++ {
				b.WriteString(blockWas + lines[i])
			}
			b.WriteString(end + eol)
			out = out[1:]
			i--
			continue
		}
		if i < len(lines) {
			b.WriteString(lines[i])
		}
	}
	if open {
		return strings.TrimSuffix(b.String(), eol)
	}
	return b.String()
}

// linesOf is splitLines for a text that ends with a line end: every line keeps its own.
func linesOf(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	return lines[:len(lines)-1]
}

// strip takes a client's blocks out of a text and puts back what they put out of force. found is false when there are
// none.
func strip(text, client string) (clean string, found bool, err error) {
	begin, end := marks(client)
	if !strings.Contains(text, begin) && !strings.Contains(text, end) {
		return text, false, nil
	}
	eol := "\n"
	if strings.Contains(text, begin+"\r\n") {
		eol = "\r\n"
	}
	open := !strings.HasSuffix(text, "\n")
	if open {
		text += eol
	}
	var b strings.Builder
	begun := 0 // line of the block that is open, 0 = none
	for i, line := range linesOf(text) {
		switch word := strings.TrimRight(line, "\r\n"); {
		case word == begin && begun > 0, word == end && begun == 0:
			return "", true, fmt.Errorf("line %d: a mark of a block without its other one", i+1)
		case word == begin:
			begun, found = i+1, true
		case word == end:
			begun = 0
		case begun == 0:
			b.WriteString(line)
		default:
			if was, ok := strings.CutPrefix(line, blockWas); ok {
				b.WriteString(was)
			}
		}
	}
	if begun > 0 {
		return "", true, fmt.Errorf("line %d: a mark of a block without its other one", begun)
	}
	if open {
		return strings.TrimSuffix(b.String(), eol), found, nil
	}
	return b.String(), found, nil
}
