//go:build !linux

package main

import "time"

var start = time.Now()

// threadCPU is the time since the start: other systems do not tell a thread's own.
func threadCPU() time.Duration { return time.Since(start) }

// processCPU is the time since the start.
func processCPU() time.Duration { return time.Since(start) }
