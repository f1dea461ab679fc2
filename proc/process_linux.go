package proc

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// batch is how many processes a Read looks at: enough to make its own cost vanish,
// few enough that a LIMIT ends the reading soon.
const batch = 64

// processReader reads processes from proc(5). Arguments beyond 128 KiB, which is the
// most that the kernel takes for one, are cut off.
type processReader struct {
	ctx     context.Context
	dir     *os.File // proc
	machine machine
	parts   Parts
	pids    []int32           // those still to be read
	chosen  bool              // the caller gave the PIDs
	path    cpath             // scratch
	buf     []byte            // scratch, content of a file or target of a link
	numbers []int32           // scratch, descriptors
	strings map[string]string // names and paths that many processes share
}

func (l linux) processes(ctx context.Context, pids []int32, parts Parts) (ProcessReader, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	dir, list, err := l.openProc(pids)
	if err != nil {
		return nil, err
	}
	r := &processReader{
		ctx: ctx, dir: dir, parts: parts, pids: list, chosen: pids != nil,
		buf: make([]byte, 4096), strings: make(map[string]string),
	}
	if parts&PartStat != 0 {
		r.machine = l.machine()
	}
	return r, nil
}

// machine reads what the numbers of the processes are relative to.
func (l linux) machine() machine {
	m := machine{pageSize: uint64(os.Getpagesize())}
	if b, err := os.ReadFile(l.proc + "/stat"); err == nil {
		m.boot, _ = parseBootTime(b) // unknown if there is none
	}
	return m
}

func (r *processReader) Close() error { return r.dir.Close() }

func (r *processReader) Read(dst []Process) ([]Process, error) {
	before := len(dst)
	for len(r.pids) > 0 && len(dst) < before+batch {
		if err := r.ctx.Err(); err != nil {
			return dst, err
		}
		pid := r.pids[0]
		r.pids = r.pids[1:]
		dst = append(dst, Process{PID: pid})
		switch err := r.process(&dst[len(dst)-1]); {
		case err == nil:
		case isGone(err) || isDenied(err): // denied: proc is mounted with hidepid
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
func (r *processReader) process(p *Process) error {
	if r.chosen && r.parts&PartStatus == 0 { // else that tells
		ok, buf, err := isProcess(r.fd(), p.PID, &r.path, r.buf)
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
	dir, err := openat(r.fd(), r.path.set(p.PID, ""), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer func() { unix.Close(dir) }()
	s, err := r.stat(p, dir)
	if err != nil {
		return err
	}
	if s.state == 'Z' && s.threads > 1 { // the first thread has ended and left all to others
		if other, err := r.thread(dir, p.PID); err == nil {
			unix.Close(dir)
			dir = other
		}
	}
	for _, part := range processParts {
		if r.parts&part.bit == 0 {
			continue
		}
		switch err := part.read(r, p, dir); {
		case err == nil:
			p.Has |= part.bit
		case err == unix.ESRCH: // it ended
			return err
		case r.chosen && part.bit == PartStatus: // it may be a thread
			return err
		case isResource(err):
			return err
		}
	}
	return nil
}

// processParts are the parts besides PartStat and how they are read.
var processParts = []struct {
	bit  Parts
	read func(r *processReader, p *Process, dir int) error
}{
	{PartStatus, (*processReader).status},
	{PartArgs, (*processReader).args},
	{PartExe, func(r *processReader, p *Process, dir int) (err error) {
		p.Exe, err = r.link(dir, "exe")
		return err
	}},
	{PartCwd, func(r *processReader, p *Process, dir int) (err error) {
		p.Cwd, err = r.link(dir, "cwd")
		return err
	}},
	{PartFDs, (*processReader).fdCount},
	{PartLimits, (*processReader).limits},
	{PartZone, (*processReader).zone},
	{PartCgroup, (*processReader).cgroup},
}

// isResource reports whether an error is about the reader, not about the process.
func isResource(err error) bool {
	return err == unix.EMFILE || err == unix.ENFILE || err == unix.ENOMEM
}

func (r *processReader) fd() int { return int(r.dir.Fd()) }

// comm reads only the name, at half of the cost of stat.
func (r *processReader) comm(p *Process) (err error) {
	var content []byte
	content, r.buf, err = readFile(r.fd(), r.path.set(p.PID, "/comm"), r.buf, maxFile)
	if err != nil {
		return err
	}
	if n := len(content); n > 0 && content[n-1] == '\n' {
		content = content[:n-1]
	}
	p.Name = r.intern(content)
	return nil
}

func (r *processReader) stat(p *Process, dir int) (stat, error) {
	content, err := r.file(dir, "stat")
	if err != nil {
		return stat{}, err
	}
	s, err := parseStat(content)
	if s.name == nil { // cannot be shown without one
		return stat{}, unix.ESRCH
	}
	p.Name = r.intern(s.name)
	if err == nil && r.parts&PartStat != 0 {
		s.fill(p, r.machine)
	}
	return s, nil
}

// thread opens the directory of a thread other than the first, which has the same
// files as that of the process.
func (r *processReader) thread(dir int, pid int32) (int, error) {
	thread, err := otherThread(dir, r.path.name("task"), pid)
	if err != nil {
		return -1, err
	}
	return openat(dir, r.path.name("task/"+strconv.Itoa(int(thread))), unix.O_PATH|unix.O_DIRECTORY)
}

// otherThread returns a thread of a process other than the first, from the directory of its
// threads, which is below dir.
func otherThread(dir int, task cpath, pid int32) (int32, error) {
	tasks, err := openDir(dir, task)
	if err != nil {
		return 0, err
	}
	defer unix.Close(tasks)
	threads, err := appendNumbers(nil, tasks, make([]byte, 4096))
	if err != nil {
		return 0, err
	}
	if i := slices.IndexFunc(threads, func(thread int32) bool { return thread != pid }); i >= 0 {
		return threads[i], nil
	}
	return 0, unix.ENOENT
}

func (r *processReader) status(p *Process, dir int) error {
	content, err := r.file(dir, "status")
	if err != nil {
		return err
	}
	s, err := parseStatus(content)
	if r.chosen && (err != nil || s.tgid != p.PID) {
		return unix.ESRCH // a thread, as far as can be told: see isProcess
	}
	p.UID, p.EUID, p.GID = s.uid, s.euid, s.gid
	return err
}

func (r *processReader) args(p *Process, dir int) error {
	content, err := r.file(dir, "cmdline")
	p.Args = string(parseCmdline(content))
	return err
}

func (r *processReader) limits(p *Process, dir int) error {
	content, err := r.file(dir, "limits")
	if err != nil {
		return err
	}
	p.FDLimit, err = parseLimits(content)
	return err
}

func (r *processReader) cgroup(p *Process, dir int) error {
	content, err := r.file(dir, "cgroup")
	if err != nil {
		return err
	}
	path, err := parseCgroup(content)
	p.Cgroup = r.intern(path)
	return err
}

func (r *processReader) zone(p *Process, dir int) (err error) {
	p.Zone, err = netNamespace(dir, r.path.name("ns/net"), r.buf)
	return err
}

// fdCount asks for the size of the fd directory, which since Linux 6.2 is the number
// of descriptors and no secret. Before, it was 0, and they are counted.
func (r *processReader) fdCount(p *Process, dir int) error {
	var st unix.Stat_t
	if err := unix.Fstatat(dir, "fd", &st, 0); err != nil {
		return err
	}
	if st.Size > 0 {
		p.FDCount = int32(st.Size)
		return nil
	}
	fds, err := openDir(dir, r.path.name("fd"))
	if err != nil {
		return err
	}
	defer unix.Close(fds)
	r.numbers, err = appendNumbers(r.numbers[:0], fds, r.buf)
	p.FDCount = int32(len(r.numbers))
	return err
}

// file reads a file in the directory of a process. The content is valid until the
// next call.
func (r *processReader) file(dir int, name string) (content []byte, err error) {
	content, r.buf, err = readFile(dir, r.path.name(name), r.buf, maxFile)
	return content, err
}

// link reads a link to a path. A path of PATH_MAX bytes and more has none.
func (r *processReader) link(dir int, name string) (string, error) {
	n, err := readlinkat(dir, r.path.name(name), r.buf)
	return r.intern(r.buf[:n]), err
}

// intern returns b as a string, the same one for the same bytes.
func (r *processReader) intern(b []byte) string {
	if s, ok := r.strings[string(b)]; ok {
		return s
	}
	s := string(b)
	r.strings[s] = s
	return s
}
