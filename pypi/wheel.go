package pypi

import "strings"

// maxTags is how many tags a compressed tag set may expand to. Names in use
// stay under 50; the length of a file name alone would allow tens of thousands.
const maxTags = 512

// Tag is one compatibility tag of a wheel (PEP 425), in lower case.
type Tag struct{ Python, ABI, Platform string }

// String returns the tag as file names write it.
func (t Tag) String() string { return t.Python + "-" + t.ABI + "-" + t.Platform }

// parseWheel reads name-version[-build]-python-abi-platform.
func (f *Filename) parseWheel(stem string) (reason string) {
	var parts [6]string
	n := 0
	for more := true; more; n++ {
		if n == len(parts) {
			return "has too many parts for a wheel"
		}
		parts[n], stem, more = strings.Cut(stem, "-")
	}
	if n < 5 {
		return "has too few parts for a wheel"
	}
	if reason := f.setName(parts[0]); reason != "" {
		return reason
	}
	if reason := f.setVersion(parts[1]); reason != "" {
		return reason
	}
	if n == 6 {
		if digits(parts[2]) == 0 {
			return "has a build tag that does not start with a digit"
		}
		f.Build = parts[2]
	}
	return f.expandTags(parts[n-3], parts[n-2], parts[n-1])
}

func (f *Filename) expandTags(pythons, abis, systems string) (reason string) {
	pythons, abis, systems = strings.ToLower(pythons), strings.ToLower(abis), strings.ToLower(systems)
	n := countTags(pythons) * countTags(abis) * countTags(systems)
	if n > maxTags {
		return "has too many tags"
	}
	if !validTags(pythons) || !validTags(abis) || !validTags(systems) {
		return "has a malformed tag"
	}
	// Most names have few words: the lists stay on the stack.
	var p, a, q [8]string
	abiList, systemList := splitTags(a[:0], abis), splitTags(q[:0], systems)
	f.Tags = make([]Tag, 0, n)
	for _, python := range splitTags(p[:0], pythons) {
		for _, abi := range abiList {
			for _, system := range systemList {
				f.Tags = append(f.Tags, Tag{python, abi, system})
			}
		}
	}
	return ""
}

func splitTags(words []string, s string) []string {
	for more := true; more; {
		var word string
		word, s, more = strings.Cut(s, ".")
		words = append(words, word)
	}
	return words
}

func countTags(s string) int { return strings.Count(s, ".") + 1 }

// validTags says whether s is a dotted list of non-empty words.
func validTags(s string) bool {
	word := false
	for i := range len(s) {
		switch c := s[i]; {
		case isAlnum(c) || c == '_':
			word = true
		case c == '.' && word:
			word = false
		default:
			return false
		}
	}
	return word
}
