package pypi

// Client is what an installer says of itself in its User-Agent; "" is not said.
type Client struct {
	Tool           string // "pip" "uv" "poetry" "pdm" "pipenv" or ""
	ToolVersion    string
	Python         string // "3.11.7"
	Implementation string // lower case: "cpython", "pypy"
	System         string // lower case: "linux", "darwin", "windows"
	SystemVersion  string // macOS: "14.2"; elsewhere ""
	Machine        string // as tags write it: "x86_64", "arm64", "amd64"
	Libc           string // "glibc", "musl"
	LibcVersion    string // "2.36"
}

// Fit says whether a client would take a file.
type Fit uint8

const (
	FitUnknown Fit = iota // the client did not say enough
	FitNo
	FitYes
)

// ParseUserAgent reads the User-Agent header of an installer. It never fails:
// what is not said or not understood is "".
func ParseUserAgent(ua string) Client { return Client{} }

// Fits says whether the client would take the file f with the given
// Requires-Python ("" for none).
func (c Client) Fits(f Filename, requiresPython string) Fit { return FitUnknown }

// Class is a short stable key: all clients of one class get the same answer
// from Fits for every file.
func (c Client) Class() string { return "" }
