package main

import "os"

// peakMemory is not known on Windows.
func peakMemory() int64 { return 0 }

// childMemory is not known on Windows.
func childMemory(*os.ProcessState) int64 { return 0 }
