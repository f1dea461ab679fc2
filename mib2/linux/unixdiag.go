package linux

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"sockstat/mib2"
)

// struct unix_diag_req and unix_diag_msg of include/uapi/linux/unix_diag.h, since 3.3.
const (
	unixDiagMsgLen = 16

	showName, showVFS, showPeer, showIcons, showQueues, showUID = 0x1, 0x2, 0x4, 0x8, 0x10, 0x40

	unixAttrName   = 0
	unixAttrVFS    = 1
	unixAttrPeer   = 2
	unixAttrIcons  = 3 // incoming connections
	unixAttrQueues = 4
	unixAttrUID    = 7 // 5.3
)

// unixDiagRequest returns the message that asks for all Unix sockets in some states, as
// 1<<number, and for some attributes.
func unixDiagRequest(seq, states, show uint32) []byte {
	order := binary.NativeEndian
	b := appendDumpHeader(make([]byte, 0, 64), sockDiagByFamily, seq)
	b = append(b, linuxAFUnix, 0, 0, 0) // family, protocol
	b = order.AppendUint32(b, states)
	b = order.AppendUint32(b, 0) // inode: any
	b = order.AppendUint32(b, show)
	b = order.AppendUint64(b, ^uint64(0)) // cookie: any
	order.PutUint32(b, uint32(len(b)))
	return b
}

// appendUnix decodes a struct unix_diag_msg and its attributes. A socket of no known type is
// left out.
func (d *diagDecoder) appendUnix(dst []mib2.Socket, b []byte) ([]mib2.Socket, error) {
	if len(b) < unixDiagMsgLen {
		return dst, short("unix_diag_msg", len(b), unixDiagMsgLen)
	}
	s := mib2.Socket{Proto: mib2.Unix, Family: mib2.Local, Unix: d.unix.next()}
	u := s.Unix
	u.Type, u.NoUID = linuxUnixType(b[1]), true
	s.RecvMeasure, s.SendMeasure = mib2.MeasureUnknown, mib2.MeasureUnknown
	s.Inode = uint64(binary.NativeEndian.Uint32(b[4:]))
	s.Cookie = uint64(binary.NativeEndian.Uint32(b[8:])) | uint64(binary.NativeEndian.Uint32(b[12:]))<<32
	state := b[2]
	hasPeer, err := d.setUnixAttrs(&s, b[unixDiagMsgLen:], state == linuxListen)
	if err != nil {
		return dst, err
	}
	// A datagram socket is ESTABLISHED as soon as another is connected to it.
	s.SetUnixState(state == linuxListen, hasPeer || state == linuxEstablished && u.Type != mib2.Datagram)
	if u.Type == 0 || !d.filter.Match(&s) {
		return dst, nil
	}
	return append(dst, s), nil
}

// setUnixAttrs takes the attributes of a Unix socket; those it does not know are skipped. It
// reports whether the socket has a peer: also one without an inode, which is gone, though it
// was never disconnected from, or has not been accepted yet.
func (d *diagDecoder) setUnixAttrs(s *mib2.Socket, b []byte, listens bool) (hasPeer bool, err error) {
	order, u := binary.NativeEndian, s.Unix
	for len(b) > 0 {
		kind, data, rest, err := nextAttr(b)
		if err != nil {
			return false, err
		}
		if want := unixAttrLen(kind); len(data) < want {
			return false, short(fmt.Sprintf("attribute %d", kind), len(data), want)
		}
		switch kind {
		case unixAttrName:
			u.Path, u.Abstract = d.unixPath(data)
		case unixAttrVFS:
			u.BoundInode = uint64(order.Uint32(data))
		case unixAttrPeer:
			u.PeerInode, hasPeer = uint64(order.Uint32(data)), true
		case unixAttrQueues:
			setUnixQueues(s, order.Uint32(data), order.Uint32(data[4:]), listens)
		case unixAttrUID:
			s.UID, u.NoUID = order.Uint32(data), false
		}
		b = rest
	}
	return hasPeer, nil
}

// unixAttrLen returns the least length of an attribute.
func unixAttrLen(kind uint16) int {
	switch kind {
	case unixAttrVFS, unixAttrQueues:
		return 8
	case unixAttrPeer, unixAttrUID:
		return 4
	}
	return 0
}

// linuxUnixType returns the type for a number of Linux's SOCK_*, 0 for others.
func linuxUnixType(n byte) mib2.UnixType {
	switch n {
	case 1:
		return mib2.Stream
	case 2:
		return mib2.Datagram
	case 5:
		return mib2.SeqPacket
	}
	return 0
}

// unixPath is unixName. The sockets that a listener accepted have its name, and mostly come one
// after the other.
func (d *diagDecoder) unixPath(b []byte) (path string, abstract mib2.Truth) {
	last := d.unixName
	switch {
	case len(b) == 0 || last == "":
	case b[0] == 0 && last[0] == '@' && last[1:] == string(b[1:]):
		return last, mib2.Yes
	case b[0] != 0 && last == string(bytes.TrimSuffix(b, []byte{0})):
		return last, mib2.No
	}
	path, abstract = unixName(b)
	d.unixName = path
	return path, abstract
}

// unixName returns the path in a sockaddr_un, or the abstract name, which begins with a
// NUL and may have more: all of them belong to it.
func unixName(b []byte) (name string, abstract mib2.Truth) {
	if len(b) > 0 && b[0] == 0 {
		return "@" + string(b[1:]), mib2.Yes
	}
	b, _, _ = bytes.Cut(b, []byte{0})
	return string(b), mib2.No
}
