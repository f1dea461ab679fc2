package linux

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"sockstat/proc"
)

// batch is how many processes a Read looks at: enough to make its own cost vanish,
// few enough that a LIMIT ends the reading soon.
const batch = 64

// processReader reads processes from proc(5). Of arguments beyond 128 KiB it shows the
// beginning and an ellipsis.
type processReader struct {
	ctx     context.Context
	calls   *Calls
	dir     *os.File // proc
	machine machine
	parts   proc.Parts
	pids    []int32  // those still to be read
	chosen  bool     // the caller gave the PIDs
	path    cpath    // scratch
	buf     []byte   // scratch, content of a file or target of a link
	numbers []int32  // scratch, descriptors
	walker  fdWalker // for sockets
	counts  socketCounts
	sized   bool               // the sizes of fd directories are known
	start   time.Duration      // of the process that is read, since the boot
	about   unix.Stat_t        // scratch
	strings map[string]string  // names and paths that many processes share
	cgroups map[string]cgroups // by what the file says
	missing proc.Missing
}

// Processes starts reading processes, see [proc.Processes].
func (p Proc) Processes(ctx context.Context, pids []int32, parts proc.Parts) (proc.ProcessReader, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := &processReader{
		ctx: ctx, calls: p.Calls.orKernel(), parts: parts, chosen: pids != nil,
		buf: make([]byte, 4096), strings: make(map[string]string), cgroups: make(map[string]cgroups),
	}
	var err error
	if r.dir, r.pids, err = p.list(r.calls, pids, &r.path, r.buf); err != nil {
		return nil, err
	}
	if parts&proc.PartStat != 0 {
		if r.machine, err = r.readMachine(p.Root); err != nil {
			r.Close()
			return nil, err
		}
	}
	if parts&proc.PartSockets != 0 {
		r.counts, r.sized = p.countSockets(ctx, pids), p.finder().tellsSizes()
	}
	return r, nil
}

// readMachine reads what the numbers of the processes are relative to. Where the kernel does
// not tell when it was booted, or not the caller, that is not known.
func (r *processReader) readMachine(root string) (machine, error) {
	m := machine{pageSize: uint64(os.Getpagesize())}
	var content []byte
	var err error
	if content, r.buf, err = r.calls.readFile(unix.AT_FDCWD, r.path.name(root+"/stat"), r.buf, lines); err != nil {
		if unlessUnseen(err) != nil {
			return m, fmt.Errorf("read %s/stat: %w", root, err)
		}
		return m, nil
	}
	m.boot, _ = parseBootTime(content) // unknown if there is none
	return m, nil
}

// Close closes proc.
func (r *processReader) Close() error { return r.dir.Close() }

// Missing says what could not be read so far.
func (r *processReader) Missing() proc.Missing { return r.missing }

// Read reads the next processes.
func (r *processReader) Read(dst []proc.Process) ([]proc.Process, error) {
	before := len(dst)
	for len(r.pids) > 0 && len(dst) < before+batch {
		if err := r.ctx.Err(); err != nil {
			return dst, err
		}
		pid := r.pids[0]
		r.pids = r.pids[1:]
		dst = append(dst, proc.Process{PID: pid})
		switch err := r.process(&dst[len(dst)-1]); {
		case err == nil:
		case isGone(err):
			dst = dst[:len(dst)-1]
		case isDenied(err): // proc is mounted with hidepid
			r.missing.Hidden = append(r.missing.Hidden, pid)
			dst = dst[:len(dst)-1]
		default: // such as EMFILE; the rest of the table would be missing
			return dst[:len(dst)-1], fmt.Errorf("read process %d: %w", pid, err)
		}
	}
	if len(dst) == before {
		return dst, io.EOF
	}
	return dst, nil
}

// process reads one process. All its files are opened below one descriptor of its
// directory, which stands for this process even if the PID is given to another.
func (r *processReader) process(p *proc.Process) error {
	if r.chosen && r.parts&proc.PartStatus == 0 { // else the line Tgid in status tells
		ok, buf, err := r.calls.isProcess(r.fd(), p.PID, &r.path, r.buf)
		r.buf = buf
		if err != nil {
			return err
		}
		if !ok {
			return unix.ESRCH
		}
	}
	if r.parts == 0 {
		return r.comm(p)
	}
	dir, err := r.calls.open(r.fd(), r.path.set(p.PID, ""), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer func() { unix.Close(dir) }()
	s, err := r.stat(p, dir)
	if err != nil {
		return err
	}
	if s.state == 'Z' && s.threads > 1 { // the first thread has ended and left all to others
		other, err := r.thread(dir, p.PID)
		if err == nil {
			unix.Close(dir)
			dir = other
		} else if !isGone(err) { // gone: they have ended as well
			return err
		}
	}
	r.start = ticks(s.start)
	return r.others(p, dir)
}

// others reads the parts besides PartStat. One that is not there, or that the caller may not
// see, is left out.
func (r *processReader) others(p *proc.Process, dir int) error {
	failed := false
	for _, part := range processParts {
		if r.parts&part.bit == 0 {
			continue
		}
		switch err := part.read(r, p, dir); {
		case err == nil:
			p.Has |= part.bit
		case err == unix.ESRCH: // it ended
			return err
		case r.chosen && part.bit == proc.PartStatus: // it may be a thread
			return err
		case isResource(err):
			return err
		case unlessUnseen(err) != nil:
			failed = true
			r.fail(p.PID, part.file, err)
		}
	}
	if failed || p.Has&r.parts&proc.PartStat != r.parts&proc.PartStat {
		r.missing.Failed++
	}
	return nil
}

// fail keeps the first error by which a part of a process could not be read.
func (r *processReader) fail(pid int32, file string, err error) {
	if r.missing.Err == nil {
		r.missing.Err = fmt.Errorf("read %s/%d/%s: %w", r.dir.Name(), pid, file, err)
	}
}

func (r *processReader) fd() int { return int(r.dir.Fd()) }

// intern returns b as a string, the same one for the same bytes.
func (r *processReader) intern(b []byte) string {
	if s, ok := r.strings[string(b)]; ok {
		return s
	}
	s := string(b)
	r.strings[s] = s
	return s
}
