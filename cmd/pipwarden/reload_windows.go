package main

import "os"

// notifyReload does nothing: Windows has no SIGHUP, there the change of the file is the sign.
func notifyReload(chan<- os.Signal) {}
