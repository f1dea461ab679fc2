package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// linesOf returns the lines of a listing that name a process.
func linesOf(listing string, pid int) (lines []string) {
	for line := range strings.Lines(listing) {
		if f := strings.Fields(line); len(f) == 6 && f[2] == fmt.Sprint(pid) {
			lines = append(lines, strings.Join(f[3:], " "))
		}
	}
	return lines
}

// The listing has TCP and UDP. Sockets of other families are there if -P asks for them, and
// only they.
func TestFamiliesListing(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can open such sockets")
	}
	open := func(domain, kind, protocol int) int {
		fd, err := unix.Socket(domain, kind|unix.SOCK_CLOEXEC, protocol)
		must(t, err)
		t.Cleanup(func() { unix.Close(fd) })
		return fd
	}
	open(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)
	connected := open(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_UDP)
	must(t, unix.Connect(connected, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	open(unix.AF_PACKET, unix.SOCK_RAW, 0x0608)
	must(t, unix.Bind(open(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_KOBJECT_UEVENT), &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 1}))
	pid := os.Getpid()
	for flags, want := range map[string]string{
		"-P raw":           "raw4 0.0.0.0:icmp *.*\nraw4 127.0.0.1:udp 127.0.0.1:*",
		"-c -P raw":        "raw4 127.0.0.1:udp 127.0.0.1:*",
		"-l -P raw,PACKET": "packet arp:* *.*\nraw4 0.0.0.0:icmp *.*",
		"-6 -P raw":        "",
		"-4 -P raw":        "raw4 0.0.0.0:icmp *.*\nraw4 127.0.0.1:udp 127.0.0.1:*",
		"":                 "", "-l": "", "-4": "", "-c": "", "-P tcp,udp": "",
	} {
		got := linesOf(sockstat(t, append(strings.Fields(flags), "-n")...), pid)
		if want := strings.Split(want, "\n"); !sameLines(got, want) {
			t.Errorf("%s: got %q, want %q", flags, got, want)
		}
	}
	if got := linesOf(sockstat(t, "-P", "netlink"), pid); !strings.Contains(fmt.Sprint(got), "netlink KOBJECT_UEVENT:") {
		t.Errorf("%q", got)
	}
}

// sameLines compares lines in whatever order; no lines are one that is empty.
func sameLines(got, want []string) bool {
	if len(want) == 1 && want[0] == "" {
		return len(got) == 0
	}
	missing := map[string]int{}
	for _, line := range want {
		missing[line]++
	}
	for _, line := range got {
		missing[line]--
	}
	for _, n := range missing {
		if n != 0 {
			return false
		}
	}
	return true
}

// A server that listens with Multipath TCP, as those written in Go do, is listed once, as what
// listens on a port of TCP.
func TestMultipathListing(t *testing.T) {
	var config net.ListenConfig
	config.SetMultipathTCP(true)
	l, err := config.Listen(t.Context(), "tcp4", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	plain := socket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
	must(t, unix.Bind(plain, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	must(t, unix.Listen(plain, 1))
	want := "tcp4 " + l.Addr().String() + " *.*"
	both := []string{want, "tcp4 " + name(t, plain, unix.Getsockname) + " *.*"}
	for flags, want := range map[string][]string{"": both, "-l": both, "-P tcp": both, "-P mptcp": {want}, "-4l -P mptcp,raw": {want}} {
		if flags == "-P mptcp" && sockstat(t, "-q", "SELECT count(*) FROM mptcp", "-o", "csv", "-H") == "0\n" {
			t.Skip("no MPTCP")
		}
		if got := linesOf(sockstat(t, strings.Fields(flags)...), os.Getpid()); !sameLines(got, want) {
			t.Errorf("%s: got %q, want %q", flags, got, want)
		}
	}
}
