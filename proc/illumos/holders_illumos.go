package illumos

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"syscall"

	"sockstat/proc"
)

// Holders looks at every descriptor of the processes, which stops none of them.
func (p Proc) Holders(ctx context.Context, pids []int32) (*proc.SocketHolders, error) {
	list, err := p.pids(pids)
	if err != nil {
		return nil, err
	}
	w := &fdWalker{proc: p, buf: make([]byte, 4096)}
	for _, pid := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := w.walk(pid); err != nil {
			return nil, fmt.Errorf("read descriptors of process %d: %w", pid, err)
		}
	}
	return proc.NewEndpointHolders(w.found, w.hidden), nil
}

// fdWalker finds the sockets of processes.
type fdWalker struct {
	proc   Proc
	found  []proc.HeldEndpoint
	hidden int
	buf    []byte
}

// walk finds the sockets of one process. Those whose descriptors may not be seen are
// counted, unless they cannot have any.
func (w *fdWalker) walk(pid int32) error {
	fds, err := numbers(w.proc.path(pid, "fd"))
	switch {
	case err == nil:
	case isResource(err):
		return err
	case errors.Is(err, fs.ErrPermission):
		p, ok, err := w.proc.process(pid, &w.buf)
		if ok && !p.system && !p.zombie || errors.Is(err, fs.ErrPermission) || errors.Is(err, errNoSense) {
			w.hidden++
			return nil
		}
		return err
	default: // unless it is gone, or never had any
		return unlessGone(err)
	}
	refused := false
	for _, fd := range fds {
		e, ok, err := w.endpoint(pid, fd)
		switch {
		case errors.Is(err, fs.ErrPermission):
			refused = true
		case unlessGone(err) != nil:
			return fmt.Errorf("descriptor %d: %w", fd, err)
		case err == nil && ok:
			w.found = append(w.found, proc.HeldEndpoint{Endpoint: e, Holder: proc.Holder{PID: pid, FD: fd}})
		}
	}
	if refused {
		w.hidden++
	}
	return nil
}

// endpoint returns what a descriptor stands for. Before January 2020 there was no fdinfo;
// then the file itself tells whether it is a socket, and its inode.
func (w *fdWalker) endpoint(pid, fd int32) (e proc.Endpoint, ok bool, err error) {
	var content []byte
	content, w.buf, err = readFile(w.proc.path(pid, "fdinfo/"+strconv.Itoa(int(fd))), w.buf)
	if err == nil {
		return parseFdinfo(content)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return e, false, err
	}
	var st syscall.Stat_t
	if err := syscall.Stat(w.proc.path(pid, "fd/"+strconv.Itoa(int(fd))), &st); err != nil {
		return e, false, err
	}
	return proc.Endpoint{Inode: st.Ino}, uint32(st.Mode)&fileType == fileSocket, nil
}
