package shell

import (
	"slices"
	"strings"
)

// languages of the interpreters, and the options that give them code.
var languages = map[string]struct{ name, options string }{
	"python": {"python", "-c"}, "pythonw": {"python", "-c"}, "py": {"python", "-c"}, "pypy": {"python", "-c"},
	"node": {"javascript", "-e -p --eval --print -pe"}, "nodejs": {"javascript", "-e -p --eval --print"}, "deno": {"javascript", "eval"},
	"bun": {"javascript", "-e --eval"}, "perl": {"perl", "-e -E -ne -pe"}, "ruby": {"ruby", "-e"}, "php": {"php", "-r"},
	"lua": {"lua", "-e"}, "osascript": {"applescript", "-e"},
}

// interpreter reads the words of a program that runs code.
func (r *reader) interpreter(d Dialect, s *Simple, kind string, p pipeline) {
	r.runsFetched(s, kind, p)
	switch kind {
	case "shell":
		r.shell(s)
	case "cmd":
		r.command(s)
	case "powershell":
		r.powershell(s)
	case "code":
		r.code(s)
	case "eval", "source":
		r.eval(d, s, kind)
	}
}

// runsFetched says whether the interpreter is given what was downloaded: by
// its input, by a substitution, by a file or by a variable.
func (r *reader) runsFetched(s *Simple, kind string, p pipeline) {
	fetched := s.all.Any(Fetch, FetchRun) || p.piped && p.effects.Has(Fetch) && s.readsInput()
	for _, w := range s.Words {
		fetched = fetched || r.fetched[baseName(w)] || r.isTainted(w, kind)
	}
	for _, f := range s.Reads {
		fetched = fetched || r.fetched[baseName(f)]
	}
	if fetched {
		s.Effects |= Set(FetchRun)
	}
}

// readsInput says that the interpreter takes its program from its input: it
// has no file or code to run.
func (s *Simple) readsInput() bool {
	for _, w := range s.Words {
		if w == "-" || w == "-s" || w == "/dev/stdin" {
			return true
		}
		if !strings.HasPrefix(w, "-") || w == "-c" || w == "-e" || w == "-m" {
			return false
		}
	}
	return true
}

// isTainted says that a word takes a variable that holds a download.
func (r *reader) isTainted(w, kind string) bool {
	if kind == "code" || len(r.tainted) == 0 {
		return false
	}
	w = strings.ToLower(w)
	for name := range r.tainted {
		if found(w, name) || found(w, "${"+name[1:]) {
			return true
		}
	}
	return false
}

// shell reads "sh -c", and what is piped into a shell.
func (r *reader) shell(s *Simple) {
	for i, w := range s.Words {
		if strings.HasPrefix(w, "-") && !strings.HasPrefix(w, "--") && strings.HasSuffix(w, "c") && i+1 < len(s.Words) {
			// "$(...)" was read as a substitution.
			if code := s.Words[i+1]; !strings.HasPrefix(code, "$(") || s.inner[i+1] == 0 {
				r.nested(s, Posix, code, s.Program+" -c")
			}
			s.Effects |= Set(Interpret)
			return
		}
		if w == "-i" && len(s.Writes)+len(s.Reads) > 0 {
			s.Effects |= Set(ReverseShell) // bash -i >& ...
		}
	}
	if s.input != "" && s.readsInput() {
		r.nested(s, Posix, s.input, s.Program)
	}
}

// command reads "cmd /c".
func (r *reader) command(s *Simple) {
	for i, w := range s.Words {
		if lower := strings.ToLower(w); lower == "/c" || lower == "/k" || lower == "/r" {
			r.nested(s, Cmd, join(s.Words[i+1:]), "cmd /c")
			return
		}
	}
	if s.input != "" {
		r.nested(s, Cmd, s.input, "cmd")
	}
}

// nested reads a text that the command runs.
func (r *reader) nested(s *Simple, d Dialect, text, layer string) {
	if text == "" {
		return
	}
	s.Effects |= Set(Interpret)
	s.all |= r.script(d, text, append(slices.Clip(s.Layers), layer))
}

// join puts words together again, quoted where they have blanks.
func join(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		if strings.ContainsAny(w, " &|<>") && !strings.Contains(w, `"`) {
			w = `"` + w + `"`
		}
		b.WriteString(w)
	}
	return b.String()
}

// powershell reads the parameters of powershell.exe, which may be shortened.
func (r *reader) powershell(s *Simple) {
	for i := 0; i < len(s.Words); i++ {
		name, ok := strings.CutPrefix(strings.ToLower(strings.Replace(s.Words[i], "/", "-", 1)), "-")
		next := ""
		if i+1 < len(s.Words) {
			next = s.Words[i+1]
		}
		switch {
		case !ok:
			r.powershellText(s, join(s.Words[i:]), "powershell")
			return
		case name == "command" || name != "" && strings.HasPrefix("command", name):
			r.powershellText(s, join(s.Words[i+1:]), "powershell -command")
			return
		case name == "ec" || name != "" && strings.HasPrefix("encodedcommand", name):
			s.Effects |= Set(Encoded)
			r.powershellText(s, utf16Text(next), "encoded")
			return
		case name == "file" || name == "f":
			i++
			s.Effects |= Set(Start)
		default:
			if powershellSwitch(s, name, next) {
				i++
			}
		}
	}
	if s.input != "" {
		r.powershellText(s, s.input, "powershell")
	}
}

// powershellSwitch takes a parameter of powershell.exe; it says whether the
// next word is its value.
func powershellSwitch(s *Simple, name, next string) bool {
	next = strings.ToLower(next)
	switch {
	case name == "ep" || len(name) > 1 && strings.HasPrefix("executionpolicy", name):
		if next == "bypass" || next == "unrestricted" {
			s.Effects |= Set(Bypass)
		}
		return true
	case name != "" && strings.HasPrefix("windowstyle", name):
		if next == "1" || strings.HasPrefix("hidden", next) && next != "" {
			s.Effects |= Set(Hidden)
		}
		return true
	}
	return strings.HasPrefix("inputformat", name) || strings.HasPrefix("outputformat", name) || strings.HasPrefix("version", name)
}

// powershellText keeps a text for powershell and reads it.
func (r *reader) powershellText(s *Simple, text, layer string) {
	if strings.TrimSpace(text) == "" || text == "-" && s.input == "" {
		return
	}
	if text == "-" {
		text = s.input
	}
	r.keep("powershell", text, append(slices.Clip(s.Layers), layer))
	r.nested(s, PowerShell, text, layer)
}

// keep adds a text for an interpreter.
func (r *reader) keep(language, text string, layers []string) {
	if len(r.c.Code) < maxSimple {
		r.c.Code = append(r.c.Code, Code{Language: language, Text: text, Layers: slices.Clip(layers)})
	}
}

// code reads the words of an interpreter of another language.
func (r *reader) code(s *Simple) {
	l := languages[s.Program]
	options := strings.Fields(l.options)
	for i, w := range s.Words {
		switch {
		case slices.Contains(options, w) && i+1 < len(s.Words):
			s.Effects |= Set(Interpret) | foreign(s.Words[i+1])
			r.keep(l.name, s.Words[i+1], append(slices.Clip(s.Layers), s.Program+" "+w))
			return
		case l.name == "python" && strings.HasPrefix(w, "-c") && len(w) > 2:
			s.Effects |= Set(Interpret) | foreign(w[2:])
			r.keep(l.name, w[2:], append(slices.Clip(s.Layers), s.Program+" -c"))
			return
		case w == "-m" && l.name == "python" && i+1 < len(s.Words):
			r.module(s, s.Words[i+1], s.Words[i+2:])
			return
		case !strings.HasPrefix(w, "-"):
			return // a script
		}
	}
	if s.input != "" {
		s.Effects |= Set(Interpret) | foreign(s.input)
		r.keep(l.name, s.input, append(slices.Clip(s.Layers), s.Program))
	}
}

// module reads "python -m NAME".
func (r *reader) module(s *Simple, name string, words []string) {
	switch name {
	case "pip", "pip3", "pipx", "uv", "conda":
		s.Effects |= installs(words)
	case "easy_install", "ensurepip":
		s.Effects |= Set(Install)
	case "http.server", "SimpleHTTPServer":
		s.Effects |= Set(Send)
	}
}

// foreign looks for a shell given away in another language's text.
func foreign(text string) Effects {
	lower := strings.ToLower(text)
	connects := strings.Contains(lower, "socket") || strings.Contains(lower, "fsockopen") || strings.Contains(lower, "net.connect")
	for _, shell := range []string{"dup2", "pty.spawn", "/bin/sh", "/bin/bash", "cmd.exe", "child_process", "proc_open"} {
		if connects && strings.Contains(lower, shell) {
			return Set(ReverseShell)
		}
	}
	return 0
}

// eval reads eval, Invoke-Expression and the dot.
func (r *reader) eval(d Dialect, s *Simple, kind string) {
	if kind == "source" {
		return
	}
	s.Effects |= Set(Interpret)
	if len(s.Words) == 0 {
		r.nested(s, d, s.input, "eval")
		return
	}
	text := strings.Join(s.Words, " ")
	if s.Program == "invoke-expression" || s.Program == "iex" {
		text = strings.TrimPrefix(strings.TrimPrefix(text, "-Command "), "-command ")
		d = PowerShell
	}
	if s.all == 0 && !strings.HasPrefix(text, "$") && !strings.HasPrefix(text, "(") {
		r.nested(s, d, text, "eval")
	}
}

// starter reads programs that start others, some from an address.
func (r *reader) starter(s *Simple) {
	for i, w := range s.Words {
		lower := strings.ToLower(w)
		if strings.Contains(lower, "http://") || strings.Contains(lower, "https://") || strings.Contains(lower, "javascript:") || strings.Contains(lower, "vbscript:") || strings.Contains(lower, "scrobj") {
			if s.Program != "open" && s.Program != "xdg-open" {
				s.Effects |= Set(Fetch, FetchRun)
				r.url(s, i)
			}
		}
		if r.fetched[baseName(w)] {
			s.Effects |= Set(FetchRun)
		}
		if lower == "//b" {
			s.Effects |= Set(Hidden)
		}
		if s.Program == "java" || s.Program == "javaw" {
			if lower == "-jar" {
				s.Effects |= Set(Start)
			}
		}
	}
}
