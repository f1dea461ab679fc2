package linux

import (
	"cmp"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"sockstat/proc"
)

// processParts are the parts besides [proc.PartStat], where they are, and how they are read.
var processParts = []struct {
	bit  proc.Parts
	file string
	read func(r *processReader, p *proc.Process, dir int) error
}{
	{proc.PartStatus, "status", (*processReader).status},
	{proc.PartArgs, "cmdline", (*processReader).args},
	{proc.PartExe, "exe", (*processReader).exe},
	{proc.PartRoot, "root", func(r *processReader, p *proc.Process, dir int) (err error) {
		p.Root, err = r.link(dir, "root")
		return err
	}},
	{proc.PartIO, "io", (*processReader).io},
	{proc.PartCwd, "cwd", func(r *processReader, p *proc.Process, dir int) (err error) {
		p.Cwd, err = r.link(dir, "cwd")
		return err
	}},
	{proc.PartFDs, "fd", (*processReader).fdCount},
	{proc.PartLimits, "limits", (*processReader).limits},
	{proc.PartZone, "ns/net", (*processReader).zone},
	{proc.PartCgroup, "cgroup", (*processReader).cgroup},
	{proc.PartSockets, "fd", (*processReader).sockets},
	{proc.PartHeld, "fd", (*processReader).held},
}

// comm reads only the name, at half of the cost of stat.
func (r *processReader) comm(p *proc.Process) (err error) {
	var content []byte
	content, r.buf, err = r.calls.readFile(r.fd(), r.path.set(p.PID, "/comm"), r.buf, lines)
	if err != nil {
		return err
	}
	if n := len(content); n > 0 && content[n-1] == '\n' {
		content = content[:n-1]
	}
	p.Name = r.intern(content)
	return nil
}

func (r *processReader) stat(p *proc.Process, dir int) (stat, error) {
	content, err := r.file(dir, "stat", lines)
	if err != nil {
		return stat{}, err
	}
	s, err := parseStat(content)
	switch {
	case len(content) == 0: // it ended
		return stat{}, unix.ESRCH
	case s.name == nil: // cannot be shown without one
		return stat{}, err
	}
	p.Name = r.intern(s.name)
	if err != nil && r.parts&proc.PartStat != 0 {
		r.fail(p.PID, "stat", err)
	} else if r.parts&proc.PartStat != 0 {
		s.fill(p, r.machine)
	}
	return s, nil
}

// thread opens the directory of a thread other than the first, which has the same
// files as that of the process. Threads may end meanwhile.
func (r *processReader) thread(dir int, pid int32) (fd int, err error) {
	threads, err := r.calls.otherThreads(dir, r.path.name("task"), pid)
	if err != nil {
		return -1, err
	}
	for _, thread := range threads {
		path := r.path.name("task/" + strconv.Itoa(int(thread)))
		fd, err = r.calls.open(dir, path, unix.O_PATH|unix.O_DIRECTORY)
		if !isGone(err) {
			return fd, err
		}
	}
	return -1, unix.ENOENT
}

func (r *processReader) status(p *proc.Process, dir int) error {
	content, err := r.file(dir, "status", lines)
	if err != nil {
		return err
	}
	s, err := parseStatus(content)
	if r.chosen && (err != nil || s.tgid != p.PID) {
		return unix.ESRCH // a thread, as far as can be told: see isProcess
	}
	p.UID, p.EUID, p.SUID, p.GID, p.EGID, p.SGID = s.uid, s.euid, s.suid, s.gid, s.egid, s.sgid
	return err
}

// exe reads which file the program is. The kernel says behind the path that it was deleted. A
// file may be called so, which is then the one that the program is.
func (r *processReader) exe(p *proc.Process, dir int) (err error) {
	if p.Exe, err = r.link(dir, "exe"); err != nil || !strings.HasSuffix(p.Exe, deletedMark) {
		return err
	}
	var program, file unix.Stat_t
	p.ExeDeleted = r.calls.stat(dir, "exe", &program) != nil || r.calls.stat(dir, "root"+p.Exe, &file) != nil ||
		program.Dev != file.Dev || program.Ino != file.Ino
	return nil
}

// deletedMark is what the kernel puts behind the path of a file that was deleted.
const deletedMark = " (deleted)"

func (r *processReader) io(p *proc.Process, dir int) error {
	content, err := r.file(dir, "io", lines)
	if err != nil || len(content) == 0 { // of a process that has just ended
		return cmp.Or(err, error(unix.ENOENT))
	}
	p.ReadBytes, p.WrittenBytes, err = parseIO(content)
	return err
}

func (r *processReader) args(p *proc.Process, dir int) error {
	content, err := r.file(dir, "cmdline", arguments)
	if err == errTooLong {
		p.Args = string(parseCmdline(content)) + "…"
		return nil
	}
	p.Args = string(parseCmdline(content))
	return err
}

func (r *processReader) limits(p *proc.Process, dir int) error {
	content, err := r.file(dir, "limits", lines)
	if err != nil || len(content) == 0 { // of a process that has just ended, the file is empty
		return cmp.Or(err, error(unix.ENOENT))
	}
	p.FDLimit, err = parseLimits(content)
	return err
}

func (r *processReader) cgroup(p *proc.Process, dir int) error {
	content, err := r.file(dir, "cgroup", lines)
	if err != nil {
		return err
	}
	groups, known := r.cgroups[string(content)]
	if !known { // the processes of a container have the same
		groups = parseCgroup(content)
		r.cgroups[string(content)] = groups
	}
	if groups.path == "" { // it is in no hierarchy that counts
		return unix.ENOENT
	}
	p.Cgroup, p.Container = groups.path, groups.container
	return nil
}

func (r *processReader) zone(p *proc.Process, dir int) (err error) {
	p.Zone, err = r.calls.netNamespace(dir, r.path.name("ns/net"), r.buf)
	if !isDenied(err) {
		return err
	}
	if r.calls.stat(dir, "net/dev", &r.about) != nil {
		return err
	}
	p.Zone = unseenZone(r.about.Ino)
	return nil
}

// fdCount asks for the size of the fd directory, which since Linux 6.2 is the number
// of descriptors and no secret. Before, it was 0, and they are counted.
func (r *processReader) fdCount(p *proc.Process, dir int) error {
	if err := r.calls.stat(dir, "fd", &r.about); err != nil {
		return err
	}
	if r.about.Size > 0 {
		p.FDCount = int32(r.about.Size)
		return nil
	}
	fds, err := r.calls.openDir(dir, r.path.name("fd"))
	if err != nil {
		return err
	}
	defer unix.Close(fds)
	if r.numbers, err = r.calls.appendNumbers(r.numbers[:0], fds, r.buf); err != nil {
		return err
	}
	p.FDCount = int32(len(r.numbers))
	return nil
}

// file reads a file in the directory of a process. The content is valid until the
// next call.
func (r *processReader) file(dir int, name string, most int) (content []byte, err error) {
	content, r.buf, err = r.calls.readFile(dir, r.path.name(name), r.buf, most)
	return content, err
}

// link reads a link to a path. A path of PATH_MAX bytes and more has none.
func (r *processReader) link(dir int, name string) (string, error) {
	for {
		n, err := r.calls.readlink(dir, r.path.name(name), r.buf)
		if err != nil || n < len(r.buf) {
			return r.intern(r.buf[:n]), err
		}
		r.buf = make([]byte, 2*len(r.buf)) // it may go on
	}
}
