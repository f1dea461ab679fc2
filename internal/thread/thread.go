// Package thread runs functions on threads of their own, which may change what a thread has for
// itself, such as its network namespace.
package thread

import "runtime"

// Go calls f on a thread that nothing else uses and that ends with f. It is never the first one of
// the program, which first tells: what that changes would be seen in /proc/self. Go does not wait.
func Go(f func(), first func() bool) {
	go func() {
		runtime.LockOSThread()
		if !first() {
			f()
			return
		}
		// While this goroutine keeps the first thread, the other one gets another.
		elsewhere := make(chan struct{})
		go func() {
			runtime.LockOSThread()
			close(elsewhere)
			f()
		}()
		<-elsewhere
		runtime.UnlockOSThread()
	}()
}
