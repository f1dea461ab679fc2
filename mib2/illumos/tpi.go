package illumos

import (
	"encoding/binary"
	"fmt"
)

// Numbers of the Transport Provider Interface, sys/tihdr.h and sys/tpicommon.h of illumos.
// All its fields are 32 bits wide, on 64-bit systems as well, and little-endian: illumos
// runs on amd64.
const (
	tpiOptmgmtReq = 9  // T_SVR4_OPTMGMT_REQ
	tpiErrorAck   = 18 // T_ERROR_ACK
	tpiOptmgmtAck = 22 // T_OPTMGMT_ACK

	tpiSuccess = 0x20 // T_SUCCESS
	tpiCurrent = 0x80 // T_CURRENT

	tpiSystemError = 8 // TSYSERR

	optmgmtLen  = 16 // struct T_optmgmt_req and _ack
	opthdrLen   = 12 // struct opthdr
	errorAckLen = 16 // struct T_error_ack
	controlLen  = optmgmtLen + opthdrLen

	maxControl = 512 // room for a control part
)

// Levels of the option header, inet/mib2.h.
const (
	levelTCP  = 262  // MIB2_TCP
	levelUDP  = 263  // MIB2_UDP
	levelTCP6 = 270  // MIB2_TCP6
	levelUDP6 = 271  // MIB2_UDP6
	levelAll  = 1028 // EXPER_IP_AND_ALL_IRES: every level, hidden routes too
)

// tpiMessage is a STREAMS message as getmsg(2) gives it. A part that is nil is absent; an
// empty one is there and has no bytes.
type tpiMessage struct {
	control, data []byte
	cut           bool // the control part is longer than maxControl
}

// ReplyError says what is wrong with a reply of /dev/arp.
type ReplyError struct {
	// Class is one of no_end, control_length, error_ack, primitive, mgmt_flags,
	// data_length, counters, entry_size, table_length, empty, entry.
	Class string
	text  string
}

func (e *ReplyError) Error() string { return e.text + " (" + e.Class + ")" }

func replyError(class, format string, args ...any) error {
	return &ReplyError{class, fmt.Sprintf(format, args...)}
}

// group is the level and name of an option header: which table, or counters if name is 0.
type group struct{ level, name uint32 }

func (g group) String() string { return fmt.Sprintf("group %d,%d", g.level, g.name) }

// request returns the control part that asks for the tables of a level.
func request(level uint32) []byte {
	var b []byte
	for _, n := range []uint32{tpiOptmgmtReq, opthdrLen, optmgmtLen, tpiCurrent, level, 0, 1} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b
}

// header decodes the control part of a message: the group of its data and their length.
func (m *tpiMessage) header() (g group, length uint32, err error) {
	number := func(at int) uint32 { return binary.LittleEndian.Uint32(m.control[at:]) }
	switch n := len(m.control); {
	case m.control != nil && n == 0 && len(m.data) == 0:
		return g, 0, replyError("no_end", "the stream was hung up before the end of the reply")
	case n < 4:
		return g, 0, replyError("control_length", "a message has %d bytes of control", n)
	case number(0) == tpiErrorAck && n < errorAckLen:
		return g, 0, replyError("control_length", "an error acknowledgement of %d bytes instead of %d", n, errorAckLen)
	case number(0) == tpiErrorAck:
		return g, 0, replyError("error_ack", "the kernel refused the request: %s", refusal(number(8), number(12)))
	case number(0) != tpiOptmgmtAck:
		return g, 0, replyError("primitive", "a message of type %d instead of %d", number(0), tpiOptmgmtAck)
	case n < controlLen:
		return g, 0, replyError("control_length", "an acknowledgement of %d bytes instead of %d", n, controlLen)
	case number(12) != tpiSuccess:
		return g, 0, replyError("mgmt_flags", "an acknowledgement with flags %#x instead of %#x", number(12), tpiSuccess)
	case m.cut || n > maxControl:
		return g, 0, replyError("control_length", "an acknowledgement of more than %d bytes", maxControl)
	}
	return group{number(16), number(20)}, number(24), nil
}

// refusal says why the kernel refused a request: TLI_error and UNIX_error.
func refusal(tli, errno uint32) string {
	names := map[uint32]string{2: "TBADOPT", 3: "TACCES", tpiSystemError: "TSYSERR", 16: "TBADFLAG", 29: "TPROTO"}
	text, ok := names[tli]
	if !ok {
		text = fmt.Sprintf("TLI error %d", tli)
	}
	if tli != tpiSystemError {
		return text
	}
	return text + ", " + illumosErrno(errno)
}

// illumosErrno returns the message for a number of illumos's sys/errno.h, which other
// systems number differently.
func illumosErrno(n uint32) string {
	messages := map[uint32]string{1: "not owner", 5: "I/O error", 6: "no such device or address",
		11: "resource temporarily unavailable", 12: "not enough space", 13: "permission denied",
		16: "device busy", 22: "invalid argument", 48: "operation not supported",
		63: "out of stream resources", 71: "protocol error", 74: "not a data message"}
	if text, ok := messages[n]; ok {
		return text
	}
	return fmt.Sprintf("error %d", n)
}
