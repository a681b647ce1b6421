package installers

import "os"

// sameOwner has nothing to do: a file that replaces another takes the rights of its folder.
func sameOwner(*os.File, string) error { return nil }
