package proc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// processReader reads processes from proc(5). One file, psinfo, has nearly all.
type processReader struct {
	dir   illumos
	ctx   context.Context
	parts Parts
	pids  []int32 // those still to be read
	buf   []byte
}

func (dir illumos) processes(ctx context.Context, pids []int32, parts Parts) (ProcessReader, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	list, err := dir.pids(pids)
	return &processReader{dir, ctx, parts, list, make([]byte, 1024)}, err
}

func (r *processReader) Close() error { return nil }

func (r *processReader) Read(dst []Process) ([]Process, error) {
	const batch = 64
	before := len(dst)
	for len(r.pids) > 0 && len(dst) < before+batch {
		if err := r.ctx.Err(); err != nil {
			return dst, err
		}
		pid := r.pids[0]
		r.pids = r.pids[1:]
		p, ok, err := r.dir.process(pid, &r.buf)
		if err != nil {
			return dst, fmt.Errorf("read process %d: %w", pid, err)
		}
		if ok {
			r.more(&p.Process)
			dst = append(dst, p.Process)
		}
	}
	if len(dst) == before {
		return dst, io.EOF
	}
	return dst, nil
}

// process reads the psinfo of a process. It is not ok if there is none, or none that makes
// sense: no row is better than one of another process.
func (dir illumos) process(pid int32, buf *[]byte) (p psinfo, ok bool, err error) {
	var content []byte
	content, *buf, err = readFile(dir.path(pid, "psinfo"), *buf)
	if isResource(err) {
		return p, false, err
	}
	if err != nil {
		return p, false, nil
	}
	p, err = parsePsinfo(content)
	return p, err == nil && p.PID == pid, nil
}

// more reads what psinfo does not have; only owners may see it.
func (r *processReader) more(p *Process) {
	if r.parts&PartExe != 0 {
		r.link(p, "path/a.out", PartExe, &p.Exe)
	}
	if r.parts&PartCwd != 0 {
		r.link(p, "path/cwd", PartCwd, &p.Cwd)
	}
	if r.parts&PartFDs != 0 {
		if fds, err := numbers(r.dir.path(p.PID, "fd")); err == nil {
			p.FDCount = int32(len(fds))
			p.Has |= PartFDs
		}
	}
}

func (r *processReader) link(p *Process, name string, part Parts, to *string) {
	if target, err := os.Readlink(r.dir.path(p.PID, name)); err == nil {
		*to = target
		p.Has |= part
	}
}

// isResource reports whether an error is about the reader, not about the process.
func isResource(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOMEM)
}
