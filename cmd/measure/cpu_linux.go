package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadCPU is the time that the calling thread has used.
func threadCPU() time.Duration { return usage(unix.RUSAGE_THREAD) }

// processCPU is the time that all threads of the process have used.
func processCPU() time.Duration { return usage(unix.RUSAGE_SELF) }

func usage(who int) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(who, &u); err != nil {
		panic("measure: " + err.Error()) // the kernel knows these arguments since 2.6.26
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
