package proc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"syscall"
)

// sockets looks at every descriptor of the processes, which stops none of them.
func (dir illumos) sockets(ctx context.Context, pids []int32) (*SocketHolders, error) {
	list, err := dir.pids(pids)
	if err != nil {
		return nil, err
	}
	w := &fdWalker{dir: dir, endpoints: endpoints{}, buf: make([]byte, 4096)}
	for _, pid := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := w.walk(pid); err != nil {
			return nil, fmt.Errorf("read descriptors of process %d: %w", pid, err)
		}
	}
	h := newSocketHolders(w.found, w.hidden)
	h.endpoints = w.endpoints
	return h, nil
}

// fdWalker finds the sockets of processes.
type fdWalker struct {
	dir       illumos
	endpoints endpoints
	found     []held
	hidden    int
	buf       []byte
}

// walk finds the sockets of one process. Those whose descriptors may not be seen are
// counted, unless they cannot have any.
func (w *fdWalker) walk(pid int32) error {
	fds, err := numbers(w.dir.path(pid, "fd"))
	switch {
	case err == nil:
	case isResource(err):
		return err
	case errors.Is(err, fs.ErrPermission):
		p, ok, err := w.dir.process(pid, &w.buf)
		if ok && !p.system && !p.zombie {
			w.hidden++
		}
		return err
	default: // it ended, or never had any
		return nil
	}
	refused := false
	for _, fd := range fds {
		e, ok, err := w.endpoint(pid, fd)
		switch {
		case isResource(err):
			return err
		case errors.Is(err, fs.ErrPermission):
			refused = true
		case err == nil && ok:
			w.found = append(w.found, held{w.endpoints.number(e), Holder{PID: pid, FD: fd}})
		}
	}
	if refused {
		w.hidden++
	}
	return nil
}

// endpoint returns what a descriptor stands for. Before January 2020 there was no fdinfo;
// then the file itself tells whether it is a socket, and its inode.
func (w *fdWalker) endpoint(pid, fd int32) (e Endpoint, ok bool, err error) {
	var content []byte
	content, w.buf, err = readFile(w.dir.path(pid, "fdinfo/"+strconv.Itoa(int(fd))), w.buf)
	if err == nil {
		return parseFdinfo(content)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return e, false, err
	}
	var st syscall.Stat_t
	if err := syscall.Stat(w.dir.path(pid, "fd/"+strconv.Itoa(int(fd))), &st); err != nil {
		return e, false, err
	}
	return Endpoint{Inode: st.Ino}, uint32(st.Mode)&fileType == fileSocket, nil
}
