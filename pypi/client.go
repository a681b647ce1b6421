package pypi

import (
	"encoding/json"
	"strings"
)

// maxUserAgent is the longest User-Agent that is read, in bytes. pip's is about
// 500; with PIP_USER_AGENT_USER_DATA it may grow.
const maxUserAgent = 4 << 10

// maxClientField is the longest part of a User-Agent that is kept, in bytes: a
// client's text goes into keys and logs.
const maxClientField = 40

// Client is what an installer says of itself in its User-Agent; "" is not said.
// A client may lie; what it says decides only what fits it.
type Client struct {
	Tool           string // "pip" "uv" "poetry" "pdm" "pipenv" or ""
	ToolVersion    string
	Python         string // "3.11.7": what is installed for
	Implementation string // lower case: "cpython", "pypy"
	System         string // lower case: "linux", "darwin", "windows"
	SystemVersion  string // macOS: "14.2"; elsewhere ""
	Machine        string // lower case, as the system says it: "x86_64", "arm64", "amd64"
	Libc           string // lower case: "glibc", "musl"
	LibcVersion    string // "2.36"
	// Token is the name of the token by which the client was let in, "" = none. No User-Agent sets it: unlike all else here it is
	// no claim of the client's.
	Token string
}

// userAgentData is the JSON that pip and uv put behind their name and version.
type userAgentData struct {
	Installer      struct{ Name, Version string }
	Python         string
	Implementation struct{ Name string }
	Distro         struct {
		Name, Version string
		Libc          struct{ Lib, Version string }
	}
	System struct{ Name string }
	CPU    string
}

// ParseUserAgent reads the User-Agent header of an installer. It never fails:
// what is not said or not understood is "". It is pure, so that its answers may
// be kept.
func ParseUserAgent(ua string) Client {
	if len(ua) > maxUserAgent {
		return Client{}
	}
	product, rest, _ := strings.Cut(trimSpace(ua), " ")
	tool, version, _ := strings.Cut(product, "/")
	switch tool = strings.ToLower(tool); tool {
	case "pip", "uv", "pipenv":
		c := parseUserAgentData(rest)
		c.Tool, c.ToolVersion = tool, cleanField(version)
		return c
	case "poetry", "pdm":
		return parseShortAgent(tool, version, rest)
	default:
		return Client{}
	}
}

func parseUserAgentData(s string) Client {
	i := strings.IndexByte(s, '{')
	if i < 0 {
		return Client{}
	}
	var data userAgentData
	// What follows the object is PIP_USER_AGENT_USER_DATA's or a proxy's.
	if err := json.NewDecoder(strings.NewReader(s[i:])).Decode(&data); err != nil {
		return Client{}
	}
	c := Client{
		Python:         cleanVersion(strings.TrimSuffix(data.Python, "+")),
		Implementation: strings.ToLower(cleanField(data.Implementation.Name)),
		System:         strings.ToLower(cleanField(data.System.Name)),
		Machine:        strings.ToLower(cleanField(data.CPU)),
		Libc:           strings.ToLower(cleanField(data.Distro.Libc.Lib)),
		LibcVersion:    cleanVersion(data.Distro.Libc.Version),
	}
	switch {
	case c.System == "darwin":
		c.SystemVersion = cleanVersion(data.Distro.Version)
	case c.Libc == "" && strings.HasPrefix(data.Distro.Name, "Alpine"):
		c.Libc = "musl" // Python cannot tell musl's version before 3.13, so pip says nothing
	}
	return c
}

// parseShortAgent reads "poetry/2.5.1 CPython/3.11.7 Linux/6.1.0", which pdm
// sends alike. The Python in it is the one that the tool runs on, often not the
// one that it installs for, so that only the system counts as said.
func parseShortAgent(tool, version, rest string) Client {
	c := Client{Tool: tool, ToolVersion: cleanField(version)}
	if _, platform, ok := strings.Cut(rest, " "); ok {
		system, _, _ := strings.Cut(platform, "/")
		c.System = strings.ToLower(cleanField(system))
	}
	return c
}

// cleanField keeps short plain words; anything else is not said.
func cleanField(s string) string {
	if len(s) > maxClientField {
		return ""
	}
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && !isNameSeparator(c) && c != '+' {
			return ""
		}
	}
	return s
}

// cleanVersion keeps versions.
func cleanVersion(s string) string {
	if s = cleanField(s); s == "" || !isDigit(s[0]) {
		return ""
	}
	return s
}

// Class is a short stable key: all clients of one class get the same answer
// from Fits for every file. It is "" for clients that say nothing of
// themselves, and holds no "/" within its parts.
func (c Client) Class() string {
	parts := []string{
		c.Implementation, c.Python, c.System, c.SystemVersion, c.Machine, c.Libc, c.LibcVersion,
	}
	class := strings.Join(parts, "/")
	if len(class) == len(parts)-1 {
		return ""
	}
	return class
}
