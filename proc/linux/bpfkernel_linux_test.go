package linux

import (
	"net"
	"slices"
	"syscall"
	"testing"

	"sockstat/proc"
)

// inodeOfConn returns the inode of a connection or listener.
func inodeOfConn(t *testing.T, c syscall.Conn) (inode uint64) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { inode = inodeOf(int(fd)) })
	}
	if err != nil || inode == 0 {
		t.Fatalf("inode %d, %v", inode, err)
	}
	return inode
}

// Sockets in LISTEN are told from others, and end before these.
func TestListeningSockets(t *testing.T) {
	skipWithoutBPF(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	listener, connection := inodeOfConn(t, l.(*net.TCPListener)), inodeOfConn(t, c.(*net.TCPConn))

	f := Live().finder()
	defer f.close()
	b, err := f.kernelTypes()
	if err != nil {
		t.Fatal(err)
	}
	types, err := findSocketTypes(b)
	if err != nil {
		t.Fatal(err)
	}
	function, err := b.Function("bpf_iter_tcp")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(socketIterators, func(i socketIterator) bool { return i.listening })
	with, without, err := f.readInodes(t.Context(), listeningSockets(types, socketIterators[i].toSock), function, true)
	if err != nil || !slices.Contains(with, listener) || slices.Contains(with, connection) || slices.Contains(without, listener) {
		t.Errorf("listening with a file %v, without %v, %v; the listener is %d, its connection %d", with, without, err, listener, connection)
	}
	of := []proc.Endpoint{
		{Inode: listener, Type: proc.TypeStream, Family: proc.FamilyInet},
		{Inode: connection, Type: proc.TypeStream, Family: proc.FamilyInet},
	}
	for n := 1; n <= 2; n++ {
		if own, err := f.kernelSockets(t.Context(), of[:n]); err != nil || slices.Contains(own, listener) || slices.Contains(own, connection) {
			t.Errorf("of %d: the kernel's own are %v, %v", n, own, err)
		}
	}
}
