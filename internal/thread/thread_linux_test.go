package thread

import (
	"os"
	"syscall"
	"testing"
)

// A function never runs on the first thread, nor on one that is taken for it.
func TestGo(t *testing.T) {
	isFirst := func() bool { return syscall.Gettid() == os.Getpid() }
	run := func(first func() bool) int {
		on := make(chan int)
		Go(func() { on <- syscall.Gettid() }, first)
		return <-on
	}
	threads := map[int]bool{}
	for range 100 {
		got := run(isFirst)
		if threads[got] = true; got == os.Getpid() {
			t.Error("it runs on the first thread")
		}
		asked := 0
		if got := run(func() bool { asked = syscall.Gettid(); return true }); got == asked {
			t.Errorf("it runs on thread %d, which was said to be the first", got)
		}
	}
	if len(threads) < 2 {
		t.Errorf("all ran on the threads %v", threads)
	}
}
