// Package pypi holds the words of the Python package index: project names
// (PEP 503), versions and specifiers (PEP 440), file names, what an installer
// says of itself, index pages in both forms (PEP 503 and PEP 691 with their
// successors), core metadata and requirements (PEP 508).
//
// The package is pure: it does no I/O, keeps no state and trusts nothing.
// Everything it parses was written by strangers, so every parser has a limit,
// returns a typed error instead of a guess, and never panics.
package pypi
