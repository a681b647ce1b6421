package shell

import (
	"slices"
	"strings"
)

// A reader goes through one text and those inside it.
type reader struct {
	c       *Command
	left    int             // bytes that may still be read
	fetched map[string]bool // base names of files that were downloaded
	tainted map[string]bool // variables that hold what was downloaded
	decoded map[string]bool // literals that were decoded
}

// A pipeline is what a command gets from those before it.
type pipeline struct {
	effects Effects
	text    string // what stands on its input, if that is known
	piped   bool
}

// script reads a text and returns the effects of its commands.
func (r *reader) script(d Dialect, text string, layers []string) (all Effects) {
	if len(layers) > maxDepth {
		r.c.Cut = true
		return 0
	}
	if n := min(maxText, r.left); len(text) > n {
		text = text[:n]
		r.c.Cut = true
	}
	r.left -= len(text)
	var p pipeline
	for _, one := range split(d, text) {
		if len(r.c.Simple) >= maxSimple {
			r.c.Cut = true
			break
		}
		if !one.piped {
			p = pipeline{}
		}
		p.piped = one.piped
		s := r.part(d, &one, layers, p)
		all |= s.Effects | s.all
		p.effects |= s.Effects | s.all
		p.text = s.output()
	}
	return all
}

// part understands one simple command.
func (r *reader) part(d Dialect, one *part, layers []string, p pipeline) *Simple {
	s := Simple{Piped: p.piped, Text: cut(one.text), Layers: layers, Writes: one.writes, Reads: one.reads, input: one.stdin}
	if s.input == "" {
		s.input = p.text
	}
	if one.background {
		s.Effects |= Set(Detach)
	}
	words := one.words
	for i := range words {
		words[i].does = r.substitutions(d, &words[i], layers)
		s.all |= words[i].does
	}
	if d == PowerShell {
		e := r.expressions(one.text, layers)
		s.all |= e
		s.Effects |= e
	}
	words = r.assignments(d, &s, words)
	if len(words) > 0 && d == PowerShell && isExpression(one, words[0]) {
		words = slices.Insert(slices.Clone(words), 0, word{})
	}
	words = unwrap(&s, words)
	if len(words) > 0 {
		for _, w := range words[1:] {
			s.Words = append(s.Words, w.text)
			s.inner = append(s.inner, w.does)
		}
		s.Program = programName(words[0].text)
		r.understand(d, &s, words[0], p)
	}
	r.files(&s, p)
	r.c.Effects |= s.Effects
	// An argument in brackets is no command, though it is read for those in it.
	if s.Program != "" || s.Effects != 0 || len(s.Writes) > 0 {
		r.c.Simple = append(r.c.Simple, s)
	}
	return &s
}

// isExpression says that a part of PowerShell is no command: it begins with a
// bracket, a variable or a text.
func isExpression(one *part, first word) bool {
	return !one.called && (first.quoted || strings.IndexByte("([{$'\"@0123456789", firstByte(first.text)) >= 0)
}

// substitutions reads the texts inside a word.
func (r *reader) substitutions(d Dialect, w *word, layers []string) (all Effects) {
	if len(w.inner) == 0 {
		return 0
	}
	layers = append(slices.Clip(layers), "substitution")
	for _, text := range w.inner {
		all |= r.script(d, text, layers)
	}
	return all
}

func firstByte(text string) byte {
	if text = strings.TrimLeft(text, " \t\r\n"); text == "" {
		return 0
	}
	return text[0]
}

// assignments takes "X=1" off the front of a command, and "$x =".
func (r *reader) assignments(d Dialect, s *Simple, words []word) []word {
	if d == PowerShell && len(words) > 1 && strings.HasPrefix(words[0].text, "$") && strings.HasSuffix(words[1].text, "=") {
		s.assigns = strings.ToLower(words[0].text)
		r.taint(s)
		return words[2:]
	}
	for len(words) > 0 {
		name, _, ok := strings.Cut(words[0].text, "=")
		name, isVariable := strings.CutPrefix(name, "$")
		if !ok || d == PowerShell && !isVariable || !isIdentifier(name) {
			break
		}
		s.assigns = "$" + strings.ToLower(name)
		r.taint(s)
		words = words[1:]
	}
	return words
}

// taint remembers the variable that a download goes into.
func (r *reader) taint(s *Simple) {
	if s.all.Any(Fetch, FetchRun) && len(r.tainted) < maxTainted {
		r.tainted[s.assigns] = true
	}
}

// maxTainted limits the variables that are looked for in later words.
const maxTainted = 32

func isIdentifier(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && (i == 0 || s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return s != ""
}

// unwrap passes over programs whose arguments are a command.
func unwrap(s *Simple, words []word) []word {
	for len(words) > 0 {
		name := programName(words[0].text)
		p := known().programs[name]
		if p.kind != "wrap" {
			break
		}
		s.Effects |= p.effects
		rest := words[1:]
		if name == "start-process" || name == "saps" {
			rest = startProcess(s, rest)
		}
		for len(rest) > 0 && wrapperOption(s, name, rest[0]) {
			takes := isOptionOf(rest[0].text, p.options)
			rest = rest[1:]
			if takes && len(rest) > 0 {
				rest = rest[1:]
			}
		}
		if len(rest) == 0 {
			if name == "env" {
				s.Effects |= Set(Recon)
			}
			return words
		}
		words = rest
	}
	return words
}

// wrapperOption says that the word is an option of the wrapper, or what
// stands before its command.
func wrapperOption(s *Simple, name string, w word) bool {
	switch name {
	case "start":
		if w.quoted && !strings.ContainsAny(w.text, ".:") || w.text == "" {
			return true // the title
		}
		return startOption(s, strings.ToLower(w.text))
	case "env":
		if strings.Contains(w.text, "=") {
			return true
		}
	case "timeout":
		if strings.TrimLeft(w.text, "/0123456789") != w.text {
			return true
		}
	}
	return strings.HasPrefix(w.text, "-") && len(w.text) > 1
}

// startOption takes an option of cmd.exe's start.
func startOption(s *Simple, lower string) bool {
	if lower == "/b" || strings.HasPrefix(lower, "/min") {
		s.Effects |= Set(Hidden)
	}
	return strings.HasPrefix(lower, "/")
}

// startProcess takes the parameters out, whose values are program and words.
func startProcess(s *Simple, words []word) (rest []word) {
	for _, w := range words {
		switch lower := strings.ToLower(w.text); {
		case lower == "hidden":
			s.Effects |= Set(Hidden)
		case lower == "runas":
			s.Effects |= Set(Elevate)
		case !strings.HasPrefix(lower, "-"):
			rest = append(rest, w)
		}
	}
	return rest
}

// isOptionOf says that the word is a single option that takes the next word.
func isOptionOf(w, letters string) bool {
	return len(w) == 2 && w[0] == '-' && strings.IndexByte(letters, w[1]) >= 0
}

// programName returns the name of a program without folder, extension and
// version, in lower case.
func programName(w string) string {
	w = strings.ToLower(strings.TrimLeft(w, "@&("))
	if i := strings.IndexAny(w, "(={\n"); i > 0 {
		w = w[:i]
	}
	w = w[strings.LastIndexAny(w, `/\`)+1:]
	for _, ext := range []string{".exe", ".com", ".cmd"} {
		w = strings.TrimSuffix(w, ext)
	}
	for _, name := range []string{"python", "pythonw", "pip", "pypy", "perl", "ruby", "php", "lua", "node"} {
		if rest, ok := strings.CutPrefix(w, name); ok && strings.Trim(rest, "0123456789.") == "" {
			return name
		}
	}
	return w
}

// hole stands in a text for a part that is not known.
const hole = "\uFFFC"

// understand adds what the program does with its words.
func (r *reader) understand(d Dialect, s *Simple, first word, p pipeline) {
	// The unknown program of "? -m pip" is sys.executable.
	if s.Program == hole && len(s.Words) > 1 && (s.Words[0] == "-m" || s.Words[0] == "-c") {
		s.Program = "python"
	}
	prog := known().programs[s.Program]
	s.Effects |= prog.effects
	args := " " + strings.ToLower(strings.Join(s.Words, " ")) + " "
	for _, key := range []string{s.Program, "*"} {
		for _, w := range known().whens[key] {
			if w.fits(args) {
				s.Effects |= w.effects
			}
		}
	}
	if r.fetched[baseName(first.text)] || first.does.Has(Fetch) || r.isTainted(first.text, "") {
		s.Effects |= Set(FetchRun)
	}
	if isOnly(s.Words, "--version", "-V", "--help", "-h", "-v", "/?") {
		s.Effects = 0
		return
	}
	r.kind(d, s, prog.kind, p)
}

func (w *when) fits(args string) bool {
	for _, word := range w.words {
		if !strings.Contains(args, word) {
			return false
		}
	}
	return true
}

func isOnly(words []string, list ...string) bool {
	return len(words) == 1 && slices.Contains(list, words[0])
}

// kind calls what reads the words of the program's kind.
func (r *reader) kind(d Dialect, s *Simple, kind string, p pipeline) {
	switch kind {
	case "web":
		r.web(s, p)
	case "shell", "cmd", "powershell", "code", "eval", "source":
		r.interpreter(d, s, kind, p)
	case "starter":
		r.starter(s)
	case "printer":
		s.input = strings.Join(printed(s.Words), " ")
	case "decoder":
		r.decoder(s)
	case "lookup":
		lookup(s)
	case "net":
		netcat(s, p)
	case "copier":
		copier(s)
	default:
		s.Effects |= plain(s, kind)
	}
}

// plain returns the effects of a program of a kind that only its words tell.
func plain(s *Simple, kind string) Effects {
	switch kind {
	case "reader":
		return secrets(s.Words)
	case "writer":
		return persists(s.Words)
	case "deleter":
		return destroys(s)
	case "package":
		return installs(s.Words)
	case "cron":
		if !isOnly(s.Words, "-l", "-r") && (len(s.Words) > 0 || s.Piped) {
			return Set(Persist)
		}
	}
	return 0
}

// files adds what the redirections do.
func (r *reader) files(s *Simple, p pipeline) {
	s.Effects |= persists(s.Writes) | secrets(s.Reads)
	for _, f := range append(s.Writes, s.Reads...) {
		if strings.HasPrefix(f, "/dev/tcp/") || strings.HasPrefix(f, "/dev/udp/") {
			s.Effects |= Set(ReverseShell)
		}
	}
	if (s.Effects | s.all | p.effects).Has(Fetch) {
		for _, f := range s.Writes {
			r.remember(f)
		}
	}
	if s.assigns != "" {
		s.all |= s.Effects & Set(Fetch)
		r.taint(s)
	}
}

// remember remembers a file that was downloaded.
func (r *reader) remember(file string) {
	if b := baseName(file); b != "" && b != "null" && b != "nul" && b != "-" && len(r.fetched) < maxSimple {
		r.fetched[b] = true
	}
}

// baseName returns the name of a file without its folder, in lower case.
func baseName(file string) string {
	file = strings.ToLower(strings.Trim(file, `"' ,);}`))
	return file[strings.LastIndexAny(file, `/\`)+1:]
}

func secrets(words []string) Effects {
	for _, w := range words {
		if holds(slashes(w), known().secret) {
			return Set(Secret)
		}
	}
	return 0
}

func persists(words []string) Effects {
	for _, w := range words {
		if holds(slashes(w), known().persist) {
			return Set(Persist)
		}
	}
	return 0
}

func slashes(w string) string { return strings.ReplaceAll(strings.ToLower(w), `\`, "/") }

// output returns what the command writes, if that is known.
func (s *Simple) output() string {
	switch known().programs[s.Program].kind {
	case "printer", "decoder", "reader":
		return s.input
	}
	return ""
}
