package illumos

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"sockstat/proc"
)

// psinfoLen is the size of psinfo_t of a 64-bit program, sys/procfs.h of illumos; it has
// not changed since 2010.
const psinfoLen = 416

// psinfo is a /proc/<pid>/psinfo, proc(5) of illumos. It is readable for everyone.
type psinfo struct {
	proc.Process
	system bool // a process of the kernel
	zombie bool
}

// parsePsinfo decodes a psinfo_t. Sizes in it are in KiB, times in seconds and
// nanoseconds. Of a zombie only ids and times are left.
func parsePsinfo(b []byte) (p psinfo, err error) {
	if len(b) < psinfoLen {
		return p, fmt.Errorf("psinfo is %d bytes instead of %d", len(b), psinfoLen)
	}
	number := func(at int) int32 { return int32(binary.LittleEndian.Uint32(b[at:])) }
	long := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	const systemProcess = 0x1
	p.system, p.zombie = number(0)&systemProcess != 0, b[314] == 'Z'
	p.Has = proc.PartStat | proc.PartStatus | proc.PartArgs | proc.PartZone
	p.Threads, p.Nice, p.SystemCPU = number(4), proc.NoNice, proc.NoTime
	p.PID, p.PPID, p.PGID, p.SID = number(8), number(12), number(16), number(20)
	p.UID, p.EUID, p.GID = uint32(number(24)), uint32(number(28)), uint32(number(32))
	p.EGID, p.SUID, p.SGID = uint32(number(36)), proc.NoID, proc.NoID
	p.VSize, p.RSS = long(48)<<10, long(56)<<10
	if tty := long(72); tty != ^uint64(0) {
		p.TTY = fmt.Sprintf("%d,%d", tty>>32, uint32(tty))
	}
	if seconds := int64(long(88)); seconds != 0 {
		p.Start = time.Unix(seconds, int64(long(96)))
	}
	p.CPU = time.Duration(long(104))*time.Second + time.Duration(long(112))
	p.Name, p.Args = cString(b[136:152]), cString(b[152:232])
	p.Zone = uint64(uint32(number(276)))
	p.State = proc.State(b[314])
	return p, nil
}

// cString returns what comes before the first NUL.
func cString(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return string(b)
}
