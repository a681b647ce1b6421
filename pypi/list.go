package pypi

// ProjectList is the root page of an index: the names of its projects.
type ProjectList struct {
	APIVersion string
	Projects   []string // as given, each a valid project name
}

// ParseProjectList reads the root page of an index, JSON or HTML by its content
// type; src.Name is not used. The error is a *PageError.
func ParseProjectList(src PageSource) (*ProjectList, error) {
	return nil, &PageError{Reason: "not an index page"}
}

// AppendJSON appends the list in its JSON form.
func (l *ProjectList) AppendJSON(dst []byte) []byte { return dst }

// AppendHTML appends the list in its HTML form.
func (l *ProjectList) AppendHTML(dst []byte) []byte { return dst }
