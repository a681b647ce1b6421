package shell

import (
	"slices"
	"strings"
)

// printed returns the words that echo or printf write.
func printed(words []string) []string {
	for len(words) > 0 && len(words[0]) < 4 && strings.HasPrefix(words[0], "-") {
		words = words[1:]
	}
	return words
}

// installs says that the words of a package manager install something.
func installs(words []string) Effects {
	for _, w := range words {
		switch w {
		case "install", "add", "-S", "-Sy", "-Syu", "exec", "dlx", "-i":
			return Set(Install)
		case "list", "show", "freeze", "run", "config", "download", "wheel", "uninstall", "remove", "update", "search", "check", "cache", "init", "build", "test":
			return 0
		}
	}
	return 0
}

// roots are what nobody deletes with all that is in it.
var roots = []string{
	"/", "/*", "~", "~/", "~/*", "$HOME", "$HOME/", "$HOME/*", "${HOME}", ".*", "/etc", "/usr", "/var", "/home", "/boot", "/bin", "/lib",
	"/home/*", "/root", "*.*", `c:\`, `c:\*`, `c:\*.*`, "c:/", "c:", `c:\windows`, `c:\windows\system32`, "%userprofile%", `%userprofile%\*`,
	`%systemroot%`, `%systemdrive%`, `%systemdrive%\`, `%homepath%`, "$env:userprofile", "$env:systemroot", "$env:systemdrive",
}

// destroys says that a command that deletes takes a root with all in it.
func destroys(s *Simple) Effects {
	deep := false
	for _, w := range s.Words {
		lower := strings.ToLower(w)
		deep = deep || lower == "/s" || lower == "-recurse" || lower == "--recursive" || lower == "--no-preserve-root" ||
			strings.HasPrefix(lower, "-") && !strings.HasPrefix(lower, "--") && len(lower) < 6 && strings.Contains(lower, "r")
	}
	if !deep {
		return 0
	}
	for _, w := range s.Words {
		if slices.Contains(roots, w) || slices.Contains(roots, strings.ToLower(w)) {
			return Set(Destroy)
		}
	}
	return 0
}

// whole adds what only the text as a whole shows.
func (r *reader) whole(text string) {
	if len(text) > maxText {
		text = text[:maxText]
	}
	lower := asciiLower(text)
	c := r.c
	switch {
	case strings.Contains(lower, "/dev/tcp/") || strings.Contains(lower, "/dev/udp/"):
		c.Effects |= Set(ReverseShell)
	case (strings.Contains(lower, "mkfifo") || strings.Contains(lower, "mknod")) && r.has("nc", "ncat", "netcat", "telnet", "openssl"):
		c.Effects |= Set(ReverseShell)
	}
	if strings.Contains(lower, ":|:&") {
		c.Effects |= Set(Destroy)
	}
}

// has says that one of the programs is among the commands.
func (r *reader) has(names ...string) bool {
	return slices.ContainsFunc(r.c.Simple, func(s Simple) bool { return slices.Contains(names, s.Program) })
}
