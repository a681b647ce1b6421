package policy

import "fmt"

// CodeChanged is the reason against a file whose name was served with another
// hash before. Only a rule that names the new hash lifts it.
const CodeChanged = "changed-file"

// checkChanged holds a file against what its name was served with. An index
// does not change a released file; who replaces one hopes that nobody compares
// (ctx, 2022).
func (e *eval) checkChanged() {
	sum := e.sha256()
	if e.s.Served == "" || sum == "" || e.s.Served == sum {
		return
	}
	e.object(objection{firm: deniedHash, action: Block, Reason: Reason{
		Code: CodeChanged, Setting: CodeChanged,
		Text: fmt.Sprintf("this file name was served with sha256 %.16s... before and has %.16s... now; a rule with the new sha256 accepts it", e.s.Served, sum),
	}})
}
