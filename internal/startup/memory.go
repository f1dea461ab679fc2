package startup

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
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
	percent := 100
	if often.Load() {
		percent = 50
	}
	debug.SetGCPercent(percent)
	debug.SetMemoryLimit(math.MaxInt64)
}

// often says that CollectOften was called.
var often atomic.Bool

// oftenFrom is how many bytes of Go's there are before garbage is collected that nearly all is.
const oftenFrom = 24 << 20

// CollectOften is for runs that go on to drop most of what they read, so that a table ten times
// the size takes hardly more memory.
func CollectOften() {
	if !often.Swap(true) {
		debug.SetMemoryLimit(oftenFrom)
		watchCollection()
	}
}
