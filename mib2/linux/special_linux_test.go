package linux

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sockstat/mib2"
)

// specialScene opens sockets of the less common protocols, those that the user may, and
// returns their inodes by protocol.
func specialScene(t testing.TB) map[mib2.Protocol][]uint64 {
	t.Helper()
	opened := map[mib2.Protocol][]uint64{}
	add := func(proto mib2.Protocol, domain, kind, protocol int, more ...func(fd int) error) {
		fd, err := unix.Socket(domain, kind|unix.SOCK_CLOEXEC, protocol)
		if err != nil {
			t.Logf("%v: %v", proto, err)
			return
		}
		t.Cleanup(func() { unix.Close(fd) })
		for _, f := range more {
			if err := f(fd); err != nil {
				t.Fatalf("%v: %v", proto, err)
			}
		}
		opened[proto] = append(opened[proto], sock{t, fd}.inode())
	}
	in4 := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
	in6 := &unix.SockaddrInet6{Addr: [16]byte{15: 1}}
	bind := func(a unix.Sockaddr) func(int) error { return func(fd int) error { return unix.Bind(fd, a) } }
	listen := func(fd int) error { return unix.Listen(fd, 7) }
	if err := os.WriteFile("/proc/sys/net/ipv4/ping_group_range", []byte("0 2147483647"), 0); err != nil {
		t.Log(err)
	}
	add(mib2.Raw, unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)
	add(mib2.Raw, unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_UDP, bind(in4), func(fd int) error { return unix.Connect(fd, in4) })
	add(mib2.Raw, unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_ICMPV6)
	add(mib2.ICMP, unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP, bind(in4))
	add(mib2.ICMP, unix.AF_INET6, unix.SOCK_DGRAM, unix.IPPROTO_ICMPV6, func(fd int) error { return unix.Connect(fd, in6) })
	add(mib2.UDPLite, unix.AF_INET, unix.SOCK_DGRAM, 136, bind(in4))
	add(mib2.UDPLite, unix.AF_INET6, unix.SOCK_DGRAM, 136, bind(in6))
	add(mib2.Packet, unix.AF_PACKET, unix.SOCK_RAW, 0)
	add(mib2.Packet, unix.AF_PACKET, unix.SOCK_DGRAM, 0, bind(&unix.SockaddrLinklayer{Protocol: 0x0608, Ifindex: 1}), func(fd int) error {
		return unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_FANOUT, 77|unix.PACKET_FANOUT_CPU<<16)
	}, func(fd int) error {
		mreq := unix.PacketMreq{Ifindex: 1, Type: unix.PACKET_MR_PROMISC}
		return unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &mreq)
	})
	add(mib2.Packet, unix.AF_PACKET, unix.SOCK_RAW, 0, func(fd int) error {
		ring := unix.TpacketReq{Block_size: 4096, Block_nr: 2, Frame_size: 2048, Frame_nr: 4}
		return unix.SetsockoptTpacketReq(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &ring)
	})
	add(mib2.Netlink, unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE, bind(&unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 0x11}))
	add(mib2.Netlink, unix.AF_NETLINK, unix.SOCK_DGRAM, unix.NETLINK_KOBJECT_UEVENT, bind(&unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 1}))
	add(mib2.MPTCP, unix.AF_INET, unix.SOCK_STREAM, 262, bind(in4), listen)
	add(mib2.MPTCP, unix.AF_INET6, unix.SOCK_STREAM, 262, bind(&unix.SockaddrInet6{}), listen)
	return opened
}

// Every socket is found, once, and what both ways tell of it is the same.
func TestSpecialScene(t *testing.T) {
	for proto, inodes := range specialScene(t) {
		rows := readAll(t, Tables{}, proto, mib2.Filter{})
		files := readAll(t, Tables{Way: WayProc}, proto, mib2.Filter{})
		for _, inode := range inodes {
			s, ok := find(t, rows, inode)
			if !ok {
				t.Errorf("%v: no row of %d", proto, inode)
				continue
			}
			checkSpecial(t, proto, s)
			inFile, ok := find(t, files, inode)
			if proto == mib2.MPTCP {
				if ok || len(files) > 0 {
					t.Errorf("%v: %+v by proc", proto, files)
				}
				continue
			}
			text := func(s mib2.Socket) string {
				p := ""
				if s.Special != nil && s.Special.Packet != nil {
					p = fmt.Sprint(s.Special.Type, s.Special.Packet.Ethertype, s.Special.Packet.Running, s.UID)
				}
				if s.Special != nil && s.Special.Netlink != nil {
					n := s.Special.Netlink
					p = fmt.Sprint(n.Protocol, n.PortID, n.Groups)
				}
				return fmt.Sprint(describe(s), s.Interface, s.RecvQ, s.SendQ, p)
			}
			if a, b := text(s), text(inFile); !ok || a != b {
				t.Errorf("%v: %s by netlink, %s by proc", proto, a, b)
			}
		}
	}
}

// A filter leaves out what it says, whatever the protocol.
func TestSpecialFilters(t *testing.T) {
	for proto, inodes := range specialScene(t) {
		var own []mib2.Socket
		for _, s := range readAll(t, Tables{}, proto, mib2.Filter{}) {
			if slices.Contains(inodes, s.Inode) {
				own = append(own, s)
			}
		}
		list := []mib2.Filter{{LocalPorts: []mib2.PortRange{{Lo: 1, Hi: 65535}}}, {RemotePorts: []mib2.PortRange{{Lo: 1, Hi: 65535}}}, {LocalPorts: []mib2.PortRange{{}}}}
		for _, s := range mib2.States {
			list = append(list, mib2.Filter{States: []mib2.State{s}})
		}
		for _, f := range mib2.Families {
			list = append(list, mib2.Filter{Families: []mib2.Family{f}})
		}
		for _, way := range []string{"", WayProc} {
			if way == WayProc && proto == mib2.MPTCP {
				continue
			}
			for _, f := range list {
				rows := readAll(t, Tables{Way: way}, proto, f)
				for i := range own {
					if _, ok := find(t, rows, own[i].Inode); ok != (f.Wants(proto) && f.Match(&own[i])) {
						t.Errorf("%v %v of %s: %v", f, way, describe(own[i]), ok)
					}
				}
			}
		}
	}
}

// TestRecordSpecial records what TestGoldenSpecial replays, but for what a kernel without the
// modules cannot tell.
func TestRecordSpecial(t *testing.T) {
	if !*record {
		return
	}
	specialScene(t)
	for _, proto := range []mib2.Protocol{mib2.Packet, mib2.Netlink, mib2.MPTCP, mib2.UDPLite} {
		recordNetlink(t, proto, mib2.Filter{Parts: everything})
	}
	for _, proto := range specialLines {
		var own []byte
		for _, suffix := range []string{"", "6"} {
			file, err := os.ReadFile("/proc/net/" + proto.String() + suffix)
			if err != nil {
				t.Fatal(err)
			}
			_, rows, _ := strings.Cut(string(file), "\n")
			own = append(own, rows...)
		}
		write(t, proto.String()+".lines", own)
	}
	for proto := range specialFiles {
		file, err := os.ReadFile("/proc/net/" + proto.String())
		if err != nil {
			t.Fatal(err)
		}
		write(t, proto.String()+".file", file)
	}
}
