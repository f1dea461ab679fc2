package linux

import (
	"encoding/binary"
	"slices"

	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"sockstat/internal/bpf"
)

// socketFiles is a program for the iterator task_file. The kernel runs it for every
// descriptor of every process, and of every thread that has a table of its own. It writes a
// record for those of sockets, and one without an inode for others of the first three, which
// tells that the process was seen; and in a closer search one for those of io_uring.
//
// The helper bpf_sock_from_file (Linux 5.11) tells sockets from other files, among them
// names of unix sockets that were opened with O_PATH, whose mode is that of a socket.
//
// If only sockets with some inodes are wanted, others are not written.
func socketFiles(types taskFileTypes, wanted []uint64) asm.Instructions {
	other := asm.Instructions{
		asm.JGT.Imm(fileFD, 2, "done"),
		asm.Mov.Imm(asm.R1, 0),
		asm.Ja.Label("write"),
	}
	if types.ring != nil {
		other = append(isRing(types), other...)
	}
	task := asm.LoadMem(asm.R1, taskOf, types.taskTGID, asm.Word)
	socket, size := asm.Instructions{task}, int32(heldRecordSize)
	if types.zone != nil {
		other = append(isZone(types), other...)
		socket, size = append(zoneOfSocket(types.zone), task.WithSymbol("zone")), heldZoneSize
	}
	socket[0] = socket[0].WithSymbol("socket")
	heldAt := -size // from the end of the stack
	return slices.Concat(asm.Instructions{
		asm.Mov.Reg(iterContext, asm.R1),
		asm.LoadMem(fileOf, iterContext, fileAt, asm.DWord),
		asm.JEq.Imm(fileOf, 0, "done"), // the call after the last file
		asm.LoadMem(taskOf, iterContext, taskAt, asm.DWord),
		asm.JEq.Imm(taskOf, 0, "done"),
		asm.LoadMem(fileFD, iterContext, fdAt, asm.Word),
		asm.Mov.Reg(asm.R1, fileOf),
		asm.FnSockFromFile.Call(),
		asm.JNE.Imm(asm.R0, 0, "socket"),
	}, other, socket, asm.Instructions{
		// A thread is visited besides the first one if its table is another. That of all
		// is meant if the first one has none, as it has ended.
		asm.LoadMem(asm.R2, taskOf, types.taskPID, asm.Word),
		asm.JEq.Reg(asm.R1, asm.R2, "inode"),
		asm.LoadMem(asm.R1, taskOf, types.taskLeader, asm.DWord),
		asm.LoadMem(asm.R1, asm.R1, types.taskFiles, asm.DWord),
		asm.JEq.Imm(asm.R1, 0, "inode"),
		asm.LoadImm(asm.R1, heldOwnTable, asm.DWord),
		asm.Or.Reg(fileFD, asm.R1),

		asm.LoadMem(asm.R1, fileOf, types.fileInode, asm.DWord).WithSymbol("inode"),
		asm.LoadMem(asm.R1, asm.R1, types.inodeNumber, asm.DWord),
	}, isWanted(wanted), asm.Instructions{
		asm.StoreMem(asm.RFP, int16(heldAt+heldInodeAt), asm.R1, asm.DWord).WithSymbol("write"),
	}, storeZone(types.zone, heldAt), asm.Instructions{
		asm.LoadMem(asm.R1, taskOf, types.taskTGID, asm.Word),
		asm.StoreMem(asm.RFP, int16(heldAt+heldTGIDAt), asm.R1, asm.Word),
		asm.StoreMem(asm.RFP, int16(heldAt+heldFDAt), fileFD, asm.Word),
	}, writeRecord(heldAt, size))
}

// Registers of the programs, and where in the structures that they are given the members are,
// each of which takes 8 bytes on every machine. Records stand at the end of the stack.
const (
	iterContext, fileOf, taskOf, fileFD = asm.R6, asm.R7, asm.R8, asm.R9

	metaAt, taskAt = 0, 8   // in struct bpf_iter__task_file
	fdAt, fileAt   = 16, 24 //
	seqAt          = 0      // in struct bpf_iter_meta
)

// writeRecord writes a record on the stack and returns from the program.
func writeRecord(at, size int32) asm.Instructions {
	return asm.Instructions{
		asm.LoadMem(asm.R1, iterContext, metaAt, asm.DWord),
		asm.LoadMem(asm.R1, asm.R1, seqAt, asm.DWord),
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, at),
		asm.Mov.Imm(asm.R3, size),
		asm.FnSeqWrite.Call(), // if there is no room the kernel comes again with this one

		asm.Mov.Imm(asm.R0, 0).WithSymbol("done"),
		asm.Return(),
	}
}

// isWanted goes on to write a record only for the inodes that are wanted. Others are treated as
// files that are no sockets.
func isWanted(inodes []uint64) (program asm.Instructions) {
	for _, inode := range inodes {
		program = append(program,
			asm.LoadImm(asm.R2, int64(inode), asm.DWord),
			asm.JEq.Reg(asm.R1, asm.R2, "write"))
	}
	if len(inodes) > 0 {
		program = append(program,
			asm.JGT.Imm(fileFD, 2, "done"),
			asm.Mov.Imm(asm.R1, 0))
	}
	return program
}

// zoneOfSocket puts what the longer record tells of the socket in R0 into R0, 0 if it has no
// network namespace, and goes on at "zone".
func zoneOfSocket(types *zoneTypes) asm.Instructions {
	program := asm.Instructions{
		asm.LoadMem(asm.R1, asm.R0, types.socketSock, asm.DWord),
		asm.Mov.Imm(asm.R0, 0),
		asm.JEq.Imm(asm.R1, 0, "zone"),
		asm.LoadMem(asm.R2, asm.R1, types.sockNet, asm.DWord),
		asm.JEq.Imm(asm.R2, 0, "zone"),
		asm.LoadMem(asm.R0, asm.R2, types.netInode, asm.Word),
	}
	for _, of := range []struct {
		at        int16
		size      asm.Size
		mask, bit int32
	}{
		{types.sockPort, asm.Half, 0xFFFF, heldPortBit}, {types.sockState, asm.Byte, 0xF, heldStateBit},
		{types.sockType, asm.Half, 0xF, heldTypeBit}, {types.sockFamily, asm.Half, 0xFF, heldFamilyBit},
	} {
		program = append(program,
			asm.LoadMem(asm.R2, asm.R1, of.at, of.size),
			asm.And.Imm(asm.R2, of.mask),
			asm.LSh.Imm(asm.R2, of.bit),
			asm.Or.Reg(asm.R0, asm.R2))
	}
	return program
}

// storeZone stores R0 in the longer record.
func storeZone(types *zoneTypes, heldAt int32) asm.Instructions {
	if types == nil {
		return nil
	}
	return asm.Instructions{asm.StoreMem(asm.RFP, int16(heldAt+heldZoneAt), asm.R0, asm.DWord)}
}

// isZone goes on to write a record, with the inode, if a file stands for a namespace.
func isZone(types taskFileTypes) asm.Instructions {
	return asm.Instructions{
		asm.LoadMem(asm.R1, fileOf, types.fileInode, asm.DWord),
		asm.LoadMem(asm.R2, asm.R1, types.zone.inodeSuper, asm.DWord),
		asm.LoadMem(asm.R2, asm.R2, types.zone.superMagic, asm.DWord),
		asm.JNE.Imm(asm.R2, unix.NSFS_MAGIC, "no zone"),
		asm.LoadMem(asm.R1, asm.R1, types.inodeNumber, asm.DWord),
		asm.LoadImm(asm.R2, heldZone, asm.DWord),
		asm.Or.Reg(asm.R1, asm.R2),
		asm.Ja.Label("write"),
		asm.Mov.Imm(asm.R1, 0).WithSymbol("no zone"),
	}
}

// isRing goes on to write a record if the name of a file is that of io_uring's. In place of
// an inode that has the number of the thread.
func isRing(types taskFileTypes) asm.Instructions {
	const nameAt = -heldZoneSize - 16 // before the record
	name := []byte("[io_uring]\x00")
	return asm.Instructions{
		asm.LoadMem(asm.R1, fileOf, types.ring.fileDentry, asm.DWord),
		asm.LoadMem(asm.R3, asm.R1, types.ring.dentryName, asm.DWord),
		asm.Mov.Reg(asm.R1, asm.RFP),
		asm.Add.Imm(asm.R1, nameAt),
		asm.Mov.Imm(asm.R2, int32(len(name))),
		asm.FnProbeReadKernel.Call(),
		asm.JNE.Imm(asm.R0, 0, "no ring"),
		asm.LoadMem(asm.R1, asm.RFP, nameAt, asm.DWord),
		asm.LoadImm(asm.R2, int64(binary.NativeEndian.Uint64(name)), asm.DWord),
		asm.JNE.Reg(asm.R1, asm.R2, "no ring"),
		asm.LoadMem(asm.R1, asm.RFP, nameAt+8, asm.Half),
		asm.JNE.Imm(asm.R1, int32(binary.NativeEndian.Uint16(name[8:])), "no ring"),
		asm.LoadMem(asm.R1, asm.RFP, nameAt+10, asm.Byte),
		asm.JNE.Imm(asm.R1, int32(name[10]), "no ring"),
		asm.LoadMem(asm.R1, taskOf, types.taskPID, asm.Word),
		asm.LoadImm(asm.R2, -1<<63, asm.DWord), // heldRing
		asm.Or.Reg(asm.R1, asm.R2),
		asm.Ja.Label("write"),
		asm.Mov.Imm(asm.R1, 0).WithSymbol("no ring"),
	}
}

// openIterator loads a program, attaches it to its iterator and returns a descriptor to read
// from.
func (c *Calls) openIterator(program asm.Instructions, function uint32) (fd int, err error) {
	return bpf.Syscall(c.BPF).OpenIterator(program, function)
}
