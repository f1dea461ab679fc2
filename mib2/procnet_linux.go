package mib2

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// openProc returns a reader of /proc/net; why says why not netlink.
func openProc(proto Protocol, filter Filter, why string) *procReader {
	r := newProcReader(proto, filter, why)
	r.open = func(name string) (io.ReadCloser, error) {
		f, err := openProcNet(name)
		if err != nil {
			return nil, err
		}
		return f, nil
	}
	return r
}

// openProcNet opens a table of the calling thread's network namespace, which is the
// one that a netlink socket of that thread reads. /proc/net is the namespace of the
// process's first thread; it stands in before Linux 3.17.
func openProcNet(name string) (*os.File, error) {
	f, err := os.Open("/proc/thread-self/net/" + name)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = os.Open("/proc/net/" + name)
	}
	return f, err
}
