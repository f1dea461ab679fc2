package linux

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"

	"sockstat/proc"
)

// Linux counts process times in ticks of USER_HZ, which is part of its ABI and 100 on
// every architecture that Go runs on, whatever the kernel's own clock.
const tick = time.Second / 100

// machine is what the numbers in /proc/<pid>/stat are relative to.
type machine struct {
	boot     time.Time // ticks since boot become a time; zero if unknown
	pageSize uint64    // bytes
}

// stat is one line of /proc/<pid>/stat. Its name points into the line.
type stat struct {
	name                []byte
	state               proc.State
	ppid, pgrp, session int32
	tty                 uint32
	flags               uint32
	utime, stime        uint64 // ticks
	nice, threads       int32
	start               uint64 // ticks since boot
	vsize               uint64 // bytes
	rss                 uint64 // pages
}

// parseStat reads the line of /proc/<pid>/stat, proc(5). The name stands in
// parentheses and may hold anything, also blanks, newlines and parentheses, so it
// ends at the last one. If only the name could be read, it is set all the same.
func parseStat(line []byte) (stat, error) {
	var s stat
	open, end := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return s, errors.New("parse stat: no name")
	}
	s.name = line[open+1 : end] // never nil, even if empty
	f := fields{rest: line[end+1:]}
	if state := f.next(); len(state) == 1 { // field 3 in proc(5)
		s.state = proc.State(state[0])
	} else {
		f.bad = true
	}
	s.ppid, s.pgrp, s.session = f.int32(), f.int32(), f.int32()
	s.tty = uint32(f.int32())
	f.skip(1) // tpgid
	s.flags = uint32(f.uint64())
	f.skip(4) // page faults
	s.utime, s.stime = f.uint64(), f.uint64()
	f.skip(3) // times of children, priority
	s.nice, s.threads = f.int32(), f.int32()
	f.skip(1) // itrealvalue
	s.start, s.vsize, s.rss = f.uint64(), f.uint64(), f.uint64()
	if f.bad {
		return stat{name: s.name}, fmt.Errorf("parse stat: field %d", f.count+2)
	}
	return s, nil
}

// fill sets the fields of [proc.PartStat].
func (s *stat) fill(p *proc.Process, m machine) {
	p.PPID, p.PGID, p.SID = s.ppid, s.pgrp, s.session
	p.State, p.TTY = s.state, ttyName(s.tty)
	p.Nice, p.Threads = s.nice, s.threads
	p.CPU, p.SystemCPU = ticks(s.utime+s.stime), ticks(s.stime)
	p.SinceBoot = ticks(s.start)
	if !m.boot.IsZero() {
		p.Start = m.boot.Add(ticks(s.start))
	}
	p.VSize, p.RSS = s.vsize, s.rss*m.pageSize
	p.Has |= proc.PartStat
}

// flagKernelThread is PF_KTHREAD of include/linux/sched.h in the flags of a process.
const flagKernelThread = 0x00200000

// kernelThread reports whether the process is one of the kernel's own, without
// memory, program and descriptors.
func (s *stat) kernelThread() bool { return s.flags&flagKernelThread != 0 }

// ticks turns clock ticks into a duration, at most the longest there is.
func ticks(n uint64) time.Duration {
	const most = uint64(1<<63-1) / uint64(tick)
	return time.Duration(min(n, most)) * tick
}

// fields takes apart the fields between blanks of a line, and remembers the first
// that is missing or no number.
type fields struct {
	rest  []byte
	count int // fields taken until the first bad one
	bad   bool
}

func (f *fields) next() []byte {
	if f.bad {
		return nil
	}
	f.count++
	f.rest = bytes.TrimLeft(f.rest, " \n")
	end := bytes.IndexAny(f.rest, " \n")
	if end < 0 {
		end = len(f.rest)
	}
	field := f.rest[:end]
	f.rest = f.rest[end:]
	f.bad = end == 0
	return field
}

func (f *fields) skip(n int) {
	for range n {
		f.next()
	}
}

func (f *fields) int32() int32 {
	field := f.next()
	if f.bad {
		return 0
	}
	n, err := strconv.ParseInt(string(field), 10, 32)
	f.bad = err != nil
	return int32(n)
}

func (f *fields) uint64() uint64 {
	field := f.next()
	if f.bad {
		return 0
	}
	n, err := strconv.ParseUint(string(field), 10, 64)
	f.bad = err != nil
	return n
}

// parseBootTime finds the time of boot, in seconds since 1970, in /proc/stat, proc(5).
func parseBootTime(b []byte) (time.Time, error) {
	value, ok := lineValue(b, "btime ")
	if !ok {
		return time.Time{}, errors.New("parse /proc/stat: no btime")
	}
	seconds, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("parse /proc/stat: btime: %w", err)
	}
	return time.Unix(seconds, 0), nil
}

// lineValue returns the rest, without blanks around it, of the first line that starts
// with key.
func lineValue(b []byte, key string) ([]byte, bool) {
	for len(b) > 0 {
		line, rest, _ := bytes.Cut(b, []byte{'\n'})
		if len(line) >= len(key) && string(line[:len(key)]) == key {
			return bytes.TrimSpace(line[len(key):]), true
		}
		b = rest
	}
	return nil, false
}
