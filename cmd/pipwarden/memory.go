package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// memoryEvery is how often the memory is looked at that the program no longer uses.
	memoryEvery = 5 * time.Second
	// memorySpare is how much of it is kept for the next burst, in bytes.
	memorySpare = 16 << 20 // 16 MiB
)

// giveBackMemory returns memory to the system that a burst of large pages or the database's compaction has left, until
// ctx ends. The runtime does so by itself, but takes minutes; a guard on a developer's machine should be small when idle.
func giveBackMemory(ctx context.Context) {
	tick := time.NewTicker(memoryEvery)
	defer tick.Stop()
	samples := []metrics.Sample{{Name: "/memory/classes/heap/free:bytes"}, {Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		metrics.Read(samples)
		free, live, objects := samples[0].Value.Uint64(), samples[1].Value.Uint64(), samples[2].Value.Uint64()
		if free+objects > live+memorySpare {
			debug.FreeOSMemory()
		}
	}
}
