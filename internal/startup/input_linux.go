package startup

import (
	"time"

	"golang.org/x/sys/unix"
)

// PeekInput returns the beginning of what is on standard input without taking it from there: that
// of a file from where it is read on, or what comes from a pipe or socket within some time. Of a
// terminal, a device or a closed standard input it returns nothing.
func PeekInput(patience time.Duration) string {
	var st unix.Stat_t
	if unix.Fstat(0, &st) != nil {
		return ""
	}
	b := make([]byte, peekLength)
	n := 0
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		n = peekFile(b)
	case unix.S_IFIFO:
		if readable(patience) {
			n = peekPipe(b)
		}
	case unix.S_IFSOCK:
		if readable(patience) {
			n, _, _ = unix.Recvfrom(0, b, unix.MSG_PEEK|unix.MSG_DONTWAIT)
		}
	}
	return string(b[:max(0, n)])
}

// readable waits until standard input has something to read.
func readable(patience time.Duration) bool {
	fds := []unix.PollFd{{Fd: 0, Events: unix.POLLIN}}
	for end := time.Now().Add(patience); ; {
		n, err := unix.Poll(fds, int(max(0, time.Until(end)).Milliseconds()))
		if err != unix.EINTR {
			return n > 0 && fds[0].Revents&unix.POLLIN != 0
		}
	}
}

// peekPipe reads a copy of what is in the pipe.
func peekPipe(b []byte) int {
	var p [2]int
	if unix.Pipe2(p[:], unix.O_CLOEXEC|unix.O_NONBLOCK) != nil {
		return 0
	}
	defer unix.Close(p[0])
	n, err := unix.Tee(0, p[1], len(b), unix.SPLICE_F_NONBLOCK)
	unix.Close(p[1])
	if err != nil || n <= 0 {
		return 0
	}
	got, _ := unix.Read(p[0], b)
	return got
}
