package mib2

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// struct unix_diag_req and unix_diag_msg of include/uapi/linux/unix_diag.h, since 3.3.
const (
	unixDiagMsgLen = 16

	showName, showVFS, showPeer, showQueues, showUID = 0x1, 0x2, 0x4, 0x10, 0x40

	unixAttrName   = 0
	unixAttrVFS    = 1
	unixAttrPeer   = 2
	unixAttrQueues = 4
	unixAttrUID    = 7 // 5.3

	linuxAFUnix = 1
)

// unixDiagRequest returns the message that asks for all Unix sockets.
func unixDiagRequest(seq uint32) []byte {
	order := binary.NativeEndian
	b := make([]byte, 4, 64) // the length follows
	b = order.AppendUint16(b, sockDiagByFamily)
	b = order.AppendUint16(b, nlmFlagRequest|nlmFlagDump)
	b = order.AppendUint32(b, seq)
	b = order.AppendUint32(b, 0)          // sender: the kernel fills it in
	b = append(b, linuxAFUnix, 0, 0, 0)   // family, protocol
	b = order.AppendUint32(b, ^uint32(0)) // states
	b = order.AppendUint32(b, 0)          // inode: any
	b = order.AppendUint32(b, showName|showVFS|showPeer|showQueues|showUID)
	b = order.AppendUint64(b, ^uint64(0)) // cookie: any
	order.PutUint32(b, uint32(len(b)))
	return b
}

// appendUnixDiag appends the sockets in one reply and returns io.EOF at the end of the
// dump. It keeps nothing of b.
func appendUnixDiag(dst []UnixSocket, b []byte, seq uint32) ([]UnixSocket, error) {
	for len(b) > 0 {
		m, rest, err := nextMessage(b)
		if err != nil {
			return dst, err
		}
		switch {
		case m.seq != seq:
			return dst, fmt.Errorf("reply to request %d instead of %d", m.seq, seq)
		case m.kind == nlmsgOverrun:
			return dst, errOverrun
		case m.flags&nlmFlagDumpInterrupted != 0:
			return dst, errInterrupted
		case m.kind == nlmsgError:
			return dst, kernelError("error message", m.data)
		case m.kind == nlmsgDone:
			if err := kernelError("end of dump", m.data); err != nil {
				return dst, err
			}
			return dst, io.EOF
		case m.kind == sockDiagByFamily:
			s, err := parseUnixDiag(m.data)
			if err != nil {
				return dst, err
			}
			if s.Type != 0 {
				dst = append(dst, s)
			}
		}
		b = rest
	}
	return dst, nil
}

// parseUnixDiag decodes a struct unix_diag_msg and its attributes.
func parseUnixDiag(b []byte) (s UnixSocket, err error) {
	if len(b) < unixDiagMsgLen {
		return s, short("unix_diag_msg", len(b), unixDiagMsgLen)
	}
	s.Type = linuxUnixType(b[1])
	s.Inode = uint64(binary.NativeEndian.Uint32(b[4:]))
	s.Cookie = uint64(binary.NativeEndian.Uint32(b[8:])) | uint64(binary.NativeEndian.Uint32(b[12:]))<<32
	state := b[2]
	for attrs := b[unixDiagMsgLen:]; len(attrs) > 0; {
		kind, data, rest, err := nextAttr(attrs)
		if err != nil {
			return UnixSocket{}, err
		}
		if want := unixAttrLens[kind]; len(data) < want {
			return UnixSocket{}, short(fmt.Sprintf("attribute %d", kind), len(data), want)
		}
		switch kind {
		case unixAttrName:
			s.Path = unixName(data)
		case unixAttrVFS:
			s.BoundInode = uint64(binary.NativeEndian.Uint32(data))
		case unixAttrPeer:
			s.PeerInode = uint64(binary.NativeEndian.Uint32(data))
		case unixAttrQueues:
			s.RecvQ, s.SendQ, s.HasQueues = binary.NativeEndian.Uint32(data), binary.NativeEndian.Uint32(data[4:]), true
		case unixAttrUID:
			s.UID, s.HasUID = binary.NativeEndian.Uint32(data), true
		}
		attrs = rest
	}
	// A datagram socket is ESTABLISHED as soon as another is connected to it.
	s.setState(state == linuxListen, s.PeerInode != 0 || state == linuxEstablished && s.Type != Datagram)
	return s, nil
}

var unixAttrLens = map[uint16]int{unixAttrVFS: 8, unixAttrPeer: 4, unixAttrQueues: 8, unixAttrUID: 4}

// linuxUnixType returns the type for a number of Linux's SOCK_*, 0 for others.
func linuxUnixType(n byte) UnixType {
	return map[byte]UnixType{1: Stream, 2: Datagram, 5: SeqPacket}[n]
}

// unixName returns the path in a sockaddr_un, or the abstract name, which begins with a
// NUL and may have more.
func unixName(b []byte) string {
	if len(b) > 0 && b[0] == 0 {
		return strings.ReplaceAll(string(b), "\x00", "@")
	}
	b, _, _ = bytes.Cut(b, []byte{0})
	return string(b)
}
