package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"sockstat/proc"
)

// socketIterators are the BPF iterators over the sockets of the caller's network namespace
// (Linux 5.9, for Unix sockets 5.15), with the functions that stand for them.
var socketIterators = []struct {
	function string
	of       func(proc.Endpoint) bool
	// toSock goes from what the iterator gives, in R1, to a struct sock, or to one that
	// begins with it, in R7; or to the end of the program if it is none.
	toSock asm.Instructions
}{
	{"bpf_iter_unix", func(e proc.Endpoint) bool { return e.Family == proc.FamilyUnix }, itself},
	{"bpf_iter_udp", func(e proc.Endpoint) bool {
		return e.Family != proc.FamilyUnix && e.Type == proc.TypeDatagram
	}, itself},
	{"bpf_iter_tcp", func(e proc.Endpoint) bool {
		return e.Family != proc.FamilyUnix && e.Type == proc.TypeStream
	}, asm.Instructions{ // leaves out connections in TIME_WAIT and such that are not made yet
		asm.FnSkcToTcpSock.Call(),
		asm.JEq.Imm(asm.R0, 0, "done"),
		asm.Mov.Reg(asm.R7, asm.R0),
	}},
}

var itself = asm.Instructions{asm.Mov.Reg(asm.R7, asm.R1)}

// kernelSockets returns those among some sockets that are the kernel's own: they have a
// struct socket, but none with a file, without which no process can hold it, have it in a
// message on its way or registered anywhere.
func (f *finder) kernelSockets(ctx context.Context, of []proc.Endpoint) (inodes []uint64, err error) {
	if len(of) == 0 {
		return nil, nil
	}
	b, err := f.kernelTypes()
	if err != nil {
		return nil, err
	}
	types, err := findSocketTypes(b)
	if err != nil {
		return nil, err
	}
	for _, iterator := range socketIterators {
		if !slices.ContainsFunc(of, iterator.of) {
			continue
		}
		function, err := b.Function(iterator.function)
		if err != nil {
			return nil, err
		}
		program := socketsWithoutFile(types, iterator.toSock)
		if inodes, err = f.readInodes(ctx, inodes, program, function); err != nil {
			return nil, fmt.Errorf("%s: %w", iterator.function, err)
		}
	}
	return inodes, nil
}

// inodeSize is the size of a record that is an inode.
const inodeSize = 8

// socketsWithoutFile is a program for an iterator over sockets. It writes the inodes of those
// without a file.
func socketsWithoutFile(types socketTypes, toSock asm.Instructions) asm.Instructions {
	const sockAt = 8 // in struct bpf_iter__tcp, bpf_iter__udp and bpf_iter__unix
	return slices.Concat(asm.Instructions{
		asm.Mov.Reg(iterContext, asm.R1),
		asm.LoadMem(asm.R1, iterContext, sockAt, asm.DWord),
		asm.JEq.Imm(asm.R1, 0, "done"), // the call after the last socket
	}, toSock, asm.Instructions{
		asm.LoadMem(asm.R8, asm.R7, types.sockSocket, asm.DWord),
		asm.JEq.Imm(asm.R8, 0, "done"),
		asm.LoadMem(asm.R1, asm.R8, types.socketFile, asm.DWord),
		asm.JNE.Imm(asm.R1, 0, "done"),
		// A socket that is being closed loses this first and then its file.
		asm.LoadMem(asm.R1, asm.R7, types.sockSocket, asm.DWord),
		asm.JEq.Imm(asm.R1, 0, "done"),

		asm.Mov.Reg(asm.R3, asm.R8),
		asm.Add.Imm(asm.R3, int32(types.socketInode)),
		asm.Mov.Reg(asm.R1, asm.RFP),
		asm.Add.Imm(asm.R1, -inodeSize),
		asm.Mov.Imm(asm.R2, inodeSize),
		asm.FnProbeReadKernel.Call(),
		asm.JNE.Imm(asm.R0, 0, "done"),
	}, writeRecord(-inodeSize, inodeSize))
}

// readInodes appends the inodes that a program writes.
func (f *finder) readInodes(ctx context.Context, inodes []uint64, program asm.Instructions, function uint32) ([]uint64, error) {
	iterator, err := f.calls.openIterator(program, function)
	if err != nil {
		return nil, err
	}
	defer unix.Close(iterator)
	err = f.readIterator(ctx, iterator, func(b []byte) error {
		if len(b)%inodeSize != 0 {
			return errors.New("a record is cut off")
		}
		for ; len(b) > 0; b = b[inodeSize:] {
			inodes = append(inodes, binary.NativeEndian.Uint64(b))
		}
		return nil
	})
	return inodes, err
}
