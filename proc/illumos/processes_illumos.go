package illumos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"sockstat/proc"
)

// processReader reads processes from proc(5). One file, psinfo, has nearly all.
type processReader struct {
	proc  Proc
	ctx   context.Context
	parts proc.Parts
	pids  []int32 // those still to be read
	buf   []byte
}

// Processes starts reading processes, see [proc.Processes].
func (p Proc) Processes(ctx context.Context, pids []int32, parts proc.Parts) (proc.ProcessReader, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	list, err := p.pids(pids)
	if err != nil {
		return nil, err
	}
	return &processReader{p, ctx, parts, list, make([]byte, 1024)}, nil
}

// Close has nothing to close.
func (r *processReader) Close() error { return nil }

// Read reads the next processes.
func (r *processReader) Read(dst []proc.Process) ([]proc.Process, error) {
	const batch = 64
	before := len(dst)
	for len(r.pids) > 0 && len(dst) < before+batch {
		if err := r.ctx.Err(); err != nil {
			return dst, err
		}
		pid := r.pids[0]
		r.pids = r.pids[1:]
		p, ok, err := r.proc.process(pid, &r.buf)
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
func (p Proc) process(pid int32, buf *[]byte) (info psinfo, ok bool, err error) {
	var content []byte
	content, *buf, err = readFile(p.path(pid, "psinfo"), *buf)
	if isResource(err) {
		return info, false, err
	}
	if err != nil {
		return info, false, nil
	}
	info, err = parsePsinfo(content)
	return info, err == nil && info.PID == pid, nil
}

// more reads what psinfo does not have; only owners may see it.
func (r *processReader) more(p *proc.Process) {
	if r.parts&proc.PartExe != 0 {
		r.link(p, "path/a.out", proc.PartExe, &p.Exe)
	}
	if r.parts&proc.PartCwd != 0 {
		r.link(p, "path/cwd", proc.PartCwd, &p.Cwd)
	}
	if r.parts&proc.PartFDs != 0 {
		if fds, err := numbers(r.proc.path(p.PID, "fd")); err == nil {
			p.FDCount = int32(len(fds))
			p.Has |= proc.PartFDs
		}
	}
}

func (r *processReader) link(p *proc.Process, name string, part proc.Parts, to *string) {
	if target, err := os.Readlink(r.proc.path(p.PID, name)); err == nil {
		*to = target
		p.Has |= part
	}
}

// isResource reports whether an error is about the reader, not about the process.
func isResource(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOMEM)
}
