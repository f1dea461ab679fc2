package linux

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Calls are the system calls by which [Tables] learns anything. One that is nil is the real
// call. A test puts its own in their place, to have the Nth of a run fail, be interrupted
// (EINTR), be short or take long, or to be a kernel that there is not.
type Calls struct {
	// Socket opens a blocking netlink socket of the protocol NETLINK_SOCK_DIAG.
	Socket func() (fd int, err error)
	// RouteSocket opens one of the protocol NETLINK_ROUTE.
	RouteSocket func() (fd int, err error)
	// Send sends a request to the kernel.
	Send func(fd int, request []byte) error
	// Receive receives one reply: how long it is, whether it was cut off for want of room
	// (MSG_TRUNC), and the netlink port of its sender, which of the kernel is 0.
	Receive func(fd int, reply []byte) (n int, cut bool, sender uint32, err error)

	Open   func(path string) (fd int, err error)
	Read   func(fd int, b []byte) (n int, err error) // 0 at the end
	ReadAt func(fd int, b []byte, offset int64) (n int, err error)
	Close  func(fd int) error // of sockets and files
	// ReadDir returns the entries of a directory in the order of their names.
	ReadDir func(path string) ([]fs.DirEntry, error)

	// Release returns the version of the kernel, such as "6.18.3".
	Release func() (string, error)

	// Setns moves the calling thread to the network namespace of a descriptor, setns(2).
	Setns func(fd int) error
	// FirstThread reports whether the calling thread is the first one of the program.
	FirstThread func() bool
}

// orReal returns the calls with the real ones in the place of those that are nil.
func (c Calls) orReal() *Calls {
	if c.Socket == nil {
		c.Socket = realCalls.Socket
	}
	if c.RouteSocket == nil {
		c.RouteSocket = realCalls.RouteSocket
	}
	if c.ReadDir == nil {
		c.ReadDir = realCalls.ReadDir
	}
	if c.Send == nil {
		c.Send = realCalls.Send
	}
	if c.Receive == nil {
		c.Receive = realCalls.Receive
	}
	if c.Open == nil {
		c.Open = realCalls.Open
	}
	if c.Read == nil {
		c.Read = realCalls.Read
	}
	if c.ReadAt == nil {
		c.ReadAt = realCalls.ReadAt
	}
	if c.Close == nil {
		c.Close = realCalls.Close
	}
	if c.Release == nil {
		c.Release = realCalls.Release
	}
	if c.Setns == nil {
		c.Setns = realCalls.Setns
	}
	if c.FirstThread == nil {
		c.FirstThread = realCalls.FirstThread
	}
	return &c
}

// again calls f until no signal interrupts it.
func again(f func() error) error {
	for {
		if err := f(); err != syscall.EINTR {
			return err
		}
	}
}

// closeFD closes a descriptor, which is gone even if a signal interrupts it.
func (c *Calls) closeFD(fd int) error {
	if err := c.Close(fd); err != syscall.EINTR {
		return err
	}
	return nil
}

// release returns the version of the kernel.
func (c *Calls) release() (version string, err error) {
	err = again(func() error {
		version, err = c.Release()
		return err
	})
	return version, os.NewSyscallError("uname", err)
}

// diagSocket is a blocking netlink socket: the kernel does the work of a dump within
// recvmsg, so there is nothing to wait for.
type diagSocket struct {
	calls *Calls
	fd    int
}

func openDiagSocket(calls *Calls) (diagSocket, error) {
	return openSocket(calls, "netlink sock_diag socket", calls.Socket)
}

// openSocket opens a netlink socket by one of the calls.
func openSocket(calls *Calls, what string, open func() (int, error)) (s diagSocket, err error) {
	s.calls = calls
	err = again(func() error {
		s.fd, err = open()
		return err
	})
	return s, os.NewSyscallError(what, err)
}

func (s *diagSocket) send(b []byte) error {
	return again(func() error { return s.calls.Send(s.fd, b) })
}

var errTruncated = errors.New("reply longer than the buffer")

// recv receives one reply of the kernel; what others send is ignored.
func (s *diagSocket) recv(b []byte) (int, error) {
	for {
		n, cut, sender, err := s.calls.Receive(s.fd, b)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 0, err
		case sender != 0:
		case cut:
			return 0, errTruncated
		case n == 0:
			return 0, short("reply", 0, nlmsgHeaderLen)
		default:
			return n, nil
		}
	}
}

// close closes the socket, once.
func (s *diagSocket) close() error {
	fd := s.fd
	if s.fd = -1; fd < 0 {
		return nil
	}
	return s.calls.closeFD(fd)
}

// procFile is an open file of proc(5).
type procFile struct {
	calls *Calls
	fd    int
	path  string
}

func openProcFile(calls *Calls, path string) (f *procFile, err error) {
	f = &procFile{calls: calls, path: path}
	err = again(func() error {
		f.fd, err = calls.Open(path)
		return err
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return f, nil
}

// result is what a read returns: no bytes are the end.
func (f *procFile) result(n int, err error) (int, error) {
	switch {
	case err != nil:
		return 0, &fs.PathError{Op: "read", Path: f.path, Err: err}
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

func (f *procFile) Read(b []byte) (n int, err error) {
	err = again(func() error {
		n, err = f.calls.Read(f.fd, b)
		return err
	})
	return f.result(n, err)
}

// readWhole reads the file from its beginning to its end. It has to have room in b for a
// byte more.
func (f *procFile) readWhole(b []byte) (have int, err error) {
	for have < len(b) {
		var n int
		err = again(func() error {
			n, err = f.calls.ReadAt(f.fd, b[have:], int64(have))
			return err
		})
		if n, err = f.result(n, err); err == io.EOF {
			return have, nil
		} else if err != nil {
			return 0, err
		}
		have += n
	}
	return 0, io.ErrShortBuffer
}

func (f *procFile) Close() error { return f.calls.closeFD(f.fd) }
