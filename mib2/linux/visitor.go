package linux

import (
	"io/fs"
	"sync"

	"sockstat/internal/thread"
)

// Visitor does things in other network namespaces, on a thread that it has for itself:
// setns(2) moves a thread. That is never the first one, whose namespace /proc/self shows as
// that of the program.
type Visitor struct {
	calls    *Calls
	start    func()
	requests chan func(*visit)
	closed   chan struct{}
}

// visit is where the thread of a Visitor is.
type visit struct {
	at  *Namespace // nil to begin with
	err error      // of going there
}

// NewVisitor returns a Visitor, to be closed after use. It starts no thread before there is
// something to do. Any goroutine may use it.
func NewVisitor(calls Calls) *Visitor {
	v := &Visitor{calls: calls.orReal(), requests: make(chan func(*visit)), closed: make(chan struct{})}
	v.start = sync.OnceFunc(func() { thread.Go(v.serve, v.calls.FirstThread) })
	return v
}

// Close ends the thread. What was opened stays open.
func (v *Visitor) Close() error {
	close(v.closed)
	return nil
}

// serve serves requests on a thread of its own, until the Visitor is closed.
func (v *Visitor) serve() {
	var at visit
	for {
		select {
		case request := <-v.requests:
			request(&at)
		case <-v.closed:
			return
		}
	}
}

// In calls f in a namespace. Before it can, an error says why not.
func (v *Visitor) In(n *Namespace, f func() error) error {
	v.start()
	result := make(chan error, 1)
	request := func(at *visit) {
		if at.at != n {
			at.at, at.err = n, n.enter(v.calls)
		}
		if at.err != nil {
			result <- at.err
			return
		}
		result <- f()
	}
	select {
	case v.requests <- request:
		return <-result
	case <-v.closed:
		return fs.ErrClosed
	}
}
