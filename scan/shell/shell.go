// Package shell reads command lines and scripts of POSIX shells, of cmd.exe
// and of PowerShell, and says what they do. It executes nothing and looks at
// nothing but the text.
//
// A text is split into simple commands. Those inside substitutions, blocks,
// "sh -c", encoded commands and texts that are piped into a shell stand in the
// list as well, before the command that they are part of. What is not known of
// a text is a hole, U+FFFC, which is a part of a word like any letter.
package shell

import (
	"embed"
	"strings"
)

// Sources are the package's own files, for the scanner's fingerprint.
//
//go:embed *.go *.txt
var Sources embed.FS

// A Dialect is a language of commands.
type Dialect uint8

// The dialects.
const (
	Posix      Dialect = iota // sh, bash, zsh
	Cmd                       // cmd.exe, batch files
	PowerShell                // powershell, pwsh
)

// String returns the dialect's name.
func (d Dialect) String() string {
	return [...]string{"sh", "cmd", "powershell"}[d]
}

// Limits of one text. Beyond them Command.Cut is set.
const (
	maxText    = 1 << 20 // bytes read of a text
	maxDepth   = 8       // texts inside texts
	maxSimple  = 4096    // simple commands
	maxDecoded = 2 << 20 // bytes read in all, texts inside texts included
	maxShown   = 300     // bytes of a command kept as evidence
)

// A Command is what a text says.
type Command struct {
	// Dialect is what the text was read as.
	Dialect Dialect
	// Simple are the simple commands, in the order in which they are read.
	Simple []Simple
	// Effects are all commands' effects together, and those that come of
	// several commands.
	Effects Effects
	// Code are the texts for interpreters.
	Code []Code
	// Fetched are the URLs that commands fetch or send to, as they stand.
	Fetched []string
	// Cut says that a limit left a part unread.
	Cut bool
}

// A Simple is one command with its words.
type Simple struct {
	// Program is the name alone, in lower case, without folder, ".exe" and
	// version: "curl", "python", "invoke-webrequest". Wrappers such as sudo,
	// env and start are passed over; their effects stay.
	Program string
	// Words are the program's arguments, quotes taken off.
	Words []string
	// Writes and Reads are the files of redirections.
	Writes, Reads []string
	// Effects are what the command does.
	Effects Effects
	// Piped says that the output of the command before is its input.
	Piped bool
	// Text is the command as it stands, at most 300 bytes.
	Text string
	// Layers say what the command was found in, outermost first: "sh -c",
	// "encoded", "substitution".
	Layers []string

	inner   []Effects // of the substitutions in each of Words
	all     Effects   // of all substitutions and texts inside it
	input   string    // what a here-document or a pipe gives it, if that is known
	assigns string    // the variable that gets the output
}

// Code is a text for an interpreter.
type Code struct {
	Language string // "python", "javascript", "perl", "powershell", "sh", ...
	Text     string
	Layers   []string
}

// Read reads a command line or a script of unknown dialect.
func Read(text string) Command { return ReadAs(guess(text), text) }

// ReadAs reads a command line or a script.
func ReadAs(d Dialect, text string) Command {
	c := Command{Dialect: d}
	r := reader{c: &c, left: maxDecoded, fetched: make(map[string]bool), tainted: make(map[string]bool), decoded: make(map[string]bool)}
	r.script(d, text, nil)
	r.whole(text)
	return c
}

// ReadWords reads a command that is given as a list of words and meets no
// shell, as the first argument of a call may be.
func ReadWords(words []string) Command {
	c := Command{}
	r := reader{c: &c, left: maxDecoded, fetched: make(map[string]bool), tainted: make(map[string]bool), decoded: make(map[string]bool)}
	text := strings.Join(words, " ")
	p := part{text: text}
	for _, w := range words {
		p.words = append(p.words, word{text: w, quoted: true})
	}
	if len(words) > maxSimple || len(text) > maxText {
		c.Cut = true
		return c
	}
	r.part(Posix, &p, nil, pipeline{})
	r.whole(text)
	return c
}

// Does says that the text has all these effects.
func (c *Command) Does(list ...Effect) bool {
	for _, e := range list {
		if !c.Effects.Has(e) {
			return false
		}
	}
	return true
}

// cut shortens a text for people.
func cut(text string) string {
	text = strings.TrimSpace(text)
	if len(text) <= maxShown {
		return text
	}
	return strings.ToValidUTF8(text[:maxShown], "")
}
