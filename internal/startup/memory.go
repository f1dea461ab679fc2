package startup

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// seldomUpTo is how many bytes of Go's there are before they are collected at all.
const seldomUpTo = 64 << 20

// CollectSeldom spares the short runs that nearly all are the collection of garbage: their
// snapshots live to the end. Those that take much memory get it as often as other programs.
func CollectSeldom() {
	debug.SetGCPercent(1000)
	debug.SetMemoryLimit(seldomUpTo)
	watchCollection()
}

// watchCollection has collected look on after the next collection of garbage.
func watchCollection() {
	type sentinel struct{ _ [16]byte } // of a size that is not allocated together with others
	runtime.AddCleanup(new(sentinel), func(int) { collected() }, 0)
}

// collected goes back to collecting as usual once there is much that lives.
func collected() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if live[0].Value.Uint64() < seldomUpTo/4 {
		watchCollection()
		return
	}
	debug.SetGCPercent(100)
	debug.SetMemoryLimit(math.MaxInt64)
}
