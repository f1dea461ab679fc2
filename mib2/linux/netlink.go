package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
)

// Types and flags of include/uapi/linux/netlink.h.
const (
	nlmsgError   = 2
	nlmsgDone    = 3
	nlmsgOverrun = 4

	nlmFlagRequest         = 0x1
	nlmFlagDumpInterrupted = 0x10
	nlmFlagDump            = 0x300

	nlmsgHeaderLen = 16
	nlaHeaderLen   = 4
	nlaTypeMask    = 1<<14 - 1
)

var (
	errOverrun     = errors.New("kernel reports lost messages")
	errInterrupted = errors.New("table changed while the kernel dumped it")
)

// nlMessage is one message of a reply: struct nlmsghdr and what follows it.
type nlMessage struct {
	kind, flags uint16
	seq         uint32
	port        uint32 // of the socket that the reply is for
	data        []byte
}

// nextMessage splits the first message off a reply that is not empty.
func nextMessage(b []byte) (m nlMessage, rest []byte, err error) {
	if len(b) < nlmsgHeaderLen {
		return m, nil, short("message header", len(b), nlmsgHeaderLen)
	}
	size := binary.NativeEndian.Uint32(b)
	if size < nlmsgHeaderLen {
		return m, nil, short("message length", int(size), nlmsgHeaderLen)
	}
	if uint64(size) > uint64(len(b)) {
		return m, nil, short("message", len(b), int64(size))
	}
	m.kind = binary.NativeEndian.Uint16(b[4:])
	m.flags = binary.NativeEndian.Uint16(b[6:])
	m.seq = binary.NativeEndian.Uint32(b[8:])
	m.port = binary.NativeEndian.Uint32(b[12:])
	m.data = b[nlmsgHeaderLen:size]
	return m, b[align4(int(size), len(b)):], nil
}

// nextAttr splits the first attribute, a struct nlattr, off what is not empty.
func nextAttr(b []byte) (kind uint16, data, rest []byte, err error) {
	if len(b) < nlaHeaderLen {
		return 0, nil, nil, short("attribute header", len(b), nlaHeaderLen)
	}
	size := int(binary.NativeEndian.Uint16(b))
	kind = binary.NativeEndian.Uint16(b[2:]) & nlaTypeMask
	if size < nlaHeaderLen {
		return 0, nil, nil, short(fmt.Sprintf("length of attribute %d", kind), size, nlaHeaderLen)
	}
	if size > len(b) {
		return 0, nil, nil, short(fmt.Sprintf("attribute %d", kind), len(b), size)
	}
	return kind, b[nlaHeaderLen:size], b[align4(size, len(b)):], nil
}

// align4 rounds up to what the next message or attribute is aligned to, but not
// beyond the end: the last one need not be padded.
func align4(size, end int) int { return min((size+3)&^3, end) }

// kernelError returns the error in the payload of an NLMSG_ERROR or NLMSG_DONE
// message, a negative errno or 0.
func kernelError(what string, data []byte) error {
	if len(data) < 4 {
		return short(what, len(data), 4)
	}
	// The smallest int32 has no positive counterpart; no errno is near it.
	if n := int32(binary.NativeEndian.Uint32(data)); n < 0 && n > -1<<31 {
		return syscall.Errno(-n)
	}
	return nil
}

// short is the error of data that ends early.
func short[N int | int64](what string, have int, want N) error {
	return fmt.Errorf("%s is %d bytes, %d short of %d", what, have, int64(want)-int64(have), want)
}
