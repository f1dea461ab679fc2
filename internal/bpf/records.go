package bpf

import (
	"errors"
	"sync/atomic"
	"unsafe"
)

// Records are the bytes of a ring buffer. They lie in memory twice, one behind the other, so
// that a record which begins near the end goes on behind it.
type Records struct {
	Data []byte // twice Size, aligned to 8 bytes
	Size uint64 // a power of 2
}

// What the header of a record says, include/uapi/linux/bpf.h.
const (
	recordHeader  = 8
	recordBusy    = 1 << 31 // it is being written
	recordDiscard = 1 << 30 // it was given up
)

var errRecord = errors.New("a record of the BPF ring is longer than what the ring holds")

// At returns the record at a position, before the end, and the position of the next one. The
// record is nil if it was given up. While it is being written the next position is its own.
func (r *Records) At(at, end uint64) (record []byte, next uint64, err error) {
	offset := at & (r.Size - 1) &^ 7
	if end-at < recordHeader || end-at > r.Size || uint64(len(r.Data)) < 2*r.Size {
		return nil, at, errRecord
	}
	header := atomic.LoadUint32((*uint32)(unsafe.Pointer(&r.Data[offset])))
	if header&recordBusy != 0 {
		return nil, at, nil
	}
	length := uint64(header &^ recordDiscard)
	next = at + (length+recordHeader+7)&^7
	if next-at > end-at {
		return nil, at, errRecord
	}
	if header&recordDiscard != 0 {
		return nil, next, nil
	}
	start := offset + recordHeader
	return r.Data[start : start+length : start+length], next, nil
}
