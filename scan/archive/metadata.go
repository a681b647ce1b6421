package archive

import "io"

// WheelMetadata returns the METADATA file of the wheel in the first size bytes
// of r.
func WheelMetadata(r io.ReaderAt, size int64) ([]byte, error) {
	return nil, &FormatError{Hazard{ID: "format-unknown"}}
}
