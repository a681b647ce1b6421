package cache

import "io/fs"

// ownerProblem leaves the owner to the lists that folders inherit here: one in
// the user's profile admits nobody else.
func ownerProblem(fs.FileInfo) string { return "" }
