package archive

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// A RecordEntry is one line of a wheel's RECORD (recording installed projects
// specification, PEP 376, PEP 427).
type RecordEntry struct {
	Path      string // as written: foreign text
	Algorithm string // lower case, such as "sha256"; empty when the line has no hash
	Digest    string // lower-case hexadecimal; empty when the line has no hash
	Size      int64  // bytes; -1 when the line has no size
	Line      int    // 1-based
}

// A RecordError says where RECORD is not what the specification asks for.
type RecordError struct {
	Line    int // 1-based
	Problem string
}

// Error names the line and the problem.
func (e *RecordError) Error() string {
	return fmt.Sprintf("RECORD line %d: %s", e.Line, e.Problem)
}

// ParseRecord reads a RECORD file. It returns a *RecordError, and the entries
// before it, for a line that is no CSV, has not three fields, or whose hash or
// size cannot be read.
func ParseRecord(b []byte) ([]RecordEntry, error) {
	r := csv.NewReader(bytes.NewReader(b))
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	var entries []RecordEntry
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return entries, nil
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			return entries, &RecordError{Line: bad.Line, Problem: bad.Err.Error()}
		}
		if err != nil {
			return entries, err
		}
		line, _ := r.FieldPos(0)
		e, problem := recordEntry(fields)
		if problem != "" {
			return entries, &RecordError{Line: line, Problem: problem}
		}
		e.Line = line
		entries = append(entries, e)
	}
}

func recordEntry(fields []string) (e RecordEntry, problem string) {
	if len(fields) != 3 {
		return e, detailf("%d fields instead of 3", len(fields))
	}
	e = RecordEntry{Path: fields[0], Size: -1}
	if fields[1] != "" {
		algorithm, digest, found := strings.Cut(fields[1], "=")
		raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(digest, "="))
		if !found || algorithm == "" || len(raw) == 0 || err != nil {
			return e, detailf("a hash %q", fields[1])
		}
		e.Algorithm, e.Digest = strings.ToLower(algorithm), hex.EncodeToString(raw)
	}
	if fields[2] != "" {
		n, err := strconv.ParseInt(fields[2], 10, 64)
		if err != nil || n < 0 {
			return e, detailf("a size %q", fields[2])
		}
		e.Size = n
	}
	return e, ""
}

// A FileSum is what was counted of one regular file of an archive.
type FileSum struct {
	Path   string // Member.Path
	SHA256 string // lower-case hexadecimal
	Size   int64  // bytes
}

// A RecordFault is how a wheel and its RECORD disagree.
type RecordFault string

// The faults of CheckRecord.
const (
	RecordUnlisted   RecordFault = "unlisted"   // a file that RECORD does not list: installed all the same
	RecordMissing    RecordFault = "missing"    // listed, not in the wheel
	RecordRepeated   RecordFault = "repeated"   // listed twice
	RecordHash       RecordFault = "hash"       // another SHA-256
	RecordSize       RecordFault = "size"       // another size
	RecordUnhashed   RecordFault = "unhashed"   // listed without hash
	RecordOtherHash  RecordFault = "other-hash" // hashed otherwise than with SHA-256: not compared
	RecordOddPath    RecordFault = "odd-path"   // a path that is not plain: absolute, with "..", a backslash
	recordFaultLimit             = 1000         // faults kept; a wheel without RECORD has one a file
)

// A RecordProblem is one disagreement. Path is foreign text; Line is that of
// RECORD, 0 for unlisted files.
type RecordProblem struct {
	Fault RecordFault
	Path  string
	Line  int
}

// CheckRecord holds the files of a wheel, in any order, against the entries of
// the RECORD in the folder distInfo (such as "six-1.16.0.dist-info"). RECORD
// itself and its signatures need not be listed or hashed (PEP 427). At most
// 1000 problems are returned, in the order of RECORD and then of the files.
func CheckRecord(distInfo string, entries []RecordEntry, files []FileSum) []RecordProblem {
	byPath := make(map[string]FileSum, len(files))
	for _, f := range files {
		byPath[f.Path] = f
	}
	var problems []RecordProblem
	object := func(fault RecordFault, path string, line int) {
		if len(problems) < recordFaultLimit {
			problems = append(problems, RecordProblem{Fault: fault, Path: path, Line: line})
		}
	}
	listed := make(map[string]bool, len(entries))
	for _, e := range entries {
		if listed[e.Path] {
			object(RecordRepeated, e.Path, e.Line)
		}
		listed[e.Path] = true
		f, ok := byPath[e.Path]
		switch {
		case path.Clean("/"+e.Path) != "/"+strings.TrimSuffix(e.Path, "/") || strings.Contains(e.Path, `\`):
			object(RecordOddPath, e.Path, e.Line)
		case strings.HasSuffix(e.Path, "/"):
			// A folder; nothing is installed by it.
		case !ok:
			object(RecordMissing, e.Path, e.Line)
		default:
			for _, fault := range compareSum(e, f, exemptFromRecord(distInfo, e.Path)) {
				object(fault, e.Path, e.Line)
			}
		}
	}
	for _, f := range files {
		if !listed[f.Path] && !exemptFromRecord(distInfo, f.Path) {
			object(RecordUnlisted, f.Path, 0)
		}
	}
	return problems
}

func compareSum(e RecordEntry, f FileSum, exempt bool) (faults []RecordFault) {
	switch {
	case e.Algorithm == "" && !exempt:
		faults = append(faults, RecordUnhashed)
	case e.Algorithm == "":
	case e.Algorithm != "sha256":
		faults = append(faults, RecordOtherHash)
	case e.Digest != f.SHA256:
		faults = append(faults, RecordHash)
	}
	if e.Size >= 0 && e.Size != f.Size {
		faults = append(faults, RecordSize)
	}
	return faults
}

func exemptFromRecord(distInfo, p string) bool {
	name, found := strings.CutPrefix(p, distInfo+"/")
	return found && (name == "RECORD" || name == "RECORD.jws" || name == "RECORD.p7s")
}
