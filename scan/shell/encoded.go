package shell

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decode64 reads base64 of either alphabet, blanks in it and its padding
// missing.
func decode64(text string) (string, bool) {
	text = strings.Map(func(c rune) rune {
		switch c {
		case ' ', '\t', '\r', '\n', '=', '"', '\'':
			return -1
		case '-':
			return '+'
		case '_':
			return '/'
		}
		return c
	}, text)
	b, err := base64.RawStdEncoding.DecodeString(text)
	return string(b), err == nil && len(b) > 0
}

// utf16Text returns the text of an encoded command, "" if it is none.
func utf16Text(text string) string {
	b, ok := decode64(text)
	if !ok {
		return ""
	}
	return plainText(b)
}

// plainText returns the text that bytes are, be it UTF-16 or UTF-8; "" if
// they are none.
func plainText(b string) string {
	if zeros := strings.Count(b, "\x00"); zeros*3 >= len(b) && len(b) > 1 {
		units := make([]uint16, len(b)/2)
		for i := range units {
			units[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
		}
		return strings.TrimPrefix(string(utf16.Decode(units)), "\uFEFF")
	}
	if !utf8.ValidString(b) || strings.ContainsFunc(b, func(c rune) bool { return c < ' ' && c != '\n' && c != '\r' && c != '\t' }) {
		return ""
	}
	return b
}

// decoder reads programs that decode their input: "base64 -d", "xxd -r".
func (r *reader) decoder(s *Simple) {
	text := s.input
	s.input = ""
	for _, w := range s.Words {
		switch lower := strings.ToLower(w); {
		case s.Program == "base64" && (lower == "-d" || lower == "--decode" || lower == "-di"), s.Program == "openssl" && lower == "-d":
			s.Effects |= Set(Encoded)
			if b, ok := decode64(text); ok {
				s.input = plainText(b)
			}
		case s.Program == "xxd" && strings.HasPrefix(lower, "-r"):
			s.Effects |= Set(Encoded)
			if b, err := hex.DecodeString(strings.TrimSpace(text)); err == nil {
				s.input = plainText(string(b))
			}
		case s.Program == "openssl" && lower == "s_client":
			s.Effects |= Set(Send)
		}
	}
}

// maxExpressions limits the calls of one kind that are read of one command.
const maxExpressions = 64

// expressions looks for what stands in PowerShell's expressions: calls of
// .NET that fetch, and encoded texts.
func (r *reader) expressions(text string, layers []string) (all Effects) {
	lower := asciiLower(text)
	for _, call := range []string{".downloadstring(", ".downloaddata(", ".downloadfile(", ".openread(", ".uploadstring(", ".uploaddata(", ".uploadfile("} {
		at := 0
		for range maxExpressions {
			i := strings.Index(lower[at:], call)
			if i < 0 {
				break
			}
			at += i + len(call)
			all |= r.webClient(call, text[at:])
		}
	}
	all |= r.base64Texts(text, lower, layers)
	if strings.Count(lower, "[char]") >= 4 || strings.Contains(lower, "-bxor") || strings.Contains(lower, "io.compression") {
		all |= Set(Encoded)
	}
	r.c.Effects |= all
	return all
}

// asciiLower keeps every byte at its place, as strings.ToLower does not.
func asciiLower(text string) string {
	b := []byte(text)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// maxArguments limits what is read of the arguments of one call, in bytes.
const maxArguments = 4096

// webClient notes a call of System.Net.WebClient.
func (r *reader) webClient(call, rest string) Effects {
	rest = rest[:min(len(rest), maxArguments)]
	args := rest[:closing("("+rest, '(', ')', PowerShell)-1]
	parts := strings.Split(args, ",")
	if u := strings.Trim(parts[0], " \"'"); strings.Contains(u, "://") && len(r.c.Fetched) < maxSimple {
		r.c.Fetched = append(r.c.Fetched, cut(u))
	}
	if strings.HasPrefix(call, ".upload") {
		return Set(Send)
	}
	if call == ".downloadfile(" && len(parts) > 1 {
		r.remember(parts[1])
	}
	return Set(Fetch)
}

// base64Texts reads the literals that FromBase64String gets.
func (r *reader) base64Texts(text, lower string, layers []string) (all Effects) {
	const call = "frombase64string("
	at := 0
	for range maxExpressions {
		i := strings.Index(lower[at:], call)
		if i < 0 {
			break
		}
		all |= Set(Encoded)
		at += i + len(call)
		rest := strings.TrimLeft(text[at:], " \r\n\t(")
		if rest == "" || rest[0] != '"' && rest[0] != '\'' {
			continue
		}
		literal, _, _ := strings.Cut(rest[1:], rest[:1])
		if r.decoded[literal] {
			continue
		}
		r.decoded[literal] = true
		if plain := utf16Text(literal); len(plain) > 8 {
			r.keep("powershell", plain, append(slices.Clip(layers), "base64"))
			all |= r.script(PowerShell, plain, append(slices.Clip(layers), "base64"))
		}
	}
	return all
}
