package shell

import "strings"

// Options of the programs that fetch and send: what follows is a file to
// write, or data to send. Parameters of cmdlets may be shortened.
var (
	outputOptions = map[string]bool{
		"-o": true, "--output": true, "--output-document": true, "-outfile": true, "-outf": true, "-out": true,
		"-destination": true, "-dest": true,
	}
	dataOptions = map[string]bool{
		"-d": true, "--data": true, "--data-raw": true, "--data-binary": true, "--data-urlencode": true, "--data-ascii": true,
		"-F": true, "--form": true, "--form-string": true, "-T": true, "--upload-file": true, "--json": true,
		"--post-data": true, "--post-file": true, "--body-data": true, "--body-file": true,
		"-body": true, "-infile": true, "-form": true, "-H": true, "--header": true, "-A": true, "--user-agent": true,
		"-headers": true, "-u": true, "-b": true, "--cookie": true,
	}
)

// web reads the words of a program that fetches.
func (r *reader) web(s *Simple, p pipeline) {
	wget := s.Program == "wget"
	for i := 0; i < len(s.Words); i++ {
		name, value, has := option(s.Words[i])
		switch {
		case outputOptions[name] || wget && name == "-O":
			if !has && i+1 < len(s.Words) {
				i++
				value = s.Words[i]
			}
			r.remember(value)
		case dataOptions[name] && !(wget && len(name) == 2):
			at := i
			if !has && i+1 < len(s.Words) {
				i++
				value, at = s.Words[i], i
			}
			r.sent(s, value, at, name, p)
		case strings.Contains(s.Words[i], "://") || isURL(s, i):
			r.url(s, i)
		}
	}
	r.savedName(s)
}

// option splits "--x=y" and "-oy"; has says that the value stands in the word.
func option(w string) (name, value string, has bool) {
	if !strings.HasPrefix(w, "-") || len(w) < 2 {
		return "", "", false
	}
	if name, value, has = strings.Cut(w, "="); has && strings.HasPrefix(w, "--") {
		return name, value, true
	}
	lower := strings.ToLower(w)
	if outputOptions[lower] || dataOptions[lower] && len(w) > 2 {
		return lower, "", false
	}
	if dataOptions[w] || len(w) == 2 || strings.HasPrefix(w, "--") {
		return w, "", false
	}
	// Letters may stand together: "-fsSLo"; the last may have a value.
	for i := 1; i < len(w); i++ {
		switch w[i] {
		case 'o', 'd', 'F', 'T', 'H':
			return "-" + w[i:i+1], w[i+1:], i+1 < len(w)
		case 'O':
			return "-O", "", false
		}
	}
	return w, "", false
}

// isURL says that a word without a scheme is an address.
func isURL(s *Simple, i int) bool {
	w := s.Words[i]
	return strings.ContainsAny(w, ".") && !strings.HasPrefix(w, "-") && !strings.HasPrefix(w, "/") && !strings.HasPrefix(w, ".") &&
		(s.Program == "curl" || s.Program == "wget") && strings.IndexByte(w, '/') > 0
}

// url notes an address; what the machine told may be a part of it.
func (r *reader) url(s *Simple, i int) {
	w := s.Words[i]
	if len(r.c.Fetched) < maxSimple {
		r.c.Fetched = append(r.c.Fetched, cut(strings.Trim(w, `"'`)))
	}
	if i < len(s.inner) && s.inner[i].Any(Recon, Secret, Lookup) || holds(strings.ToLower(w), known().facts) {
		s.Effects |= Set(Send, Exfiltrate)
	}
}

// identityOptions say who asks; a token there is no theft.
var identityOptions = map[string]bool{
	"-H": true, "--header": true, "-headers": true, "-A": true, "--user-agent": true, "-u": true, "-b": true, "--cookie": true,
}

// sent notes data that leaves the machine.
func (r *reader) sent(s *Simple, value string, at int, name string, p pipeline) {
	inner := Effects(0)
	if at < len(s.inner) {
		inner = s.inner[at]
	}
	told := inner.Any(Recon, Secret)
	switch {
	case identityOptions[name]:
		if !told {
			return
		}
	case strings.HasSuffix(value, "@-") || value == "-":
		told = p.piped || len(s.Reads) > 0
	case inner != 0 || strings.Contains(value, "$(") || isFile(name, value) || holds(strings.ToLower(value), known().facts):
		told = true
	}
	s.Effects |= Set(Send)
	if told {
		s.Effects |= Set(Exfiltrate)
	}
}

// isFile says that the value of an option names a file whose content is sent.
func isFile(name, value string) bool {
	return strings.HasPrefix(value, "@") || strings.Contains(value, "=@") || strings.Contains(value, "=<") ||
		strings.HasSuffix(name, "-file") || name == "-T" || name == "-infile"
}

// savedName remembers what the address is saved as, where that is the name in
// it.
func (r *reader) savedName(s *Simple) {
	bits := s.Program == "certutil" || s.Program == "bitsadmin"
	if bits && s.Effects.Has(Fetch) {
		for i, w := range s.Words {
			if strings.Contains(w, "://") {
				r.url(s, i)
			}
		}
	}
	if !bits && s.Program != "wget" && s.Program != "start-bitstransfer" && !s.keepsName() {
		return
	}
	for i := len(s.Words) - 1; i >= 0; i-- {
		w := s.Words[i]
		if !strings.HasPrefix(w, "-") && strings.ContainsAny(w, "./\\:") {
			w, _, _ = strings.Cut(w, "?")
			r.remember(w)
			return
		}
	}
}

// keepsName says that curl is told to keep the name of the address.
func (s *Simple) keepsName() bool {
	for _, w := range s.Words {
		if name, _, _ := option(w); s.Program == "curl" && (name == "-O" || name == "--remote-name") {
			return true
		}
	}
	return false
}

// lookup notes a question that carries what a command told.
func lookup(s *Simple) {
	for i, w := range s.Words {
		if s.inner[i] != 0 || strings.Contains(w, "$(") || holds(strings.ToLower(w), known().facts) {
			s.Effects |= Set(Send, Exfiltrate)
		}
	}
}

// netcat reads the words of netcat and its like.
func netcat(s *Simple, p pipeline) {
	for i, w := range s.Words {
		if isShellPath(w) || s.Program == "socat" && strings.Contains(strings.ToLower(w), "exec:") || i+1 < len(s.Words) && execOption(s, w) {
			s.Effects |= Set(ReverseShell)
		}
	}
	if len(s.Reads) > 0 || p.effects.Any(Recon, Secret) {
		s.Effects |= Set(Send, Exfiltrate)
	}
}

// execOption says that the word is netcat's option for a program to run.
func execOption(s *Simple, w string) bool {
	if w == "--exec" || w == "--sh-exec" {
		return true
	}
	return s.Program != "telnet" && s.Program != "socat" && len(w) < 8 && strings.HasPrefix(w, "-") && strings.Contains(w, "e")
}

// isShellPath says that the word is a shell to be started.
func isShellPath(w string) bool {
	switch programName(w) {
	case "sh", "bash", "zsh", "ash", "cmd", "powershell":
		return true
	}
	return false
}

// copier reads the words of programs that copy to other machines.
func copier(s *Simple) {
	remote := false
	for _, w := range s.Words {
		host, _, ok := strings.Cut(w, ":")
		remote = remote || ok && len(host) > 1 && !strings.ContainsAny(host, `/\`)
	}
	if !remote {
		return
	}
	s.Effects |= Set(Send)
	if e := secrets(s.Words); e != 0 {
		s.Effects |= e | Set(Exfiltrate)
	}
}
