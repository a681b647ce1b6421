//go:build race

package python_test

// raceEnabled says that everything takes ten times as long. Nothing here runs at once but the tests themselves, so a
// sample of the files is enough for the race detector; the whole comparison is that of a run without it.
const raceEnabled = true
