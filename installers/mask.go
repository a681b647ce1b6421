package installers

import "regexp"

// password finds what stands between the user and the host of an address, and the user where there is no password:
// tokens are written in both places.
var password = regexp.MustCompile(`(://)([^/\s@:"']*)(:[^/\s@"']*)?@`)

// Masked gives a text in which the users and passwords of addresses are three asterisks, for people to read.
func Masked(text string) string { return password.ReplaceAllString(text, "${1}***@") }
