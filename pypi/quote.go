package pypi

import "strconv"

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
