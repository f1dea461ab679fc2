package linux

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"

	"sockstat/mib2"
)

// procDecoder turns lines of /proc/net/tcp, tcp6, udp and udp6 into sockets: the
// tables that Linux always has, described in Documentation/networking/proc_net_tcp.rst. Those
// of raw, icmp and udplite look the same.
//
// They know less than netlink: see filesLimits. Whether a socket bound to :: takes IPv4 as
// well is what dual says of all.
type procDecoder struct {
	proto  mib2.Protocol
	filter *mib2.Filter
	dual   bool
	timers slab[mib2.Timer]
}

// filesLimits says for people what the files in /proc/net do not tell.
const filesLimits = "/proc/net, where sockets are read from, does not tell interfaces, cookies, memory, limits of backlogs, tcp_info, TCP sockets that are only bound, " +
	"whether [::] takes IPv4 (shown as net.ipv6.bindv6only has it), and of Unix sockets peers, queues, which names are abstract and which rows are part of a name"

// The fields of a line, of which those after the inode are of no use here.
const (
	procLocal = iota + 1
	procRemote
	procState
	procQueues
	procTimer
	procRetransmits
	procUID
	procProbes
	procInode
	procFields
)

// append appends the socket of a line if the filter lets it through.
func (d *procDecoder) append(dst []mib2.Socket, line []byte) ([]mib2.Socket, error) {
	var fields [procFields][]byte
	n := 0
	for ; n < procFields; n++ {
		if fields[n], line = cutField(line); len(fields[n]) == 0 {
			return dst, fmt.Errorf("line has %d fields, %d short of %d", n, procFields-n, procFields)
		}
	}
	dst = append(dst, mib2.Socket{Proto: d.proto})
	s := &dst[len(dst)-1]
	p := procParser{fields: &fields}
	setProcLine(s, &p)
	s.Dual = d.dual && s.ListensOnAny() && d.proto.TakesBoth()
	if p.err == nil && d.proto == mib2.TCP && d.filter.Parts&mib2.PartTimer != 0 {
		s.Timer = d.timers.next()
		setProcTimer(s.Timer, &p)
	}
	if d.proto == mib2.Raw {
		setRaw(s)
	}
	if p.err != nil || !d.filter.Match(s) {
		return dst[:len(dst)-1], p.err
	}
	return dst, nil
}

// cutField returns the first field, which may be empty, and what follows it.
func cutField(line []byte) (field, rest []byte) {
	line = bytes.TrimLeft(line, " \r\n")
	if i := bytes.IndexAny(line, " \r\n"); i >= 0 {
		return line[:i], line[i:]
	}
	return line, nil
}

// setProcLine sets what a line says of a socket.
func setProcLine(s *mib2.Socket, p *procParser) {
	family, local := p.address(procLocal)
	remoteFamily, remote := p.address(procRemote)
	if family != remoteFamily {
		p.fail(procRemote)
	}
	if p.err != nil {
		return
	}
	s.SetAddresses(family, local, remote)
	setState(s, uint8(p.number(procState, p.fields[procState], 16, math.MaxUint8)))
	send, recv := p.pair(procQueues)
	setQueues(s, uint32(recv), uint32(send))
	if s.Listening() {
		s.SendMeasure = mib2.MeasureUnknown
	}
	s.UID = uint32(p.number(procUID, p.fields[procUID], 10, math.MaxUint32))
	s.Inode = p.number(procInode, p.fields[procInode], 10, math.MaxUint64)
}

// setProcTimer converts from USER_HZ, which is 100 on every Linux that Go runs on.
func setProcTimer(t *mib2.Timer, p *procParser) {
	kind, when := p.pair(procTimer)
	if kind < uint64(len(linuxTimers)) {
		t.Kind = linuxTimers[kind]
	}
	// An overdue timer gives a small negative number.
	if ticks := int32(when); ticks > 0 && t.Kind != mib2.TimerOff {
		t.Expires = uint32(min(uint64(ticks)*10, math.MaxUint32))
	}
	switch t.Kind {
	case mib2.TimerOn:
		t.Retransmits = uint32(p.number(procRetransmits, p.fields[procRetransmits], 16, math.MaxUint32))
	case mib2.TimerKeepalive, mib2.TimerPersist:
		t.Retransmits = uint32(p.number(procProbes, p.fields[procProbes], 10, math.MaxUint32))
	}
}

// procParser parses fields and keeps the first error.
type procParser struct {
	fields *[procFields][]byte
	err    error
}

func (p *procParser) fail(field int) {
	if p.err == nil {
		p.err = fmt.Errorf("field %d of line is %.100q", field+1, p.fields[field])
	}
}

// number parses an unsigned number without a sign or prefix.
func (p *procParser) number(field int, text []byte, base, limit uint64) uint64 {
	var v uint64
	for _, c := range text {
		digit := uint64(hexDigit(c))
		if digit >= base || v > (limit-digit)/base {
			p.fail(field)
			return 0
		}
		v = v*base + digit
	}
	if len(text) == 0 {
		p.fail(field)
	}
	return v
}

// hexDigit returns the value of a digit, 16 or more if it is none.
func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}

// pair parses two hexadecimal numbers with a colon between them.
func (p *procParser) pair(field int) (a, b uint64) {
	first, second, ok := bytes.Cut(p.fields[field], []byte(":"))
	if !ok {
		p.fail(field)
		return 0, 0
	}
	return p.number(field, first, 16, math.MaxUint32), p.number(field, second, 16, math.MaxUint32)
}

// address parses an address and a port. The address is printed as numbers of 32 bits
// in the byte order of the machine, the port as a number.
func (p *procParser) address(field int) (mib2.Family, netip.AddrPort) {
	text, portText, _ := bytes.Cut(p.fields[field], []byte(":"))
	var a [16]byte
	if len(text) != 8 && len(text) != 32 {
		p.fail(field)
		return 0, netip.AddrPort{}
	}
	for i := 0; i < len(text); i += 8 {
		word := p.number(field, text[i:i+8], 16, math.MaxUint32)
		binary.NativeEndian.PutUint32(a[i/2:], uint32(word))
	}
	port := uint16(p.number(field, portText, 16, math.MaxUint16))
	if len(text) == 8 {
		return mib2.Inet, netip.AddrPortFrom(netip.AddrFrom4([4]byte(a[:])), port)
	}
	return mib2.Inet6, netip.AddrPortFrom(netip.AddrFrom16(a), port)
}
