package linux

import (
	"encoding/binary"

	"sockstat/mib2"
)

// Codes of the filter programs of include/uapi/linux/inet_diag.h. A program is a
// sequence of conditions, each with the distances to go if it holds (yes, 8 bits)
// and if not (no, 16 bits), all of them forward. Running off exactly at the end lets
// a socket through; going 4 bytes beyond it does not.
const (
	bcJump        = 1
	bcLocalFrom   = 2 // INET_DIAG_BC_S_GE
	bcLocalUpTo   = 3 // INET_DIAG_BC_S_LE
	bcRemoteFrom  = 4 // INET_DIAG_BC_D_GE
	bcRemoteUpTo  = 5 // INET_DIAG_BC_D_LE
	bcOpLen       = 4 // struct inet_diag_bc_op
	bcConditionLn = 2 * bcOpLen
)

// maxProgram is the longest program worth pushing, in bytes: about 50 ranges. The
// kernel runs it for each socket while it holds a lock, and checks it in quadratic
// time. All distances fit their fields.
const maxProgram = 1024

// portProgram returns the program that lets through the sockets whose ports a filter
// wants, or nil if there is nothing to filter or so many ranges that the reader had
// better do it itself.
func portProgram(f *mib2.Filter) []byte {
	local, remote := mib2.MergePorts(f.LocalPorts), mib2.MergePorts(f.RemotePorts)
	size := rangesLen(local) + rangesLen(remote)
	if size == 0 || size > maxProgram {
		return nil
	}
	p := program{code: make([]byte, 0, size), size: size}
	p.appendRanges(local, bcLocalFrom, bcLocalUpTo)
	p.appendRanges(remote, bcRemoteFrom, bcRemoteUpTo)
	return p.code
}

// rangeLen returns the length of a range's conditions: an open end needs none.
func rangeLen(r mib2.PortRange) int {
	n := 0
	if r.Lo > 0 {
		n += bcConditionLn
	}
	if r.Hi < 65535 {
		n += bcConditionLn
	}
	return n
}

func rangesLen(ranges []mib2.PortRange) int {
	n := 0
	for i, r := range ranges {
		if i > 0 {
			n += bcOpLen // the jump before it
		}
		n += rangeLen(r)
	}
	return n
}

type program struct {
	code []byte
	size int // when complete
}

// appendRanges appends alternatives: a socket that fits no range is rejected, one that
// fits goes on behind the last.
func (p *program) appendRanges(ranges []mib2.PortRange, from, upTo byte) {
	end := len(p.code) + rangesLen(ranges)
	for i, r := range ranges {
		otherwise := p.size + bcOpLen // reject
		if i < len(ranges)-1 {
			otherwise = len(p.code) + rangeLen(r) + bcOpLen
		}
		if r.Lo > 0 {
			p.appendCondition(from, r.Lo, otherwise)
		}
		if r.Hi < 65535 {
			p.appendCondition(upTo, r.Hi, otherwise)
		}
		if i < len(ranges)-1 {
			p.appendOp(bcJump, bcOpLen, end)
		}
	}
}

// appendCondition appends a comparison; the port stands in an operation of its own.
func (p *program) appendCondition(code byte, port uint16, otherwise int) {
	p.appendOp(code, bcConditionLn, otherwise)
	p.code = append(p.code, 0, 0)
	p.code = binary.NativeEndian.AppendUint16(p.code, port)
}

func (p *program) appendOp(code, yes byte, otherwise int) {
	no := uint16(otherwise - len(p.code))
	p.code = append(p.code, code, yes)
	p.code = binary.NativeEndian.AppendUint16(p.code, no)
}
