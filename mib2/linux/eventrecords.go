package linux

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"time"

	"sockstat/mib2"
)

// A record of the BPF program watchSockets, in the byte order of the machine but for ports and
// addresses. Times are those of CLOCK_MONOTONIC in nanoseconds.
const (
	eventTimeAt     = 0
	eventBeganAt    = 8 // of the connection, 0 if not known; from here on as in the map of connections
	eventPIDAt      = 16
	eventOpeningAt  = 20 // a byte, mib2.Opening, with 3 that are 0
	eventCommandAt  = 24 // 16 bytes
	eventCookieAt   = 40
	eventSentAt     = 48
	eventReceivedAt = 56
	eventUIDAt      = 64
	eventZoneAt     = 68
	eventErrAt      = 72
	eventDeviceAt   = 76
	eventLocalAt    = 80  // address, 16 bytes
	eventRemoteAt   = 96  //
	eventFlagsAt    = 112 // skc_flags of the socket
	eventFamilyAt   = 120 // 16 bits
	eventLocalPort  = 122
	eventRemotePort = 124
	eventKindAt     = 126 // a byte
	eventStateAt    = 127 // a byte, TCP_* of before; the highest bit says that the caller closed it
	eventRecordSize = 128

	eventByCaller = 0x80
)

// eventDecoder makes events of records.
type eventDecoder struct {
	boot     time.Time // when CLOCK_MONOTONIC was 0, by the clock of now
	ownZone  uint32    // its events have no zone
	commands map[string]string
}

// append appends the event that a record tells of.
func (d *eventDecoder) append(dst []mib2.Event, b []byte) ([]mib2.Event, error) {
	if len(b) != eventRecordSize {
		return dst, short("event", len(b), eventRecordSize)
	}
	dst = append(dst, mib2.Event{Duration: -1, HasUID: true})
	e := &dst[len(dst)-1]
	u32 := func(at int) uint32 { return binary.NativeEndian.Uint32(b[at:]) }
	u64 := func(at int) uint64 { return binary.NativeEndian.Uint64(b[at:]) }
	e.Proto = mib2.TCP
	if !setEventEnds(&e.Socket, b) {
		return dst[:len(dst)-1], nil
	}
	setState(&e.Socket, b[eventStateAt]&^eventByCaller)
	e.Interface, e.UID, e.Cookie = u32(eventDeviceAt), u32(eventUIDAt), u64(eventCookieAt)
	if e.PID = int32(u32(eventPIDAt)); e.PID < 0 {
		e.PID = 0
	}
	if zone := u32(eventZoneAt); zone != d.ownZone {
		e.Zone = uint64(zone)
	}
	e.Command = d.command(b[eventCommandAt:][:16])
	e.Time = d.boot.Add(time.Duration(u64(eventTimeAt)))
	if began := u64(eventBeganAt); began != 0 && began <= u64(eventTimeAt) {
		e.Duration = time.Duration(u64(eventTimeAt) - began)
	}
	if o := mib2.Opening(b[eventOpeningAt]); o == mib2.ByConnect || o == mib2.ByAccept {
		e.Opening = o
	}
	return d.setKind(dst, b)
}

// setKind sets what happened to the socket of the last event. One of an unknown kind is none.
func (d *eventDecoder) setKind(dst []mib2.Event, b []byte) ([]mib2.Event, error) {
	e := &dst[len(dst)-1]
	e.Kind = mib2.EventKind(b[eventKindAt])
	switch e.Kind {
	case mib2.Opened, mib2.Listening, mib2.Unlistened:
	case mib2.Accepted:
		e.Duration = -1 // it begins now
	case mib2.Disconnected:
		e.Kind, e.Ending = endOf(b[eventStateAt], binary.NativeEndian.Uint32(b[eventErrAt:]))
		e.HasBytes = true
		e.BytesSent = binary.NativeEndian.Uint64(b[eventSentAt:])
		e.BytesReceived = binary.NativeEndian.Uint64(b[eventReceivedAt:])
		const sockDone = 1 << 1 // SOCK_DONE: a FIN was received, which counts as a byte
		if binary.NativeEndian.Uint64(b[eventFlagsAt:])&sockDone != 0 && e.BytesReceived > 0 {
			e.BytesReceived--
		}
	default:
		return dst[:len(dst)-1], nil
	}
	return dst, nil
}

// setEventEnds sets the addresses, and reports whether they are of IPv4 or IPv6.
func setEventEnds(s *mib2.Socket, b []byte) bool {
	local, remote := binary.BigEndian.Uint16(b[eventLocalPort:]), binary.BigEndian.Uint16(b[eventRemotePort:])
	switch binary.NativeEndian.Uint16(b[eventFamilyAt:]) {
	case linuxAFInet:
		s.SetAddresses(mib2.Inet,
			netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[eventLocalAt:])), local),
			netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[eventRemoteAt:])), remote))
	case linuxAFInet6:
		s.SetAddresses(mib2.Inet6,
			netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[eventLocalAt:])), local),
			netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[eventRemoteAt:])), remote))
	default:
		return false
	}
	return true
}

// Errors as include/uapi/asm-generic/errno.h numbers them.
const (
	linuxEPIPE        = 32
	linuxENETUNREACH  = 101
	linuxECONNABORTED = 103
	linuxECONNRESET   = 104
	linuxETIMEDOUT    = 110
	linuxECONNREFUSED = 111
	linuxEHOSTDOWN    = 112
	linuxEHOSTUNREACH = 113
)

// endOf returns what it was that closed a socket in a state, and how that ended a connection.
// The error is sk_err, which the kernel sets before the state.
func endOf(state uint8, err uint32) (mib2.EventKind, mib2.Ending) {
	byCaller := state&eventByCaller != 0
	if state&^eventByCaller == linuxSynSent {
		switch {
		case err == linuxECONNREFUSED:
			return mib2.Refused, mib2.Refusal
		case err == 0 && byCaller:
			return mib2.Failed, mib2.Aborted
		}
		return mib2.Failed, endingByError(err, mib2.OtherEnding)
	}
	ending := mib2.Orderly
	switch state {
	// Out of these a connection goes to another state first if it ends by FIN. Without an
	// error, this side sent RST: there was data that nobody had read or was to, or
	// SO_LINGER said so.
	case linuxEstablished, linuxEstablished | eventByCaller, linuxCloseWait, linuxCloseWait | eventByCaller, linuxFinWait1:
		ending = mib2.Aborted
	}
	return mib2.Disconnected, endingByError(err, ending)
}

// endingByError returns the ending that an error stands for, another one if it is none.
func endingByError(err uint32, other mib2.Ending) mib2.Ending {
	switch err {
	case linuxECONNRESET, linuxEPIPE: // the latter if all was received before
		return mib2.Reset
	case linuxECONNABORTED: // as by ss -K
		return mib2.Aborted
	case linuxETIMEDOUT:
		return mib2.TimedOut
	case linuxEHOSTUNREACH, linuxENETUNREACH, linuxEHOSTDOWN:
		return mib2.Unreachable
	}
	return other
}

// command returns a C string; events share the few there are.
func (d *eventDecoder) command(b []byte) string {
	n := strings.IndexByte(string(b), 0)
	if n < 0 {
		n = len(b)
	}
	if s, ok := d.commands[string(b[:n])]; ok {
		return s
	}
	const most = 4096 // a process may call itself anything, again and again
	if d.commands == nil || len(d.commands) == most {
		d.commands = make(map[string]string)
	}
	s := string(b[:n])
	d.commands[s] = s
	return s
}
