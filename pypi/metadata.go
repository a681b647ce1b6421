package pypi

import "fmt"

// Header is one field of core metadata, in the order of the file.
type Header struct {
	Name  string // as written
	Value string // unfolded
}

// Metadata is a distribution's core metadata (METADATA or PKG-INFO).
type Metadata struct {
	MetadataVersion string
	Name            string // as written
	Version         string // as written
	RequiresDist    []string
	RequiresPython  string
	Headers         []Header // all fields
	Description     string   // body, or the Description field
}

// MetadataError says that a file is not core metadata.
type MetadataError struct {
	Line   int    // 1-based; 0 = the whole
	Reason string // ours
}

func (e *MetadataError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("core metadata: line %d: %s", e.Line, e.Reason)
	}
	return "core metadata: " + e.Reason
}

// ParseMetadata reads METADATA or PKG-INFO. The error is a *MetadataError.
func ParseMetadata(b []byte) (Metadata, error) {
	return Metadata{}, &MetadataError{Reason: "no fields"}
}
