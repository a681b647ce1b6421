package pypi

import (
	"strconv"
	"strings"
)

// maxQuoted is how much of a foreign text an error shows, in bytes: enough to
// recognise it, too little to flood a log.
const maxQuoted = 120

// quote makes a foreign text safe to print: printable ASCII, bounded.
func quote(s string) string {
	if len(s) > maxQuoted {
		return strconv.QuoteToASCII(s[:maxQuoted]) + "..."
	}
	return strconv.QuoteToASCII(s)
}

func isDigit(c byte) bool         { return '0' <= c && c <= '9' }
func isLower(c byte) bool         { return 'a' <= c && c <= 'z' }
func isUpper(c byte) bool         { return 'A' <= c && c <= 'Z' }
func isLetter(c byte) bool        { return isLower(c) || isUpper(c) }
func isAlnum(c byte) bool         { return isLetter(c) || isDigit(c) }
func isNameSeparator(c byte) bool { return c == '-' || c == '_' || c == '.' }

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func toLower(c byte) byte {
	if isUpper(c) {
		return c + 'a' - 'A'
	}
	return c
}

// trimSpace trims what Python's str.strip trims of ASCII.
func trimSpace(s string) string { return strings.Trim(s, " \t\n\v\f\r") }

// hasPrefixFold is strings.HasPrefix without regard to ASCII case; prefix is
// lower case.
func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && equalFold(s[:len(prefix)], prefix)
}

// equalFold compares s with the lower-case text t without regard to ASCII case.
func equalFold(s, t string) bool {
	if len(s) != len(t) {
		return false
	}
	for i := range len(s) {
		if toLower(s[i]) != t[i] {
			return false
		}
	}
	return true
}
