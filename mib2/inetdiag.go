package mib2

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
)

// Message types of replies: include/uapi/linux/inet_diag.h and sock_diag.h.
const (
	tcpdiagGetsock   = 18 // 2.6.14
	sockDiagByFamily = 20 // 3.3
)

const (
	linuxAFInet  = 2
	linuxAFInet6 = 10

	inetDiagMsgLen = 72 // struct inet_diag_msg
)

// diagDecoder turns the replies to one netlink dump into sockets.
type diagDecoder struct {
	proto    Protocol
	filter   *Filter
	seq      uint32 // of the request
	accECN16 bool   // see TCPInfo.decode

	interrupted bool
	timers      slab[Timer]
	infos       slab[Info]
	names       map[string]string // congestion control names, made once
}

// append appends the sockets in one reply that the filter lets through, and returns
// io.EOF at the end of the dump. It keeps nothing of b.
func (d *diagDecoder) append(dst []Socket, b []byte) ([]Socket, error) {
	for len(b) > 0 {
		m, rest, err := nextMessage(b)
		if err != nil {
			return dst, err
		}
		if m.seq != d.seq {
			return dst, fmt.Errorf("reply to request %d instead of %d", m.seq, d.seq)
		}
		if dst, err = d.appendMessage(dst, m); err != nil {
			return dst, err
		}
		b = rest
	}
	return dst, nil
}

func (d *diagDecoder) appendMessage(dst []Socket, m nlMessage) ([]Socket, error) {
	d.interrupted = d.interrupted || m.flags&nlmFlagDumpInterrupted != 0
	switch m.kind {
	case tcpdiagGetsock, sockDiagByFamily:
		return d.appendSocket(dst, m.data)
	case nlmsgOverrun:
		return dst, errOverrun
	case nlmsgError:
		return dst, kernelError("error message", m.data)
	case nlmsgDone:
		if err := d.end(m.data); err != nil {
			return dst, err
		}
		return dst, io.EOF
	}
	return dst, nil
}

// end returns the error a dump ends with, nil if it is whole.
func (d *diagDecoder) end(data []byte) error {
	if err := kernelError("end of dump", data); err != nil {
		return err
	}
	if d.interrupted {
		return errInterrupted
	}
	return nil
}

// appendSocket decodes a struct inet_diag_msg and its attributes in place, at the end
// of dst, so that a row is written once.
func (d *diagDecoder) appendSocket(dst []Socket, b []byte) ([]Socket, error) {
	if len(b) < inetDiagMsgLen {
		return dst, short("inet_diag_msg", len(b), inetDiagMsgLen)
	}
	dst = append(dst, Socket{Proto: d.proto})
	s := &dst[len(dst)-1]
	if !s.setDiagMsg(b) {
		return dst[:len(dst)-1], nil
	}
	attrs := b[inetDiagMsgLen:]
	var err error
	// Filter first: what is left out needs no attributes.
	if !d.filter.Match(s) {
		return dst[:len(dst)-1], checkAttrs(attrs)
	}
	if d.filter.Parts&PartTimer != 0 && d.proto == TCP {
		s.Timer = d.timers.next()
		s.Timer.setDiagMsg(b)
	}
	if d.filter.Parts&(PartInfo|PartMem) != 0 {
		s.Info = d.infos.next()
	}
	if err = d.setAttrs(s, attrs); err != nil {
		return dst[:len(dst)-1], err
	}
	return dst, nil
}

// setDiagMsg sets what struct inet_diag_msg says, and reports whether the socket is
// one of IPv4 or IPv6.
func (s *Socket) setDiagMsg(b []byte) bool {
	_ = b[inetDiagMsgLen-1]
	var family Family
	var src, dst netip.Addr
	switch b[0] {
	case linuxAFInet:
		family = Inet
		src, dst = netip.AddrFrom4([4]byte(b[8:])), netip.AddrFrom4([4]byte(b[24:]))
	case linuxAFInet6:
		family = Inet6
		src, dst = netip.AddrFrom16([16]byte(b[8:])), netip.AddrFrom16([16]byte(b[24:]))
	default:
		return false
	}
	s.setAddresses(family,
		netip.AddrPortFrom(src, binary.BigEndian.Uint16(b[4:])),
		netip.AddrPortFrom(dst, binary.BigEndian.Uint16(b[6:])))
	s.setLinuxState(b[1])
	s.Interface = binary.NativeEndian.Uint32(b[40:])
	s.Cookie = uint64(binary.NativeEndian.Uint32(b[44:])) | uint64(binary.NativeEndian.Uint32(b[48:]))<<32
	s.RecvQ = binary.NativeEndian.Uint32(b[56:])
	s.SendQ = binary.NativeEndian.Uint32(b[60:])
	s.UID = binary.NativeEndian.Uint32(b[64:])
	s.Inode = uint64(binary.NativeEndian.Uint32(b[68:]))
	return true
}

// linuxTimers are the numbers of idiag_timer and of the tr column of /proc/net/tcp.
var linuxTimers = [...]TimerKind{TimerOff, TimerOn, TimerKeepalive, TimerTimeWait, TimerPersist}

func linuxTimer(number uint8) TimerKind {
	if int(number) < len(linuxTimers) {
		return linuxTimers[number]
	}
	return 0
}

func (t *Timer) setDiagMsg(b []byte) {
	t.Kind = linuxTimer(b[2])
	t.Retransmits = uint32(b[3])
	// An overdue timer gives a small negative number.
	if ms := int32(binary.NativeEndian.Uint32(b[52:])); ms > 0 && t.Kind != TimerOff {
		t.Expires = uint32(ms)
	}
}

// checkAttrs reports attributes that contradict their lengths.
func checkAttrs(b []byte) error {
	var err error
	for len(b) > 0 && err == nil {
		_, _, b, err = nextAttr(b)
	}
	return err
}

func (d *diagDecoder) setAttrs(s *Socket, b []byte) error {
	for len(b) > 0 {
		kind, data, rest, err := nextAttr(b)
		if err != nil {
			return err
		}
		if kind == uint16(AttrV6Only) && len(data) > 0 && s.listensOnAny() {
			s.Dual = data[0] == 0
		}
		if s.Info != nil && kind <= uint16(AttrOptions) {
			if err := d.setInfo(s.Info, Attr(kind), data); err != nil {
				return err
			}
		}
		b = rest
	}
	return nil
}

// setInfo takes one attribute; those it does not know are skipped.
func (d *diagDecoder) setInfo(i *Info, a Attr, b []byte) error {
	if want := attrLens[a]; len(b) < want {
		return short(fmt.Sprintf("attribute %d", a), len(b), want)
	}
	i.attrs |= 1 << a
	switch a {
	case AttrTCPInfo:
		i.TCP.decode(b, d.accECN16)
	case AttrCongestion:
		i.Congestion = d.intern(b)
	case AttrTOS:
		i.TOS = b[0]
	case AttrTClass:
		i.TClass = b[0]
	case AttrMem:
		i.Mem.decode(b)
	case AttrShutdown:
		i.Shutdown = Shutdown(b[0])
	case AttrMark:
		i.Mark = binary.NativeEndian.Uint32(b)
	case AttrClassID:
		i.ClassID = binary.NativeEndian.Uint32(b)
	case AttrCgroupID:
		i.CgroupID = binary.NativeEndian.Uint64(b)
	case AttrOptions:
		i.Options = socketOptions(b)
	}
	return nil
}

// attrLens are the least lengths of the attributes that do not grow.
var attrLens = [AttrOptions + 1]int{AttrTOS: 1, AttrTClass: 1, AttrShutdown: 1, AttrV6Only: 1,
	AttrMark: 4, AttrClassID: 4, AttrCgroupID: 8, AttrOptions: 2}

// decode takes the array of SK_MEMINFO_* numbers, as many as the kernel has.
func (m *SocketMem) decode(b []byte) {
	fields := [...]*uint32{&m.RmemAlloc, &m.RcvBuf, &m.WmemAlloc, &m.SndBuf, &m.FwdAlloc,
		&m.WmemQueued, &m.OptMem, &m.Backlog, &m.Drops}
	for i, f := range fields {
		if len(b) >= 4*(i+1) {
			*f = binary.NativeEndian.Uint32(b[4*i:])
		}
	}
}

// socketOptions takes the two bytes of bit fields of struct inet_diag_sockopt.
func socketOptions(b []byte) SocketOptions {
	var o SocketOptions
	for i := range uint(11) {
		o |= SocketOptions(bits(uint32(b[i/8]), 8, i%8, 1)) << i
	}
	return o
}

// intern returns a C string; all sockets share the few there are.
func (d *diagDecoder) intern(b []byte) string {
	for i, c := range b {
		if c == 0 {
			b = b[:i]
			break
		}
	}
	if s, ok := d.names[string(b)]; ok {
		return s
	}
	if d.names == nil {
		d.names = make(map[string]string)
	}
	s := string(b)
	d.names[s] = s
	return s
}

// slab hands out values that are allocated many at a time.
type slab[T any] []T

func (s *slab[T]) next() *T {
	if len(*s) == 0 {
		*s = make([]T, 64)
	}
	v := &(*s)[0]
	*s = (*s)[1:]
	return v
}
