package linux

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"

	"sockstat/mib2"
)

// Message types of replies: include/uapi/linux/inet_diag.h and sock_diag.h.
const (
	tcpdiagGetsock   = 18 // 2.6.14
	sockDiagByFamily = 20 // 3.3
)

// Numbers of include/linux/socket.h and linux/in.h.
const (
	linuxAFUnix    = 1
	linuxAFInet    = 2
	linuxAFInet6   = 10
	linuxAFNetlink = 16
	linuxAFPacket  = 17
	linuxAFVsock   = 40
	linuxAFSMC     = 43
	linuxAFXDP     = 44

	rawProtocol = 255 // IPPROTO_RAW
)

const inetDiagMsgLen = 72 // struct inet_diag_msg

// diagDecoder turns the replies to one netlink dump into sockets.
type diagDecoder struct {
	proto    mib2.Protocol
	filter   *mib2.Filter
	seq      uint32 // of the request
	accECN16 bool   // see setTCPInfo

	interrupted bool
	timers      slab[mib2.Timer]
	infos       slab[mib2.Info]
	names       map[string]string // congestion control names, made once
	unix        slab[mib2.UnixInfo]
	messages    *unixMessages // what a dump is kept as, instead of sockets, if not nil
	unixName    string        // the one decoded last
	icons       unixIcons     // what a dump of them has, instead of sockets; nil for other dumps
	controls    slab[mib2.CongestionInfo]
	seen        map[uint64]bool // cookies, of a protocol whose dump has sockets twice
}

// append appends the sockets in one reply that the filter lets through, and returns
// io.EOF at the end of the dump. It keeps nothing of b.
func (d *diagDecoder) append(dst []mib2.Socket, b []byte) ([]mib2.Socket, error) {
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

func (d *diagDecoder) appendMessage(dst []mib2.Socket, m nlMessage) ([]mib2.Socket, error) {
	d.interrupted = d.interrupted || m.flags&nlmFlagDumpInterrupted != 0
	switch m.kind {
	case tcpdiagGetsock, sockDiagByFamily:
		switch {
		case d.icons != nil:
			return dst, d.icons.add(m.data)
		case d.messages != nil:
			d.messages.add(m.data)
			return dst, nil
		case d.proto == mib2.Unix:
			return d.appendUnix(dst, m.data)
		case d.proto == mib2.TCP, d.proto == mib2.UDP:
			return d.appendSocket(dst, m.data)
		}
		return d.appendSpecial(dst, m)
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
func (d *diagDecoder) appendSocket(dst []mib2.Socket, b []byte) ([]mib2.Socket, error) {
	if len(b) < inetDiagMsgLen {
		return dst, short("inet_diag_msg", len(b), inetDiagMsgLen)
	}
	dst = append(dst, mib2.Socket{Proto: d.proto})
	s := &dst[len(dst)-1]
	if !setDiagMsg(s, b) {
		return dst[:len(dst)-1], nil
	}
	attrs := b[inetDiagMsgLen:]
	var err error
	if !d.proto.Common() {
		if err := d.setInetSpecial(s, attrs); err == errNotThis {
			return dst[:len(dst)-1], nil
		} else if err != nil {
			return dst[:len(dst)-1], err
		}
	}
	// Filter first: what is left out needs no attributes.
	if !d.filter.Match(s) {
		return dst[:len(dst)-1], checkAttrs(attrs)
	}
	if d.filter.Parts&mib2.PartTimer != 0 && d.proto == mib2.TCP {
		s.Timer = d.timers.next()
		setDiagTimer(s.Timer, b)
	}
	if d.filter.Parts&(mib2.PartInfo|mib2.PartMem|mib2.PartControl) != 0 {
		s.Info = d.infos.next()
	}
	if err = d.setAttrs(s, attrs); err != nil {
		return dst[:len(dst)-1], err
	}
	return dst, nil
}

// setDiagMsg sets what struct inet_diag_msg says, and reports whether the socket is
// one of IPv4 or IPv6.
func setDiagMsg(s *mib2.Socket, b []byte) bool {
	_ = b[inetDiagMsgLen-1]
	var family mib2.Family
	var src, dst netip.Addr
	switch b[0] {
	case linuxAFInet:
		family = mib2.Inet
		src, dst = netip.AddrFrom4([4]byte(b[8:])), netip.AddrFrom4([4]byte(b[24:]))
	case linuxAFInet6:
		family = mib2.Inet6
		src, dst = netip.AddrFrom16([16]byte(b[8:])), netip.AddrFrom16([16]byte(b[24:]))
	default:
		return false
	}
	s.SetAddresses(family,
		netip.AddrPortFrom(src, binary.BigEndian.Uint16(b[4:])),
		netip.AddrPortFrom(dst, binary.BigEndian.Uint16(b[6:])))
	setState(s, b[1])
	s.Interface = binary.NativeEndian.Uint32(b[40:])
	s.Cookie = uint64(binary.NativeEndian.Uint32(b[44:])) | uint64(binary.NativeEndian.Uint32(b[48:]))<<32
	setQueues(s, binary.NativeEndian.Uint32(b[56:]), binary.NativeEndian.Uint32(b[60:]))
	s.UID = binary.NativeEndian.Uint32(b[64:])
	s.Inode = uint64(binary.NativeEndian.Uint32(b[68:]))
	return true
}

// linuxTimers are the numbers of idiag_timer and of the tr column of /proc/net/tcp.
var linuxTimers = [...]mib2.TimerKind{mib2.TimerOff, mib2.TimerOn, mib2.TimerKeepalive, mib2.TimerTimeWait, mib2.TimerPersist, mib2.TimerDelack}

func linuxTimer(number uint8) mib2.TimerKind {
	if int(number) < len(linuxTimers) {
		return linuxTimers[number]
	}
	return 0
}

// setDiagTimer sets what struct inet_diag_msg says of the timer.
func setDiagTimer(t *mib2.Timer, b []byte) {
	t.Kind = linuxTimer(b[2])
	t.Retransmits = uint32(b[3])
	// An overdue timer gives a small negative number.
	if ms := int32(binary.NativeEndian.Uint32(b[52:])); ms > 0 && t.Kind != mib2.TimerOff {
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

func (d *diagDecoder) setAttrs(s *mib2.Socket, b []byte) error {
	for len(b) > 0 {
		kind, data, rest, err := nextAttr(b)
		if err != nil {
			return err
		}
		if kind == uint16(mib2.AttrV6Only) && len(data) > 0 && s.ListensOnAny() && d.proto.TakesBoth() {
			s.Dual = data[0] == 0
		}
		if s.Info != nil && kind <= uint16(mib2.AttrOptions) && (kind != uint16(mib2.AttrTCPInfo) || d.proto == mib2.TCP) {
			if err := d.setInfo(s.Info, mib2.Attr(kind), data); err != nil {
				return err
			}
		}
		b = rest
	}
	return nil
}

// setInfo takes one attribute; those it does not know are skipped.
func (d *diagDecoder) setInfo(i *mib2.Info, a mib2.Attr, b []byte) error {
	if want := attrLens[a]; len(b) < want {
		return short(fmt.Sprintf("attribute %d", a), len(b), want)
	}
	i.Attrs |= 1 << a
	switch a {
	case mib2.AttrTCPInfo:
		setTCPInfo(&i.TCP, b, d.accECN16)
	case mib2.AttrCongestion:
		i.Congestion = d.intern(b)
	case mib2.AttrTOS:
		i.TOS = b[0]
	case mib2.AttrTClass:
		i.TClass = b[0]
	case mib2.AttrMem:
		setMem(&i.Mem, b)
	case mib2.AttrShutdown:
		i.Shutdown = mib2.Shutdown(b[0])
	case mib2.AttrMark:
		i.Mark = binary.NativeEndian.Uint32(b)
	case mib2.AttrClassID:
		i.ClassID = binary.NativeEndian.Uint32(b)
	case mib2.AttrCgroupID:
		i.CgroupID = binary.NativeEndian.Uint64(b)
	case mib2.AttrOptions:
		i.Options = socketOptions(b)
	case mib2.AttrVegas, mib2.AttrDCTCP, mib2.AttrBBR:
		i.Control = d.controls.next()
		setControl(i.Control, a, b)
	case mib2.AttrMD5:
		i.MD5 = md5Peers(b)
	case mib2.AttrULP:
		i.ULP = &mib2.ULPInfo{}
		return d.setULP(i.ULP, b)
	}
	return nil
}

// attrLens are the least lengths of the attributes that do not grow.
var attrLens = [mib2.AttrOptions + 1]int{mib2.AttrTOS: 1, mib2.AttrTClass: 1, mib2.AttrShutdown: 1, mib2.AttrV6Only: 1,
	mib2.AttrVegas: 16, mib2.AttrDCTCP: 16, mib2.AttrBBR: 20, mib2.AttrMark: 4, mib2.AttrClassID: 4, mib2.AttrCgroupID: 8, mib2.AttrOptions: 2}

// setMem takes the array of SK_MEMINFO_* numbers, as many as the kernel has.
func setMem(m *mib2.SocketMem, b []byte) {
	fields := [...]*uint32{&m.RmemAlloc, &m.RcvBuf, &m.WmemAlloc, &m.SndBuf, &m.FwdAlloc,
		&m.WmemQueued, &m.OptMem, &m.Backlog, &m.Drops}
	for i, f := range fields {
		if len(b) >= 4*(i+1) {
			*f = binary.NativeEndian.Uint32(b[4*i:])
		}
	}
}

// socketOptions takes the two bytes of bit fields of struct inet_diag_sockopt.
func socketOptions(b []byte) mib2.SocketOptions {
	var o mib2.SocketOptions
	for i := range uint(11) {
		o |= mib2.SocketOptions(bits(uint32(b[i/8]), 8, i%8, 1)) << i
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
