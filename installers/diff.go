package installers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const (
	// diffContext is how many unchanged lines are shown around a change.
	diffContext = 3
	// maxCompared bounds the table of a comparison, in pairs of lines: beyond it all lines count as changed.
	maxCompared = 4 << 20
	noFile      = "/dev/null"
)

// A diffLine is one line of a comparison: kind is ' ', '-' or '+'; a and b are the numbers, from 0, that it has or would
// have in the two texts.
type diffLine struct {
	kind byte
	text string
	a, b int
}

// Diff shows a change as a unified diff. Passwords in addresses are masked; a line that a terminal could be fooled with
// is quoted.
func (c *Change) Diff() string {
	list := compare(slices.Collect(strings.Lines(c.Before)), slices.Collect(strings.Lines(c.After)))
	from, to := c.File, c.File
	if !c.Existed {
		from = noFile
	}
	if c.Deletes {
		to = noFile
	}
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", from, to)
	for _, h := range hunks(list) {
		writeHunk(&out, list[h.from:h.to])
	}
	return out.String()
}

// hunks are the stretches to show: changed lines with their context, joined where the contexts meet.
func hunks(list []diffLine) []span {
	var out []span
	for i, l := range list {
		if l.kind == ' ' {
			continue
		}
		from, to := max(i-diffContext, 0), min(i+diffContext+1, len(list))
		if n := len(out); n > 0 && from <= out[n-1].to {
			out[n-1].to = to
		} else {
			out = append(out, span{from, to})
		}
	}
	return out
}

func writeHunk(out *strings.Builder, list []diffLine) {
	var a, b int
	for _, l := range list {
		if l.kind != '+' {
			a++
		}
		if l.kind != '-' {
			b++
		}
	}
	fmt.Fprintf(out, "@@ -%s +%s @@\n", hunkRange(list[0].a, a), hunkRange(list[0].b, b))
	for _, l := range list {
		line, ended := strings.CutSuffix(l.text, "\n")
		out.WriteByte(l.kind)
		out.WriteString(printable(Masked(strings.TrimSuffix(line, "\r"))) + "\n")
		if !ended {
			out.WriteString("\\ No newline at end of file\n")
		}
	}
}

// hunkRange is a range as diff writes it: an empty one is told by the line before it.
func hunkRange(from, count int) string {
	if count == 0 {
		return fmt.Sprintf("%d,0", from)
	}
	return fmt.Sprintf("%d,%d", from+1, count)
}

// printable quotes a line with characters that do not print.
func printable(line string) string {
	if strings.ContainsFunc(line, func(r rune) bool { return r != '\t' && !unicode.IsPrint(r) }) {
		return strconv.Quote(line)
	}
	return line
}

// compare gives a shortest way from a to b.
func compare(a, b []string) []diffLine {
	var list []diffLine
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		list = append(list, diffLine{' ', a[head], head, head})
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	list = middle(list, a[head:len(a)-tail], b[head:len(b)-tail], head)
	for i := range tail {
		x, y := len(a)-tail+i, len(b)-tail+i
		list = append(list, diffLine{' ', a[x], x, y})
	}
	return list
}

// middle compares what lies between the common head and the common tail by the longest common subsequence.
func middle(list []diffLine, a, b []string, at int) []diffLine {
	var length [][]int
	if len(a)*len(b) <= maxCompared {
		length = subsequences(a, b)
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case length != nil && i < len(a) && j < len(b) && a[i] == b[j]:
			list = append(list, diffLine{' ', a[i], at + i, at + j})
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || length == nil || length[i+1][j] >= length[i][j+1]):
			list = append(list, diffLine{'-', a[i], at + i, at + j})
			i++
		default:
			list = append(list, diffLine{'+', b[j], at + i, at + j})
			j++
		}
	}
	return list
}

// subsequences gives the length of the longest common subsequence of a[i:] and b[j:].
func subsequences(a, b []string) [][]int {
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	return length
}
