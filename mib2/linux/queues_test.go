package linux

import (
	"testing"

	"sockstat/mib2"
)

// What SYN and FIN add to the queues is taken away in the states in which they have.
func TestQueuesByState(t *testing.T) {
	type queues struct {
		recv, send               uint32
		recvMeasure, sendMeasure mib2.Measure
	}
	for _, c := range []struct {
		states []mib2.State
		told   [2]uint32
		want   queues
	}{
		{[]mib2.State{mib2.SynSent, mib2.SynRcvd, mib2.Bound}, [2]uint32{1, 1}, queues{}},
		{[]mib2.State{mib2.Established, mib2.FinWait1, mib2.FinWait2, mib2.TimeWait, mib2.Listen}, [2]uint32{5, 7}, queues{recv: 5, send: 7}},
		{[]mib2.State{mib2.CloseWait, mib2.Closing, mib2.LastAck}, [2]uint32{5, 7}, queues{recv: 4, send: 7}},
		{[]mib2.State{mib2.CloseWait, mib2.Closing, mib2.LastAck}, [2]uint32{0, 7}, queues{send: 7}},
		{[]mib2.State{mib2.Closed}, [2]uint32{5, 7}, queues{recv: 5, send: 7, recvMeasure: mib2.MeasureUnknown}},
		{[]mib2.State{mib2.Closed}, [2]uint32{0, 7}, queues{send: 7}},
	} {
		for _, state := range c.states {
			s := mib2.Socket{Proto: mib2.TCP, State: state}
			setQueues(&s, c.told[0], c.told[1])
			if got := (queues{s.RecvQ, s.SendQ, s.RecvMeasure, s.SendMeasure}); got != c.want {
				t.Errorf("%v told %v: %v, want %v", state, c.told, got, c.want)
			}
		}
	}
	s := mib2.Socket{Proto: mib2.UDP, State: mib2.Idle}
	if setQueues(&s, 5, 7); s.RecvMeasure != mib2.MeasureMemory || s.SendMeasure != mib2.MeasureMemory {
		t.Errorf("UDP: %v, %v", s.RecvMeasure, s.SendMeasure)
	}
}

// What waits to be accepted is told by its listener: by whom where that is known, and how many
// there are anyway.
func TestUnaccepted(t *testing.T) {
	unix := func(inode uint64, state mib2.State, waiting uint32, peer uint64, path string) mib2.Socket {
		return mib2.Socket{Proto: mib2.Unix, Family: mib2.Local, State: state, Inode: inode, RecvQ: waiting,
			Unix: &mib2.UnixInfo{Type: mib2.SeqPacket, Path: path, PeerInode: peer}}
	}
	icons := unixIcons{}
	message := unixDiag(5, linuxListen, 10, unixAttr(unixAttrIcons, u32s(21, 0, 22, 23)), unixAttr(unixAttrName, []byte("x")))
	if err := icons.add(message[nlmsgHeaderLen:]); err != nil {
		t.Fatal(err)
	}
	for n := range len(message) - nlmsgHeaderLen {
		unixIcons{}.add(message[nlmsgHeaderLen:][:n]) // does not panic
	}
	listed := []mib2.Socket{
		unix(10, mib2.Listen, 5, 0, "/run/a"), unix(11, mib2.Listen, 1<<31, 0, "/run/b"), unix(12, mib2.Listen, 0, 0, "/run/c"),
		unix(21, mib2.Connected, 0, 0, ""), unix(22, mib2.Connected, 0, 0, ""), unix(30, mib2.Connected, 0, 23, "/run/a"), // accepted just now
	}
	rows := linked(append(listed, icons.unaccepted(listed[:2], func(client uint64) bool { return client == 23 })...), &mib2.Filter{})
	var peers []uint64
	others := 0
	for _, s := range rows[6:] {
		switch {
		case s.Inode != 0 || s.State != mib2.Connected || s.Unix.Type != mib2.SeqPacket:
			t.Errorf("%+v", s)
		case s.Unix.Path == "/run/a":
			peers = append(peers, s.Unix.PeerInode)
		case s.Unix.Path == "/run/b":
			others++
		}
	}
	if len(peers) != 5 || peers[0] != 21 || peers[1] != 0 || peers[2] != 22 || peers[3] != 0 || others != mostUnaccepted {
		t.Errorf("peers %v, %d others", peers, others)
	}
	if rows[3].Unix.PeerPath != "/run/a" || rows[4].Unix.PeerPath != "/run/a" {
		t.Errorf("clients %+v, %+v", rows[3].Unix, rows[4].Unix)
	}
}

func FuzzUnixIcons(f *testing.F) {
	f.Add(unixDiag(5, linuxListen, 10, unixAttr(unixAttrIcons, u32s(21, 0)))[nlmsgHeaderLen:])
	f.Fuzz(func(t *testing.T, b []byte) {
		icons := unixIcons{}
		icons.add(b)
		n := 0
		for _, clients := range icons {
			n += len(clients)
		}
		if 4*n > len(b) {
			t.Errorf("%d clients in %d bytes", n, len(b))
		}
	})
}
