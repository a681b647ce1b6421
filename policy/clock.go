package policy

import "time"

// firstUploads is when Python's package indexes began to take files: an upload
// time before it is none.
var firstUploads = time.Date(2003, 1, 1, 0, 0, 0, 0, time.UTC)

// published returns the moment that a file's age counts from, and says in words
// which of the clocks it is.
//
// The index's upload time comes first. Without a usable one it is the moment
// this guard first saw the file, which must be set here.
func (s *Subject) published() (time.Time, string) {
	t, how := s.File.UploadTime, "uploaded"
	if t.Before(firstUploads) {
		t, how = s.FirstSeen, "the index gives no upload time; first seen"
	}
	return t, how
}

// ageUnknown says that nothing tells how old the file is: the index gives no
// upload time, and the file was there when this guard first looked.
func (s *Subject) ageUnknown() bool {
	return s.Baseline && s.File.UploadTime.Before(firstUploads)
}

// sha256 is the file's digest as the index announces it, or the report's, or "".
func (e *eval) sha256() string {
	if sum := e.s.File.Hashes["sha256"]; sum != "" {
		return sum
	}
	if e.r != nil {
		return e.r.SHA256
	}
	return ""
}

// passed says whether t has come, and notes t as a moment at which the decision
// may change when it has not.
func (e *eval) passed(t time.Time) bool {
	if !e.now.Before(t) {
		return true
	}
	if e.edge.IsZero() || t.Before(e.edge) {
		e.edge = t
	}
	return false
}
