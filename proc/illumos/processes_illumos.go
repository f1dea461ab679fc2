package illumos

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
	found bool // a process, unless none is wanted

	missing proc.Missing
}

var _ proc.MissingTeller = (*processReader)(nil)

// Processes starts reading processes, see [proc.Processes].
func (p Proc) Processes(ctx context.Context, pids []int32, parts proc.Parts) (proc.ProcessReader, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	list, err := p.pids(pids)
	if err != nil {
		return nil, err
	}
	return &processReader{proc: p, ctx: ctx, parts: parts, pids: list, buf: make([]byte, 1024), found: len(list) == 0}, nil
}

// Close has nothing to close.
func (r *processReader) Close() error { return nil }

// Missing says what could not be read so far.
func (r *processReader) Missing() proc.Missing { return r.missing }

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
		switch {
		case errors.Is(err, fs.ErrPermission):
			r.missing.Hidden = append(r.missing.Hidden, pid)
		case errors.Is(err, errNoSense):
			r.fail(err)
		case err != nil:
			return dst, fmt.Errorf("read process %d: %w", pid, err)
		case ok:
			if err := r.more(&p.Process); err != nil {
				return dst, fmt.Errorf("read process %d: %w", pid, err)
			}
			dst = append(dst, p.Process)
			r.found = true
		}
	}
	if len(dst) > before {
		return dst, nil
	}
	if !r.found { // no proc(5) looks as if all had ended
		if _, err := r.proc.pids(nil); err != nil {
			return dst, err
		}
	}
	return dst, io.EOF
}

// errNoSense says that the kernel tells of a process what cannot be.
var errNoSense = errors.New("psinfo makes no sense")

// process reads the psinfo of a process. It is not ok if there is none; one that makes no
// sense is an error, since no row is better than one of another process.
func (p Proc) process(pid int32, buf *[]byte) (info psinfo, ok bool, err error) {
	var content []byte
	path := p.path(pid, "psinfo")
	content, *buf, err = readFile(path, *buf)
	if err != nil {
		return info, false, unlessGone(err)
	}
	if info, err = parsePsinfo(content); err == nil && info.PID != pid {
		err = fmt.Errorf("it is that of process %d", info.PID)
	}
	if err != nil {
		return info, false, fmt.Errorf("read %s: %w: %w", path, errNoSense, err)
	}
	return info, true, nil
}

// moreParts are what psinfo does not have, where they are, and how they are read. But for
// usage, only owners may see them.
var moreParts = []struct {
	bit  proc.Parts
	file string
	read func(r *processReader, p *proc.Process, path string) error
}{
	{proc.PartExe, "path/a.out", func(_ *processReader, p *proc.Process, path string) (err error) {
		p.Exe, err = os.Readlink(path)
		return err
	}},
	{proc.PartCwd, "path/cwd", func(_ *processReader, p *proc.Process, path string) (err error) {
		p.Cwd, err = os.Readlink(path)
		return err
	}},
	{proc.PartFDs, "fd", func(_ *processReader, p *proc.Process, path string) error {
		fds, err := numbers(path)
		p.FDCount = int32(len(fds))
		return err
	}},
	{proc.PartSinceBoot, "usage", func(r *processReader, p *proc.Process, path string) (err error) {
		var content []byte
		if content, r.buf, err = readFile(path, r.buf); err == nil {
			p.SinceBoot, err = parseUsage(content)
		}
		return err
	}},
}

// more reads what psinfo does not have. What is not there, or not to be seen, is left out.
func (r *processReader) more(p *proc.Process) error {
	var failed error
	for _, part := range moreParts {
		if r.parts&part.bit == 0 {
			continue
		}
		path := r.proc.path(p.PID, part.file)
		err := part.read(r, p, path)
		switch {
		case err == nil:
			p.Has |= part.bit
		case isResource(err):
			return err
		case unlessGone(err) != nil && !errors.Is(err, fs.ErrPermission):
			failed = cmp.Or(failed, fmt.Errorf("read %s: %w", path, err))
		}
	}
	if failed != nil {
		r.fail(failed)
	}
	return nil
}

// fail counts a process that could not be read whole, and keeps the first reason.
func (r *processReader) fail(err error) {
	r.missing.Failed++
	r.missing.Err = cmp.Or(r.missing.Err, err)
}

// unlessGone drops an error which says that there is no such process, or no such file of it.
func unlessGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}

// isResource reports whether an error is about the reader, not about the process.
func isResource(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOMEM)
}
