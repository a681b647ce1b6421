package main

// How this program speaks:
//   - results go to standard output, everything about them to standard error;
//   - errors begin with "pipwarden: ", name the thing, and end with the way out on a line of its own;
//   - colour only on a terminal, never with NO_COLOR; nothing foreign reaches the terminal unescaped;
//   - --json prints one document, and nothing else, on standard output.

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// Exit codes. Those of "run" are the command's own.
const (
	exitOK      = 0
	exitRefused = 1 // something is blocked, or a check has found something
	exitUsage   = 2 // the command line or the configuration is wrong
	exitBroken  = 3 // something does not work: upstream, store, network
)

// exitError carries an exit code through cobra. A nil Err prints nothing: all has been said.
type exitError struct {
	Code int
	Err  error
}

func (e *exitError) Error() string {
	if e.Err == nil {
		return "exit " + strconv.Itoa(e.Code)
	}
	return e.Err.Error()
}

func (e *exitError) Unwrap() error { return e.Err }

// hintError is an error with the way out.
type hintError struct {
	err  error
	hint string
}

func withHint(err error, hint string) error { return &hintError{err, hint} }

func (e *hintError) Error() string { return e.err.Error() + "\n" + e.hint }
func (e *hintError) Unwrap() error { return e.err }

// report prints an error and gives the exit code.
func report(w io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	code := exitBroken
	var exit *exitError
	if errors.As(err, &exit) {
		if code = exit.Code; exit.Err == nil {
			return code
		}
		err = exit.Err
	}
	fmt.Fprintf(w, "pipwarden: %s\n", strings.ReplaceAll(err.Error(), "\n", "\n  "))
	return code
}

// usage makes err one of the command line or the configuration.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{exitUsage, err}
}

// A painter colours words, or does not.
type painter struct{ on bool }

func newPainter(f *os.File) painter {
	return painter{on: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))}
}

// action colours the text by the action that it names.
func (p painter) action(action, text string) string {
	codes := map[string]string{"block": "31", "malicious": "31", "warn": "33", "suspicious": "33", "allow": "32", "clean": "32"}
	code, ok := codes[action]
	if !p.on || !ok {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// visible escapes what a terminal could be fooled with.
func visible(s string) string {
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

// printJSON prints v as one indented document.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
