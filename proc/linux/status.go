package linux

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"sockstat/proc"
)

// status is what is wanted of /proc/<pid>/status. The name there is escaped, so it
// comes from /proc/<pid>/stat.
type status struct {
	tgid            int32 // differs from the PID for a thread that is no process
	uid, euid, suid uint32
	gid, egid, sgid uint32
}

// parseStatus reads the lines Tgid, Uid and Gid of /proc/<pid>/status, proc(5).
func parseStatus(b []byte) (status, error) {
	var s status
	uids, _ := lineValue(b, "Uid:") // real, effective, saved, file system
	gids, _ := lineValue(b, "Gid:")
	var ok [7]bool
	s.uid, uids, ok[0] = cutUint32(uids)
	s.euid, uids, ok[1] = cutUint32(uids)
	s.suid, _, ok[2] = cutUint32(uids)
	s.gid, gids, ok[4] = cutUint32(gids)
	s.egid, gids, ok[5] = cutUint32(gids)
	s.sgid, _, ok[6] = cutUint32(gids)
	tgid, _ := lineValue(b, "Tgid:")
	n, err := strconv.ParseInt(string(tgid), 10, 32)
	s.tgid, ok[3] = int32(n), err == nil
	if ok != [7]bool{true, true, true, true, true, true, true} {
		return status{}, errors.New("parse status: no Tgid, Uid or Gid")
	}
	return s, nil
}

// cutUint32 takes the first number of a line off.
func cutUint32(line []byte) (n uint32, rest []byte, ok bool) {
	line = bytes.TrimLeft(line, " \t")
	field := line
	if i := bytes.IndexAny(line, " \t"); i >= 0 {
		field = line[:i]
	}
	v, err := strconv.ParseUint(string(field), 10, 32)
	return uint32(v), line[len(field):], err == nil
}

// parseCmdline joins the arguments in /proc/<pid>/cmdline, each ended by a NUL, by
// blanks, in place. It is empty for kernel threads and zombies. A process may write
// over its arguments: what it shows instead is taken as it is.
func parseCmdline(b []byte) []byte {
	b = bytes.TrimRight(b, "\x00")
	for i, c := range b {
		if c == 0 {
			b[i] = ' '
		}
	}
	return b
}

// parseLimits returns the soft limit of open files in /proc/<pid>/limits, proc(5).
func parseLimits(b []byte) (uint64, error) {
	value, ok := lineValue(b, "Max open files ")
	if !ok {
		return 0, errors.New("parse limits: no open files")
	}
	soft, _, _ := bytes.Cut(value, []byte{' '})
	if string(soft) == "unlimited" {
		return proc.NoLimit, nil
	}
	n, err := strconv.ParseUint(string(soft), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("parse limits: %w", err)
	}
	return n, nil
}

// parseIO returns what a process had storage read and written, of /proc/<pid>/io, proc(5).
// What it wrote to a file that was cut off before it came to storage does not count.
func parseIO(b []byte) (read, written uint64, err error) {
	var cancelled uint64
	for _, line := range []struct {
		name string
		to   *uint64
	}{{"read_bytes: ", &read}, {"write_bytes: ", &written}, {"cancelled_write_bytes: ", &cancelled}} {
		value, ok := lineValue(b, line.name)
		if ok {
			*line.to, err = strconv.ParseUint(string(value), 10, 64)
		}
		if !ok || err != nil {
			return 0, 0, errors.New("parse io: no " + strings.TrimRight(line.name, ": "))
		}
	}
	return read, written - min(cancelled, written), nil
}
