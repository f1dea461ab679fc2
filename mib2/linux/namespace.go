package linux

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// Namespace is a network namespace other than the caller's, which [Tables.In] reads. What is
// opened in a namespace stays of it, and any thread may read it then.
type Namespace struct {
	// Visitor goes there.
	Visitor *Visitor
	// Enter returns a descriptor of the namespace for setns(2), which is closed after use.
	Enter func() (fd int, err error)
	// NothingBound says that no TCP socket in it is bound but neither listens nor is connected:
	// none is looked for.
	NothingBound bool
	// Inode is that of the namespace, 0 if not known, and Connections finds its TCP connections
	// and those of others. It may be nil.
	Inode       uint64
	Connections *Connections
	// Files returns the directory net of one of its processes in proc(5), which shows its tables
	// to anybody, and a function that returns an error if it has become that of another
	// namespace. It is asked if the caller may not enter; "" says that there is none.
	Files func() (dir string, verify func() error)
}

// errGone says that a namespace is not there any more. It counts as fs.ErrNotExist.
var errGone = fmt.Errorf("network namespace is gone: %w", fs.ErrNotExist)

// tablesIn returns how the tables of a namespace are opened, and why they are read from files
// if they are. That it cannot be read at all is an error: fs.ErrNotExist if it is gone.
func (n *Namespace) tablesIn(t *tables) (why string, err error) {
	err = n.Visitor.In(n, func() error { return nil })
	if err == nil {
		t.calls = n.calls(t.calls)
		return "", nil
	}
	if errors.Is(err, fs.ErrPermission) {
		if t.files, t.verify = n.Files(); t.files != "" {
			return whyNotEntered(err), nil
		}
	}
	return "", err
}

// whyNotEntered returns the cause of an error, which many namespaces have in common.
func whyNotEntered(err error) string {
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		return "no way into the namespace: " + errno.Error()
	}
	return err.Error()
}

// calls returns calls that open sockets, files and directories in the namespace.
func (n *Namespace) calls(of *Calls) *Calls {
	there := *of
	there.Socket = inside(n, of.Socket)
	there.RouteSocket = inside(n, of.RouteSocket)
	there.Open = func(path string) (int, error) {
		return inside(n, func() (int, error) { return of.Open(path) })()
	}
	there.ReadDir = func(path string) ([]fs.DirEntry, error) {
		return inside(n, func() ([]fs.DirEntry, error) { return of.ReadDir(path) })()
	}
	return &there
}

// inside returns a call that is made in the namespace.
func inside[R any](n *Namespace, call func() (R, error)) func() (R, error) {
	return func() (result R, err error) {
		failed := n.Visitor.In(n, func() error {
			result, err = call()
			return nil
		})
		if failed != nil {
			return result, failed
		}
		return result, err
	}
}

// enter moves the calling thread.
func (n *Namespace) enter(calls *Calls) error {
	fd, err := n.Enter()
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return errGone
	} else if err != nil {
		return fmt.Errorf("network namespace: %w", err)
	}
	defer calls.closeFD(fd)
	if err := again(func() error { return calls.Setns(fd) }); err != nil {
		return fmt.Errorf("network namespace: setns: %w", err)
	}
	return nil
}
