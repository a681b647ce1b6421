package policy

import (
	"time"

	"pipwarden/pypi"
)

// A Subject is what is known of a file before it is downloaded.
type Subject struct {
	// Index is the name of the upstream index that lists the file.
	Index string
	// Project is the project whose page lists the file; "" = Filename.Project.
	// Set it: a file name that is not understood has no project.
	Project pypi.Name
	// Filename is the file's name taken apart.
	Filename pypi.Filename
	// File is the page's entry. A nil File is blocked.
	File *pypi.File
	// Status is the project's status (PEP 792).
	Status pypi.Status
	// Release holds the files of the same release with Parsed set, in any
	// order; the file itself may be among them.
	Release []*pypi.File
	// FirstSeen is when this guard first saw the file listed; zero = only now.
	// It counts where the index gives no upload time.
	FirstSeen time.Time
	// Baseline is true when the file was there already when this guard first saw
	// the project's page: FirstSeen says nothing of its age then.
	Baseline bool
	// Served is the SHA-256 that the file's name was served with last, lower-case
	// hex; "" = it was not.
	Served string
	// Client is what the asking installer says of itself. It can lie, so it
	// decides about what suits it and never about what is safe; but for its
	// token, of which the guard made sure.
	Client pypi.Client
}

func (s *Subject) project() pypi.Name {
	if s.Project != "" {
		return s.Project
	}
	return s.Filename.Project
}
