package rules

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// A cell is the text of one code cell.
type cell struct{ text string }

// A cellLine is one line of a cell: Python, or a command that stands in a magic.
type cellLine struct {
	python  string // what IPython makes of it
	command string // for a shell, "" = none
}

// maxCells is the number of cells that are read; books of a thousand pages have
// fewer.
const maxCells = 20_000

// notebookCells reads the code cells of a notebook in the form of version 3 or
// 4 (nbformat). ok is false for what is none, or says that its language is
// another than Python.
func notebookCells(content []byte) (cells []cell, ok bool) {
	type codeCell struct {
		Type   string          `json:"cell_type"`
		Source json.RawMessage `json:"source"`
		Input  json.RawMessage `json:"input"` // version 3
	}
	var doc struct {
		Cells      []codeCell `json:"cells"`
		Worksheets []struct {
			Cells []codeCell `json:"cells"`
		} `json:"worksheets"`
		Metadata struct {
			Language struct {
				Name string `json:"name"`
			} `json:"language_info"`
			Kernel struct {
				Language string `json:"language"`
			} `json:"kernelspec"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")), &doc); err != nil {
		return nil, false
	}
	language := strings.ToLower(doc.Metadata.Language.Name + doc.Metadata.Kernel.Language)
	if language != "" && !strings.Contains(language, "python") {
		return nil, false
	}
	list := doc.Cells
	for _, w := range doc.Worksheets {
		list = append(list, w.Cells...)
	}
	for _, c := range list[:min(len(list), maxCells)] {
		if c.Type == "code" {
			cells = append(cells, cell{joined(c.Source) + joined(c.Input)})
		}
	}
	return cells, len(list) > 0
}

// joined is a text that is stored as one or as a list of lines.
func joined(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var lines []string
	if json.Unmarshal(raw, &lines) == nil {
		return strings.Join(lines, "")
	}
	return ""
}

var (
	cellMagic  = regexp.MustCompile(`^\s*%%(\w+)[ \t]*([^\n]*)\n?`)
	shellMagic = regexp.MustCompile(`^(\s*)(?:[\w.\[\], ]+=\s*)?(?:!!?|%(?:sx|system|sc)\s)\s*(.*)$`)
	toolMagic  = regexp.MustCompile(`^(\s*)%((?:pip|conda|mamba|uv)\s.*)$`)
	lineMagic  = regexp.MustCompile(`^(\s*)(?:%[A-Za-z_]\w*\b.*|\?{1,2}\w.*|\w[\w.]*\?{1,2})$`)
)

// lines are the lines of the cell as IPython takes them.
func (c cell) lines() (lines []cellLine) {
	text := c.text
	if magic := cellMagic.FindStringSubmatch(text); magic != nil {
		body := text[len(magic[0]):]
		switch magic[1] {
		case "bash", "sh", "script", "system", "sx", "cmd":
			return []cellLine{system("", body)}
		case "writefile", "file":
			return []cellLine{{python: "open(" + strconv.Quote(strings.TrimSpace(magic[2])) + ", 'w').write(" + strconv.Quote(body) + ")"}}
		case "time", "timeit", "capture", "prun", "python", "python3", "px", "debug":
			text = body
		default:
			return nil // another language, or a text to be shown
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(line, "\r")
		lines = append(lines, readLine(line))
	}
	return lines
}

// commands are the cell's commands for a shell, a line each.
func (c cell) commands() string {
	var out strings.Builder
	for _, l := range c.lines() {
		if l.command != "" {
			out.WriteString(l.command)
			out.WriteByte('\n')
		}
	}
	return out.String()
}

func readLine(line string) cellLine {
	if m := shellMagic.FindStringSubmatch(line); m != nil {
		return system(m[1], m[2])
	}
	if m := toolMagic.FindStringSubmatch(line); m != nil {
		return system(m[1], m[2])
	}
	if m := lineMagic.FindStringSubmatch(line); m != nil {
		return cellLine{python: m[1] + "pass"}
	}
	return cellLine{python: line}
}

// system is a command as the call that IPython makes of it. Go quotes texts as
// Python reads them.
func system(indent, command string) cellLine {
	return cellLine{python: indent + "__import__('os').system(" + strconv.Quote(command) + ")", command: command}
}
