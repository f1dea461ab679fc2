package linux

import (
	"errors"
	"io"
	"io/fs"

	"sockstat/mib2"
)

// openProcNet opens a table of the calling thread's network namespace, which is the
// one that a netlink socket of that thread reads. /proc/net is the namespace of the
// process's first thread; it stands in before Linux 3.17. Of a namespace that may not be
// entered it is the table that a process of it has.
func (t *tables) openProcNet(name string) (*procFile, error) {
	if t.files != "" {
		f, err := openProcFile(t.calls, t.files+"/"+name)
		if err == nil && t.verify != nil {
			if err = t.verify(); err != nil {
				f.Close()
			}
		}
		return f, err
	}
	f, err := openProcFile(t.calls, t.proc+"/thread-self/net/"+name)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = openProcFile(t.calls, t.proc+"/net/"+name)
	}
	return f, err
}

// openProc returns a reader of /proc/net; why says why not netlink.
func (t *tables) openProc(proto mib2.Protocol, filter mib2.Filter, why string) *procReader {
	r := newProcReader(t.ctx, proto, filter)
	r.where, r.why = t.where(), why
	r.dual = func() (bool, error) {
		only, err := t.bindV6Only()
		return !only, err
	}
	r.open = func(name string) (io.ReadCloser, error) {
		f, err := t.openProcNet(name)
		if err != nil {
			return nil, err
		}
		return f, nil
	}
	return r
}

// where returns the directory of the tables for people.
func (t *tables) where() string {
	if t.files != "" {
		return t.proc + "/PID/net/"
	}
	return t.proc + "/net/"
}
