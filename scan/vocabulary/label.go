package vocabulary

import "strings"

// A Label says where a value came from. Values carry a set of them.
type Label uint8

// The labels. The comment says what a value with the label holds.
const (
	Environment     Label = iota // the whole environment
	Variable                     // one environment variable
	SecretVar                    // an environment variable that holds a secret by its name
	HostFact                     // host name, user, folder, addresses of the machine
	PublicAddress                // the machine's address as the internet sees it
	SecretFile                   // a file of keys or passwords: ~/.ssh, ~/.aws, .netrc, /etc/shadow
	Browser                      // a browser's stores: passwords, cookies, history
	Wallet                       // a wallet's files
	Session                      // tokens and sessions of applications: Discord, Telegram, Roblox, Steam
	Clipboard                    // the clipboard
	Keystrokes                   // keys that the user presses
	Screen                       // the screen
	Camera                       // camera or microphone
	File                         // some file of the machine
	OwnFile                      // a file of the artifact itself
	Network                      // fetched from the network
	Received                     // received over a raw connection
	Output                       // the output of a process
	Parameter                    // an argument of a function that nothing in the artifact calls
	SecretParameter              // such an argument that holds a secret by its name
	Input                        // what a person typed when asked: input, getpass
	Listing                      // lists of files or processes
	Arguments                    // the command line
	Decoded                      // went through a decoder: base64, zlib, marshal, chr, xor
	Decrypted                    // went through a cipher
	Written                      // a file that the code wrote before
	Executable                   // bytes or a file name of a program: PE, ELF, .exe, .sh
	Computed                     // a text put together so that its words do not stand in the source
	System                       // kind and version of the operating system, the processor, the interpreter
	labels                       // their number
)

var labelNames = [...]string{
	"environment", "variable", "secret-variable", "host", "public-address", "secret-file", "browser", "wallet", "session",
	"clipboard", "keystrokes", "screen", "camera", "file", "own-file", "network", "received", "output", "parameter",
	"secret-parameter", "input", "listing", "arguments", "decoded", "decrypted", "written", "executable", "computed",
	"system",
}

// String returns the label's name in vocabulary files.
func (l Label) String() string {
	if int(l) < len(labelNames) {
		return labelNames[l]
	}
	return "label?"
}

// Labels is a set of labels; the zero value is empty.
type Labels uint64

// Set makes a set.
func Set(list ...Label) (s Labels) {
	for _, l := range list {
		s |= 1 << l
	}
	return s
}

// Has says that l is in the set.
func (s Labels) Has(l Label) bool { return s&(1<<l) != 0 }

// Any says that the sets share a label.
func (s Labels) Any(other Labels) bool { return s&other != 0 }

// List returns the labels in their order.
func (s Labels) List() (list []Label) {
	for l := range labels {
		if s.Has(l) {
			list = append(list, l)
		}
	}
	return list
}

// String returns the names, separated by commas.
func (s Labels) String() string {
	var names []string
	for _, l := range s.List() {
		names = append(names, l.String())
	}
	return strings.Join(names, ",")
}
