package linux

import (
	"fmt"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"sockstat/mib2"
)

// ioctl returns the number that SIOCINQ or SIOCOUTQ tells.
func (s sock) ioctl(request uint) uint32 {
	s.t.Helper()
	n, err := unix.IoctlGetInt(s.fd, request)
	s.check("ioctl", err)
	return uint32(n)
}

// fill writes until the peer, which does not read, and the kernel take no more.
func (s sock) fill() sock {
	s.t.Helper()
	s.check("nonblock", syscall.SetNonblock(s.fd, true))
	for b := make([]byte, 100_000); ; {
		if _, err := syscall.Write(s.fd, b); err == syscall.EAGAIN {
			return s
		} else if err != nil {
			s.check("write", err)
		}
	}
}

// read reads n bytes, or to the end for n < 0.
func (s sock) read(n int) sock {
	s.t.Helper()
	s.check("block", syscall.SetNonblock(s.fd, false))
	for b := make([]byte, 100_000); n != 0; {
		if n > 0 {
			b = b[:min(n, len(b))]
		}
		got, err := syscall.Read(s.fd, b)
		s.check("read", err)
		if got == 0 {
			break
		}
		n -= got
	}
	return s
}

// queueCase is a TCP socket of which the ioctls tell the queues.
type queueCase struct {
	name  string
	fd    sock
	state mib2.State
}

// queueCases makes sockets in every state that has a descriptor and queues.
func queueCases(t *testing.T) (cases []queueCase) {
	add := func(name string, fd sock, state mib2.State) { cases = append(cases, queueCase{name, fd, state}) }
	connect := func() (client, server sock) { return pair(t, mib2.Inet, loop4) }

	full := newSock(t, mib2.TCP, mib2.Inet).bind(loop4).listen(0)
	newSock(t, mib2.TCP, mib2.Inet).connect(full.local())
	add("connecting", newSock(t, mib2.TCP, mib2.Inet).connectSoon(full.local()), mib2.SynSent)

	c, s := connect()
	add("idle", c, mib2.Established)
	c.write("0123456789")
	add("unread", s, mib2.Established)
	c, s = connect()
	c.write("0123456789")
	add("partly read", s.read(3), mib2.Established)
	c, s = connect()
	add("not acknowledged", c.fill(), mib2.Established)
	add("full", s, mib2.Established)

	c, s = connect()
	s.write("0123456789")
	add("half closed, unread", c.shutdown(), mib2.FinWait2)
	add("ended", s, mib2.CloseWait)
	c, s = connect()
	c.write("0123456789").shutdown()
	add("ended, unread", s, mib2.CloseWait)
	c, s = connect()
	c.write("0123456789").shutdown()
	add("ended, partly read", s.read(4), mib2.CloseWait)
	c, s = connect()
	c.write("0123456789").shutdown()
	add("ended, all read", s.read(10), mib2.CloseWait)
	c, s = connect()
	c.write("0123456789").shutdown()
	add("ended, read to the end", s.read(-1), mib2.CloseWait)

	c, s = connect()
	s.write("01234")
	add("half closed, not acknowledged", c.fill().shutdown(), mib2.FinWait1)
	add("full, the FIN behind", s, mib2.Established)
	c, s = connect()
	c.write("0123456789").shutdown()
	add("both closed, not acknowledged", s.fill().shutdown(), mib2.LastAck)
	c, s = connect()
	c.fill().shutdown()
	s.fill().shutdown()
	size := int(s.ioctl(unix.SIOCOUTQ)) - 1
	add("closed at once, unread", c.read(size-1000), mib2.Closing)

	if dumpsBound(t) {
		bound := newSock(t, mib2.TCP, mib2.Inet).bind(loop4)
		add("bound", bound, mib2.Bound)
		l := newSock(t, mib2.TCP, mib2.Inet).bind(loop4).listen(1)
		c = newSock(t, mib2.TCP, mib2.Inet).bindToPort().connect(l.local()).write("x")
		s = l.accept().read(1)
		s.reset()
		add("reset", c, mib2.Closed)
	}
	return cases
}

// bindToPort binds to a port by its number: one that the kernel chose is free as soon as the
// connection ends.
func (s sock) bindToPort() sock {
	s.t.Helper()
	other := newSock(s.t, mib2.TCP, mib2.Inet).reuse().bind(loop4)
	s.reuse().check("bind", syscall.Bind(s.fd, sockaddr(other.local())))
	return s
}

// reset closes a socket, which ends its connection by RST. The descriptor stays one.
func (s sock) reset() {
	s.t.Helper()
	s.check("SO_LINGER", syscall.SetsockoptLinger(s.fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1}))
	null, err := syscall.Open("/dev/null", syscall.O_RDONLY, 0)
	s.check("open", err)
	defer syscall.Close(null)
	s.check("dup", syscall.Dup3(null, s.fd, syscall.O_CLOEXEC))
}

// disconnect makes a socket one without a peer (AF_UNSPEC in connect(2)).
func (s sock) disconnect() sock {
	s.t.Helper()
	var unspec syscall.RawSockaddrAny
	_, _, err := syscall.Syscall(syscall.SYS_CONNECT, uintptr(s.fd), uintptr(unsafe.Pointer(&unspec)), unsafe.Sizeof(unspec.Addr))
	if err != 0 {
		s.t.Fatalf("disconnect: %v", err)
	}
	return s
}

// The queues of a TCP socket are what the ioctls tell, in every state and both ways.
func TestQueuesAreThoseOfIoctls(t *testing.T) {
	cases := queueCases(t)
	for _, way := range []string{WayNetlink, WayProc} {
		for _, c := range cases {
			if way == WayProc && (c.state == mib2.Bound || c.state == mib2.Closed) {
				continue // not listed there
			}
			checkQueues(t, way, c)
		}
	}
}

// checkQueues waits until a socket is as it is to be: segments take a moment.
func checkQueues(t *testing.T, way string, c queueCase) {
	t.Helper()
	inode, wrong := c.fd.inode(), ""
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		before := fmt.Sprint(c.fd.ioctl(unix.SIOCINQ), c.fd.ioctl(unix.SIOCOUTQ))
		got, ok := find(t, readAll(t, Tables{Way: way}, mib2.TCP, mib2.Filter{}), inode)
		after := fmt.Sprint(c.fd.ioctl(unix.SIOCINQ), c.fd.ioctl(unix.SIOCOUTQ))
		shown := fmt.Sprint(got.RecvQ, got.SendQ)
		if ok && got.State == c.state && shown == before && shown == after && got.RecvMeasure == mib2.MeasureBytes && got.SendMeasure == mib2.MeasureBytes {
			t.Logf("%s: %s: %v %s", way, c.name, got.State, shown)
			return
		}
		wrong = fmt.Sprintf("found %v, %v with queues %s, want %v with %s", ok, got.State, shown, c.state, after)
	}
	t.Errorf("%s: %s: %s", way, c.name, wrong)
}

// A connection that was reset may have had a FIN before: what is unread is not known then.
// One that was given up leaves nothing, whatever became of its sequence numbers.
func TestQueuesOfEndedConnections(t *testing.T) {
	if !dumpsBound(t) {
		t.Skip("the kernel does not tell of sockets that are bound and not connected")
	}
	l := newSock(t, mib2.TCP, mib2.Inet).bind(loop4).listen(1)
	unread := newSock(t, mib2.TCP, mib2.Inet).bindToPort().connect(l.local())
	l.accept().write("01234").reset()
	left := newSock(t, mib2.TCP, mib2.Inet).bindToPort().connect(l.local()).write("01234")
	l.accept()
	left.disconnect()

	rows := settle(t, Tables{}, []row{
		{"reset", unread, mib2.Socket{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Closed, Local: unread.local(), Remote: l.local()}},
		{"disconnected", left, mib2.Socket{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Bound, Local: left.local()}},
	}, mib2.TCP, true, 0)
	if s, _ := find(t, rows, unread.inode()); s.RecvMeasure != mib2.MeasureUnknown || s.SendMeasure != mib2.MeasureBytes {
		t.Errorf("reset: %d %v, %d %v", s.RecvQ, s.RecvMeasure, s.SendQ, s.SendMeasure)
	}
	if s, _ := find(t, rows, left.inode()); s.RecvQ != 0 || s.SendQ != 0 || s.RecvMeasure != mib2.MeasureBytes {
		t.Errorf("disconnected: %d, %d", s.RecvQ, s.SendQ)
	}
}

// Unread bytes are all there are, though SIOCINQ stops at urgent data.
func TestQueuesWithUrgentData(t *testing.T) {
	c, s := pair(t, mib2.Inet, loop4)
	c.write("abc")
	c.check("send", syscall.Sendto(c.fd, []byte("!"), syscall.MSG_OOB, nil))
	c.write("de")
	for range 1000 {
		if s.ioctl(unix.SIOCINQ) == 3 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	got, _ := find(t, readAll(t, Tables{}, mib2.TCP, mib2.Filter{}), s.inode())
	if got.RecvQ != 6 {
		t.Errorf("%d bytes unread; SIOCINQ says %d", got.RecvQ, s.ioctl(unix.SIOCINQ))
	}
}

// What the kernel tells of UDP is memory, and of datagrams of Unix sockets the length of the
// first and, of their sender, memory. Of streams it tells bytes.
func TestQueuesInOtherMeasures(t *testing.T) {
	u := newSock(t, mib2.UDP, mib2.Inet).bind(loop4)
	newSock(t, mib2.UDP, mib2.Inet).connect(u.local()).write("x").write("yz")
	for _, way := range []string{WayNetlink, WayProc} {
		got, _ := find(t, readAll(t, Tables{Way: way}, mib2.UDP, mib2.Filter{}), u.inode())
		if got.RecvMeasure != mib2.MeasureMemory || got.SendMeasure != mib2.MeasureMemory || got.RecvQ < 100 {
			t.Errorf("%s: %d in measure %v", way, got.RecvQ, got.RecvMeasure)
		}
	}
	for _, c := range []struct {
		kind         int
		sent, partly string
		recv         uint32
		recvMeasure  mib2.Measure
	}{
		{syscall.SOCK_STREAM, "0123456789", "012", 7, mib2.MeasureBytes},
		{syscall.SOCK_SEQPACKET, "0123456789", "", 10, mib2.MeasureBytes},
		{syscall.SOCK_DGRAM, "0123456789", "", 10, mib2.MeasureNext},
	} {
		fds, err := syscall.Socketpair(syscall.AF_UNIX, c.kind|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		from, to := sock{t, fds[0]}, sock{t, fds[1]}
		defer syscall.Close(from.fd)
		defer syscall.Close(to.fd)
		from.write(c.sent)
		to.read(len(c.partly))
		rows := readAll(t, Tables{}, mib2.Unix, mib2.Filter{})
		sender, _ := find(t, rows, from.inode())
		receiver, _ := find(t, rows, to.inode())
		if sender.Unix == nil || sender.SendMeasure != mib2.MeasureMemory || sender.SendQ < 100 || receiver.RecvMeasure != c.recvMeasure || receiver.RecvQ != c.recv {
			t.Errorf("type %d: sender %+v, receiver %+v", c.kind, sender, receiver)
		}
	}
}
