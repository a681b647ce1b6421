package rules

import (
	"strings"

	"pipwarden/scan/vocabulary"
)

// phrases say what a value with the label holds, for a person.
var phrases = map[vocabulary.Label]string{
	vocabulary.Environment:     "the whole environment",
	vocabulary.SecretVar:       "a secret environment variable",
	vocabulary.HostFact:        "who and where the user is",
	vocabulary.PublicAddress:   "the machine's public address",
	vocabulary.SecretFile:      "files of keys or passwords",
	vocabulary.Browser:         "a browser's stores",
	vocabulary.Wallet:          "a wallet's files",
	vocabulary.Session:         "an application's tokens",
	vocabulary.Clipboard:       "the clipboard",
	vocabulary.Keystrokes:      "keys that the user presses",
	vocabulary.Screen:          "the screen",
	vocabulary.Camera:          "camera or microphone",
	vocabulary.Network:         "what came from the network",
	vocabulary.Received:        "what came over a raw connection",
	vocabulary.File:            "files of the machine",
	vocabulary.Output:          "the output of a command",
	vocabulary.SecretParameter: "a secret that it is called with",
	vocabulary.Listing:         "lists of files or processes",
	vocabulary.Decoded:         "what it decodes",
	vocabulary.Decrypted:       "what it decrypts",
	vocabulary.Computed:        "a text put together from pieces",
	vocabulary.Written:         "a file that it wrote",
}

// phrase names the labels of s that are in want.
func phrase(s, want vocabulary.Labels) string {
	var parts []string
	for _, l := range (s & want).List() {
		parts = append(parts, phrases[l])
	}
	switch n := len(parts); n {
	case 0:
		return "something"
	case 1:
		return parts[0]
	default:
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
}

// The label sets that the rules ask for.
var (
	hidden   = vocabulary.Set(vocabulary.Decoded, vocabulary.Decrypted)
	fetched  = vocabulary.Set(vocabulary.Network, vocabulary.Received)
	personal = vocabulary.Set(vocabulary.HostFact, vocabulary.PublicAddress, vocabulary.Listing, vocabulary.Output)
	stolen   = vocabulary.Set(vocabulary.Browser, vocabulary.Wallet, vocabulary.Session, vocabulary.Keystrokes, vocabulary.Camera)
	secrets  = stolen | vocabulary.Set(vocabulary.Environment, vocabulary.SecretVar, vocabulary.SecretFile, vocabulary.Clipboard, vocabulary.Screen)
)
