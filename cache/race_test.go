//go:build race

package cache

// raceEnabled says that memory is several times what it is in a release.
const raceEnabled = true
