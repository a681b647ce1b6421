//go:build unix

package certs

import "strings"

// quoteShell quotes a word for a POSIX shell where that is needed.
func quoteShell(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func set(name, value string) string { return "export " + name + "=" + quoteShell(value) }
func unset(name string) string      { return "unset " + name }
