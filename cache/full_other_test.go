//go:build !linux

package cache

import "testing"

// smallDisk is for systems where a small file system is easily had.
func smallDisk(t *testing.T, _ int) string {
	t.Helper()
	t.Skip("no small file system on this system")
	return ""
}
