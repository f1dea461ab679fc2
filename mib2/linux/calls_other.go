//go:build !linux

package linux

import (
	"io/fs"
	"os"

	"sockstat/mib2"
)

// realCalls are refused on other systems, where only a test with calls of its own can read
// tables of Linux.
var realCalls = Calls{
	Socket:      func() (int, error) { return 0, mib2.ErrUnsupported },
	RouteSocket: func() (int, error) { return 0, mib2.ErrUnsupported },
	ReadDir:     func(string) ([]fs.DirEntry, error) { return nil, mib2.ErrUnsupported },
	Send:        func(int, []byte) error { return mib2.ErrUnsupported },
	Receive:     func(int, []byte) (int, bool, uint32, error) { return 0, false, 0, mib2.ErrUnsupported },
	Open:        func(string) (int, error) { return 0, mib2.ErrUnsupported },
	Read:        func(int, []byte) (int, error) { return 0, mib2.ErrUnsupported },
	ReadAt:      func(int, []byte, int64) (int, error) { return 0, mib2.ErrUnsupported },
	Close:       func(int) error { return os.ErrInvalid },
	Release:     func() (string, error) { return "", mib2.ErrUnsupported },
	Setns:       func(int) error { return mib2.ErrUnsupported },
	FirstThread: func() bool { return false },
}

// walkKernel is refused.
func walkKernel(int, *connections) error { return mib2.ErrUnsupported }
