package vocabulary

// A Role is what an argument of a call is for.
type Role uint8

// The roles.
const (
	URL Role = iota
	Data
	Path
	Target
	Command
	Code
	Mode
	roles
)

var roleNames = [...]string{"url", "data", "path", "target", "command", "code", "mode"}

// String returns the role's name in vocabulary files.
func (r Role) String() string {
	if int(r) < len(roleNames) {
		return roleNames[r]
	}
	return "role?"
}

// A Call is what the vocabulary knows of one callable.
type Call struct {
	// Name is canonical: "requests.post", "socket.socket().recv".
	Name string
	// Effects are what the call does; empty for one that only returns.
	Effects Effects
	// Returns are the labels that the result carries for what it is. Where
	// role Code takes a callable of the artifact, its arguments carry them too:
	// what a listener of keys is called with are keystrokes.
	Returns Labels
	// Clean says that the result does not carry the arguments' labels, as that
	// of len or os.path.exists.
	Clean bool
	// Args tells where the arguments of each role stand.
	Args [roles][]Selector
}

// A Selector names one argument by position or keyword.
type Selector struct {
	Position int // -1 = by keyword alone; Self = the object before the dot
	Keyword  string
	Rest     bool // the positional arguments after Position too: os.execl(path, *words)
}

// Self is the position of the object that a method is called on.
const Self = -2

// Silent says that the call does nothing outside and returns nothing that
// counts as a source: its entry is there for its roles or for Clean.
func (c *Call) Silent() bool { return c.Effects == 0 && c.Returns == 0 }
