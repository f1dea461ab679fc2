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

// socketIterator is a BPF iterator over sockets of the caller's network namespace.
type socketIterator struct {
	function string // that stands for it
	of       func(proc.Endpoint) bool
	// toSock goes from what the iterator gives, in R1, to a struct sock, or to one that
	// begins with it, in R7; or to a symbol of the program if it is none.
	toSock func(none string) asm.Instructions
	// listening tells that sockets in LISTEN come before all others.
	listening bool
}

// socketIterators are those there are since Linux 5.9, for Unix sockets 5.15.
var socketIterators = []socketIterator{
	{"bpf_iter_unix", func(e proc.Endpoint) bool { return e.Family == proc.FamilyUnix }, itself, false},
	{"bpf_iter_udp", func(e proc.Endpoint) bool {
		return e.Family != proc.FamilyUnix && e.Type == proc.TypeDatagram
	}, itself, false},
	{"bpf_iter_tcp", func(e proc.Endpoint) bool {
		return e.Family != proc.FamilyUnix && e.Type == proc.TypeStream
	}, fullTCP, true},
}

func itself(string) asm.Instructions { return asm.Instructions{asm.Mov.Reg(asm.R7, asm.R1)} }

// fullTCP leaves out connections in TIME_WAIT and such that are not made yet.
func fullTCP(none string) asm.Instructions {
	return asm.Instructions{
		asm.FnSkcToTcpSock.Call(),
		asm.JEq.Imm(asm.R0, 0, none),
		asm.Mov.Reg(asm.R7, asm.R0),
	}
}

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
		wanted := slices.DeleteFunc(slices.Clone(of), func(e proc.Endpoint) bool { return !iterator.of(e) })
		if len(wanted) == 0 {
			continue
		}
		function, err := b.Function(iterator.function)
		if err != nil {
			return nil, err
		}
		if iterator.listening {
			program := listeningSockets(types, iterator.toSock)
			with, without, err := f.readInodes(ctx, program, function, true)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", iterator.function, err)
			}
			if listed(wanted, with, without) {
				inodes = append(inodes, without...)
				continue
			}
		}
		_, without, err := f.readInodes(ctx, socketsWithoutFile(types, iterator.toSock), function, false)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", iterator.function, err)
		}
		inodes = append(inodes, without...)
	}
	return inodes, nil
}

// listed reports whether all of some sockets are in one list of inodes or the other.
func listed(all []proc.Endpoint, with, without []uint64) bool {
	in := make(map[uint64]struct{}, len(with)+len(without))
	for _, inode := range slices.Concat(with, without) {
		in[inode] = struct{}{}
	}
	for _, e := range all {
		if _, ok := in[e.Inode]; !ok {
			return false
		}
	}
	return true
}

// A record is an inode, with a bit that tells whether the socket has a file.
const (
	inodeSize = 8
	hasFile   = 1 << 63
)

// socketsWithoutFile is a program for an iterator over sockets. It writes the inodes of those
// without a file.
func socketsWithoutFile(types socketTypes, toSock func(string) asm.Instructions) asm.Instructions {
	return slices.Concat(currentSocket(), toSock("done"), asm.Instructions{
		asm.LoadMem(asm.R8, asm.R7, types.sockSocket, asm.DWord),
		asm.JEq.Imm(asm.R8, 0, "done"),
		asm.LoadMem(asm.R9, asm.R8, types.socketFile, asm.DWord),
		asm.JNE.Imm(asm.R9, 0, "done"),
		// A socket that is being closed loses this first and then its file.
		asm.LoadMem(asm.R1, asm.R7, types.sockSocket, asm.DWord),
		asm.JEq.Imm(asm.R1, 0, "done"),
	}, readInode(types), writeRecord(-inodeSize, inodeSize))
}

// listeningSockets writes the inodes of all sockets in LISTEN, which an iterator gives first,
// and ends with any other: a machine has few of them, and its connections may be very many.
func listeningSockets(types socketTypes, toSock func(string) asm.Instructions) asm.Instructions {
	const listen = 10 // TCP_LISTEN of include/net/tcp_states.h
	return slices.Concat(currentSocket(), toSock("again"), asm.Instructions{
		asm.LoadMem(asm.R1, asm.R7, types.sockState, asm.Byte),
		asm.JNE.Imm(asm.R1, listen, "again"),
		asm.LoadMem(asm.R8, asm.R7, types.sockSocket, asm.DWord),
		asm.JEq.Imm(asm.R8, 0, "done"),
		asm.LoadMem(asm.R9, asm.R8, types.socketFile, asm.DWord),
		asm.LoadMem(asm.R1, asm.R7, types.sockSocket, asm.DWord), // as above
		asm.JEq.Imm(asm.R1, 0, "done"),
	}, readInode(types), asm.Instructions{
		asm.JEq.Imm(asm.R9, 0, "write"),
		asm.LoadMem(asm.R1, asm.RFP, -inodeSize, asm.DWord),
		asm.LoadImm(asm.R2, -1<<63, asm.DWord), // hasFile
		asm.Or.Reg(asm.R1, asm.R2),
		asm.StoreMem(asm.RFP, -inodeSize, asm.R1, asm.DWord),
		asm.Mov.Imm(asm.R1, 0).WithSymbol("write"),
	}, writeRecord(-inodeSize, inodeSize), asm.Instructions{
		asm.Mov.Imm(asm.R0, 1).WithSymbol("again"), // the kernel ends, to come again with the same one
		asm.Return(),
	})
}

// currentSocket puts what an iterator over sockets gives into R1.
func currentSocket() asm.Instructions {
	const sockAt = 8 // in struct bpf_iter__tcp, bpf_iter__udp and bpf_iter__unix
	return asm.Instructions{
		asm.Mov.Reg(iterContext, asm.R1),
		asm.LoadMem(asm.R1, iterContext, sockAt, asm.DWord),
		asm.JEq.Imm(asm.R1, 0, "done"), // the call after the last socket
	}
}

// readInode reads the inode of the struct socket in R8 into the record.
func readInode(types socketTypes) asm.Instructions {
	return asm.Instructions{
		asm.Mov.Reg(asm.R3, asm.R8),
		asm.Add.Imm(asm.R3, int32(types.socketInode)),
		asm.Mov.Reg(asm.R1, asm.RFP),
		asm.Add.Imm(asm.R1, -inodeSize),
		asm.Mov.Imm(asm.R2, inodeSize),
		asm.FnProbeReadKernel.Call(),
		asm.JNE.Imm(asm.R0, 0, "done"),
	}
}

// readInodes returns the inodes that a program writes, of sockets with a file and without.
func (f *finder) readInodes(ctx context.Context, program asm.Instructions, function uint32, early bool) (
	with, without []uint64, err error,
) {
	iterator, err := f.calls.openIterator(program, function)
	if err != nil {
		return nil, nil, err
	}
	defer unix.Close(iterator)
	err = f.readIterator(ctx, iterator, early, func(b []byte) error {
		if len(b)%inodeSize != 0 {
			return errors.New("a record is cut off")
		}
		for ; len(b) > 0; b = b[inodeSize:] {
			if inode := binary.NativeEndian.Uint64(b); inode&hasFile != 0 {
				with = append(with, inode&^hasFile)
			} else {
				without = append(without, inode)
			}
		}
		return nil
	})
	return with, without, err
}
