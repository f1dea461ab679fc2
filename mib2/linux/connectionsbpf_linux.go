package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"sockstat/internal/bpf"
)

// connectionTypes is what a BPF program that walks over the kernel's table of connections needs
// to know of the running kernel.
type connectionTypes struct {
	function uint32 // that stands for the iterator over tasks

	taskProxy, proxyNet     int16 // to the network namespace of the caller
	netTable                int16 // of ipv4.tcp_death_row.hashinfo in struct net (Linux 6.1)
	netInode                int16 // of ns.inum in struct net, 32 bits
	buckets, mask, ownTable int16 // of ehash, ehash_mask and pernet in struct inet_hashinfo

	// In struct sock_common, with which connections begin of any kind:
	net, next, family, device, localPort, remotePort int16
	local, remote, local6, remote6                   int16
	size                                             int16 // up to the end of the last of them, in words of 64 bits
}

// findConnectionTypes looks into the kernel's BTF.
func findConnectionTypes(b *bpf.Types) (types connectionTypes, err error) {
	if types.function, err = b.Function("bpf_iter_task"); err != nil {
		return connectionTypes{}, err
	}
	for _, of := range []struct {
		to   *int16
		size uint32
		in   string
		name []string
	}{
		{&types.taskProxy, bpf.APointer, "task_struct", []string{"nsproxy"}},
		{&types.proxyNet, bpf.APointer, "nsproxy", []string{"net_ns"}},
		{&types.netTable, bpf.APointer, "net", []string{"ipv4", "tcp_death_row", "hashinfo"}},
		{&types.netInode, 4, "net", []string{"ns", "inum"}},
		{&types.buckets, bpf.APointer, "inet_hashinfo", []string{"ehash"}},
		{&types.mask, 4, "inet_hashinfo", []string{"ehash_mask"}},
		{&types.ownTable, 1, "inet_hashinfo", []string{"pernet"}},
		{&types.net, bpf.APointer, "sock_common", []string{"skc_net", "net"}},
		{&types.next, bpf.APointer, "sock_common", []string{"skc_nulls_node", "next"}},
		{&types.family, 2, "sock_common", []string{"skc_family"}},
		{&types.device, 4, "sock_common", []string{"skc_bound_dev_if"}},
		{&types.localPort, 2, "sock_common", []string{"skc_num"}},
		{&types.remotePort, 2, "sock_common", []string{"skc_dport"}},
		{&types.local, 4, "sock_common", []string{"skc_rcv_saddr"}},
		{&types.remote, 4, "sock_common", []string{"skc_daddr"}},
		{&types.local6, bpf.AStruct, "sock_common", []string{"skc_v6_rcv_saddr"}},
		{&types.remote6, bpf.AStruct, "sock_common", []string{"skc_v6_daddr"}},
	} {
		in, err := b.Structure(of.in)
		if err != nil {
			return connectionTypes{}, err
		}
		if *of.to, err = b.Offset(in, of.size, of.name...); err != nil {
			return connectionTypes{}, err
		}
	}
	const address6, most = 16, 160 // bytes; as many as there is room for
	types.size = (max(types.net, types.next, types.family, types.localPort, types.local6+address6-8, types.remote6+address6-8) + 8 + 7) &^ 7
	if types.size > most {
		return connectionTypes{}, errors.New("BTF has a longer sock_common")
	}
	return types, nil
}

// Where things stand on the stack of the program, and on that of what it calls back.
const (
	walkSeqAt    = -8              // what records are written to
	walkOwnAt    = walkSeqAt - 8   // the caller's network namespace
	walkTableAt  = walkOwnAt - 8   // the buckets
	walkFirstAt  = walkTableAt - 8 // the first group of buckets of this call
	walkMaskAt   = walkFirstAt - 8 // the number of buckets, less one
	walkNodeAt   = walkMaskAt - 8  // the member of a list that comes next
	walkRecordAt = walkNodeAt - walkedSize

	groupHeadsAt    = -8 * bucketGroup  // the first members of the lists
	groupTableAt    = groupHeadsAt - 8  // the first bucket of the group
	groupNumberAt   = groupTableAt - 8  // its number
	groupStackAt    = groupNumberAt - 8 // the stack of the program
	groupUnstableAt = groupStackAt - 8  // whether a bucket has changed

	bucketAgainAt = -8 // a bucket that is read once more

	connectionRecordAt = -walkedSize // and below it the connection
)

// walkConnections is a program for the iterator over tasks, which serves to call it again and
// again: each time it looks at some groups of bucketGroup buckets of the kernel's table of
// TCP connections, those in TIME_WAIT and those half open included, and writes a record for each
// that is not in the caller's network namespace. The table is that of all namespaces
// (struct inet_hashinfo), so that one walk does for all. What there is to do stands in an array
// of one element: the first group, and how many a call looks at.
//
// It takes no lock, as the kernel itself takes none where it looks up a connection. What
// is added is put first in its bucket: if the first one is the same after the others were looked
// at, none of those that were there is missing. And the end of a list tells whose it is,
// should a connection have moved to another meanwhile. Else the record says that the table has changed.
func walkConnections(types connectionTypes, todo int) asm.Instructions {
	const taskAt = 8 // in struct bpf_iter__task
	load := func(to, from asm.Register, add int16) asm.Instructions {
		return asm.Instructions{asm.Mov.Reg(to, from), asm.Add.Imm(to, int32(add))}
	}
	return slices.Concat(asm.Instructions{
		asm.LoadMem(asm.R6, asm.R1, 0, asm.DWord), // meta
		asm.LoadMem(asm.R9, asm.R1, taskAt, asm.DWord),
		asm.LoadMem(asm.R1, asm.R6, 0, asm.DWord), // seq of struct bpf_iter_meta
		asm.StoreMem(asm.RFP, walkSeqAt, asm.R1, asm.DWord),
		asm.LoadMem(asm.R7, asm.R6, 16, asm.DWord), // seq_num: which call it is
		asm.Mov.Imm(asm.R1, 0),
		asm.StoreMem(asm.RFP, walkNodeAt, asm.R1, asm.DWord),
		asm.StoreMem(asm.RFP, walkMaskAt, asm.R1, asm.DWord),
	}, noRecord(walkRecordAt), asm.Instructions{

		asm.FnGetCurrentTaskBtf.Call(),
		asm.LoadMem(asm.R3, asm.R0, types.taskProxy, asm.DWord),
		asm.JEq.Imm(asm.R3, 0, "done"),
		asm.Add.Imm(asm.R3, int32(types.proxyNet)),
	}, probe(walkOwnAt, 8, "done"), asm.Instructions{
		asm.LoadMem(asm.R3, asm.RFP, walkOwnAt, asm.DWord),
		asm.Add.Imm(asm.R3, int32(types.netTable)),
	}, probe(walkTableAt, 8, "done"), asm.Instructions{
		asm.LoadMem(asm.R8, asm.RFP, walkTableAt, asm.DWord), // struct inet_hashinfo
	}, load(asm.R3, asm.R8, types.buckets), probe(walkTableAt, 8, "done"),
		load(asm.R3, asm.R8, types.mask), probe(walkMaskAt, 4, "done"), asm.Instructions{
			asm.LoadMapValue(asm.R6, todo, 0),
			asm.LoadMem(asm.R1, asm.R6, 8, asm.DWord),
			asm.JEq.Imm(asm.R9, 0, "last"),
			asm.Mul.Reg(asm.R7, asm.R1),
			asm.LoadMem(asm.R2, asm.R6, 0, asm.DWord),
			asm.Add.Reg(asm.R7, asm.R2),
			asm.StoreMem(asm.RFP, walkFirstAt, asm.R7, asm.DWord),
			asm.LSh.Imm(asm.R7, 3), // bucketGroup
			asm.LoadMem(asm.R2, asm.RFP, walkMaskAt, asm.DWord),
			asm.JGT.Reg(asm.R7, asm.R2, "done"), // there are no more
		}, loop("group", asm.RFP), asm.Instructions{
			asm.Ja.Label("done"),

			// The call after the last task says how far it is.
			asm.Add.Imm(asm.R7, 1).WithSymbol("last"),
			asm.Mul.Reg(asm.R7, asm.R1),
			asm.LoadMem(asm.R2, asm.R6, 0, asm.DWord),
			asm.Add.Reg(asm.R7, asm.R2),
			asm.StoreMem(asm.RFP, walkFirstAt, asm.R7, asm.DWord),
		}, load(asm.R3, asm.R8, types.ownTable),
		probe(walkRecordAt+walkedLocalPortAt, 1, "done"), asm.Instructions{
			asm.LoadMem(asm.R1, asm.RFP, walkMaskAt, asm.DWord),
			asm.StoreMem(asm.RFP, walkRecordAt+walkedDeviceAt, asm.R1, asm.Word),
			asm.LoadMem(asm.R1, asm.RFP, walkFirstAt, asm.DWord),
			asm.StoreMem(asm.RFP, walkRecordAt+walkedZoneAt, asm.R1, asm.Word),
			asm.Mov.Imm(asm.R1, walkedTable),
			asm.StoreMem(asm.RFP, walkRecordAt+walkedFamilyAt, asm.R1, asm.Half),
			asm.LoadMem(asm.R1, asm.RFP, walkSeqAt, asm.DWord),
			asm.Mov.Reg(asm.R2, asm.RFP),
		}, writeWalked(walkRecordAt), asm.Instructions{
			asm.Mov.Imm(asm.R0, 0).WithSymbol("done"),
			asm.Return(),
		}, walkGroup(types))
}

// walkGroup is what the program calls for each group, with its number and the program's stack.
func walkGroup(types connectionTypes) asm.Instructions {
	program := slices.Concat(asm.Instructions{
		asm.Mov.Reg(asm.R6, asm.R2).WithSymbol("group"),
		asm.Mov.Imm(asm.R0, 0),
		asm.StoreMem(asm.RFP, groupUnstableAt, asm.R0, asm.DWord),
		asm.LoadMem(asm.R7, asm.R6, walkFirstAt, asm.DWord),
		asm.Add.Reg(asm.R7, asm.R1),
		asm.LSh.Imm(asm.R7, 3), // bucketGroup
		asm.LoadMem(asm.R1, asm.R6, walkMaskAt, asm.DWord),
		asm.JGT.Reg(asm.R7, asm.R1, "stop"),
		asm.StoreMem(asm.RFP, groupNumberAt, asm.R7, asm.DWord),
		asm.LSh.Imm(asm.R7, 3), // struct inet_ehash_bucket is a pointer
		asm.LoadMem(asm.R3, asm.R6, walkTableAt, asm.DWord),
		asm.Add.Reg(asm.R3, asm.R7),
		asm.StoreMem(asm.RFP, groupTableAt, asm.R3, asm.DWord),
	}, probe(groupHeadsAt, 8*bucketGroup, "unstable"))
	return slices.Concat(program, asm.Instructions{
		asm.StoreMem(asm.RFP, groupStackAt, asm.R6, asm.DWord),
		asm.Mov.Imm(asm.R1, bucketGroup),
	}, loop("bucket", asm.RFP), asm.Instructions{
		asm.LoadMem(asm.R1, asm.RFP, groupUnstableAt, asm.DWord),
		asm.JNE.Imm(asm.R1, 0, "unstable"),
		asm.Mov.Imm(asm.R0, 0),
		asm.Return(),
		asm.Mov.Imm(asm.R1, 0).WithSymbol("unstable"),
		asm.StoreMem(asm.R6, walkRecordAt+walkedFamilyAt, asm.R1, asm.Half), // walkedUnstable
		asm.LoadMem(asm.R1, asm.R6, walkSeqAt, asm.DWord),
		asm.Mov.Reg(asm.R2, asm.R6),
	}, writeWalked(walkRecordAt), asm.Instructions{
		asm.Mov.Imm(asm.R0, 1).WithSymbol("stop"),
		asm.Return(),
	}, walkBucket(), walkConnection(types))
}

// walkBucket is what is called for each bucket of a group, with its number and the group's stack.
func walkBucket() asm.Instructions {
	const mostInBucket = 1 << 16
	return slices.Concat(asm.Instructions{
		asm.Mov.Reg(asm.R9, asm.R2).WithSymbol("bucket"),
		asm.Mov.Reg(asm.R8, asm.R1),
		asm.And.Imm(asm.R8, bucketGroup-1),
		asm.LSh.Imm(asm.R8, 3),
		asm.Mov.Reg(asm.R1, asm.R9),
		asm.Add.Reg(asm.R1, asm.R8),
		asm.LoadMem(asm.R7, asm.R1, groupHeadsAt, asm.DWord),
		asm.JSet.Imm(asm.R7, 1, "next bucket"), // it is empty
		asm.LoadMem(asm.R6, asm.R9, groupStackAt, asm.DWord),
		asm.StoreMem(asm.R6, walkNodeAt, asm.R7, asm.DWord),
		asm.Mov.Imm(asm.R1, mostInBucket),
	}, loop("connection", asm.R6), asm.Instructions{
		asm.LoadMem(asm.R3, asm.R9, groupTableAt, asm.DWord),
		asm.Add.Reg(asm.R3, asm.R8),
		// The end of a list is twice the number of its bucket, and one.
		asm.RSh.Imm(asm.R8, 3),
		asm.LoadMem(asm.R1, asm.R9, groupNumberAt, asm.DWord),
		asm.Add.Reg(asm.R1, asm.R8),
		asm.LSh.Imm(asm.R1, 1),
		asm.Or.Imm(asm.R1, 1),
		asm.LoadMem(asm.R2, asm.R6, walkNodeAt, asm.DWord),
		asm.JNE.Reg(asm.R1, asm.R2, "unstable bucket"),
	}, probe(bucketAgainAt, 8, "unstable bucket"), asm.Instructions{
		asm.LoadMem(asm.R1, asm.RFP, bucketAgainAt, asm.DWord),
		asm.JNE.Reg(asm.R1, asm.R7, "unstable bucket"),
		asm.Mov.Imm(asm.R0, 0).WithSymbol("next bucket"),
		asm.Return(),
		asm.Mov.Imm(asm.R0, 1).WithSymbol("unstable bucket"),
		asm.StoreMem(asm.R9, groupUnstableAt, asm.R0, asm.DWord),
		asm.Return(),
	})
}

// walkConnection is what is called for each connection of a bucket. It stops at the end of the
// list, and where a connection cannot be read.
func walkConnection(types connectionTypes) asm.Instructions {
	common := connectionRecordAt - types.size
	program := slices.Concat(asm.Instructions{
		asm.Mov.Reg(asm.R6, asm.R2).WithSymbol("connection"),
		asm.LoadMem(asm.R3, asm.R6, walkNodeAt, asm.DWord),
		asm.Sub.Imm(asm.R3, int32(types.next)),
	}, probe(common, int32(types.size), "list end"), asm.Instructions{
		asm.LoadMem(asm.R7, asm.RFP, common+types.next, asm.DWord),
		asm.StoreMem(asm.R6, walkNodeAt, asm.R7, asm.DWord),
		asm.LoadMem(asm.R3, asm.RFP, common+types.net, asm.DWord),
		asm.LoadMem(asm.R2, asm.R6, walkOwnAt, asm.DWord),
		asm.JEq.Reg(asm.R3, asm.R2, "own"),
		asm.Add.Imm(asm.R3, int32(types.netInode)),
	}, noRecord(connectionRecordAt), probe(connectionRecordAt+walkedZoneAt, 4, "list end"))
	for _, of := range []struct {
		to, from int16
		size     asm.Size
	}{
		{walkedFamilyAt, types.family, asm.Half}, {walkedDeviceAt, types.device, asm.Word},
		{walkedLocalPortAt, types.localPort, asm.Half}, {walkedRemotePortAt, types.remotePort, asm.Half},
		{walkedLocalAt, types.local, asm.Word}, {walkedRemoteAt, types.remote, asm.Word},
		{walkedLocal6At, types.local6, asm.DWord}, {walkedLocal6At + 8, types.local6 + 8, asm.DWord},
		{walkedRemote6At, types.remote6, asm.DWord}, {walkedRemote6At + 8, types.remote6 + 8, asm.DWord},
	} {
		program = append(program,
			asm.LoadMem(asm.R1, asm.RFP, common+of.from, of.size),
			asm.StoreMem(asm.RFP, connectionRecordAt+of.to, asm.R1, of.size))
	}
	return slices.Concat(program, asm.Instructions{
		asm.LoadMem(asm.R1, asm.R6, walkSeqAt, asm.DWord),
		asm.Mov.Reg(asm.R2, asm.RFP),
	}, writeWalked(connectionRecordAt), asm.Instructions{
		asm.JSet.Imm(asm.R7, 1, "list end").WithSymbol("own"),
		asm.Mov.Imm(asm.R0, 0),
		asm.Return(),
		asm.Mov.Imm(asm.R0, 1).WithSymbol("list end"),
		asm.Return(),
	})
}

// loop calls a function as often as R1 says, or until it returns 1.
func loop(function string, with asm.Register) asm.Instructions {
	return asm.Instructions{
		asm.Instruction{OpCode: asm.LoadImmOp(asm.DWord), Dst: asm.R2, Src: asm.PseudoFunc, Constant: -1}.WithReference(function),
		asm.Mov.Reg(asm.R3, with),
		asm.Mov.Imm(asm.R4, 0),
		asm.FnLoop.Call(),
	}
}

// probe reads memory of the kernel at R3 to the stack, or goes on elsewhere.
func probe(to int16, size int32, otherwise string) asm.Instructions {
	return asm.Instructions{
		asm.Mov.Reg(asm.R1, asm.RFP),
		asm.Add.Imm(asm.R1, int32(to)),
		asm.Mov.Imm(asm.R2, size),
		asm.FnProbeReadKernel.Call(),
		asm.JNE.Imm(asm.R0, 0, otherwise),
	}
}

// noRecord makes a record zeros. It leaves R3 alone.
func noRecord(record int16) asm.Instructions {
	program := asm.Instructions{asm.Mov.Imm(asm.R1, 0)}
	for at := int16(0); at < walkedSize; at += 8 {
		program = append(program, asm.StoreMem(asm.RFP, record+at, asm.R1, asm.DWord))
	}
	return program
}

// writeWalked writes a record on the stack in R2 to what is in R1.
func writeWalked(record int32) asm.Instructions {
	return asm.Instructions{
		asm.Add.Imm(asm.R2, record),
		asm.Mov.Imm(asm.R3, walkedSize),
		asm.FnSeqWrite.Call(), // if there is no room the kernel comes again with this task
	}
}

// walkKernel runs the program, which looks at some groups of buckets in each call, until it has been at
// all of them.
func walkKernel(groups int, c *connections) error {
	b, unmap, err := kernelTypes()
	if err != nil {
		return err
	}
	types, err := findConnectionTypes(b)
	unmap()
	if err != nil {
		return err
	}
	call := bpf.Syscall(bpf.Kernel)
	todo, err := call.NewMap(bpf.Map{Type: unix.BPF_MAP_TYPE_ARRAY, Key: 4, Value: 16, Entries: 1})
	if err != nil {
		return err
	}
	defer unix.Close(todo)
	link, err := call.LinkIterator(walkConnections(types, todo), types.function)
	if err != nil {
		return err
	}
	defer unix.Close(link)
	value := make([]byte, 16)
	for buf := make([]byte, diagBuffer); !c.whole(); {
		binary.NativeEndian.PutUint64(value, uint64(c.next))
		binary.NativeEndian.PutUint64(value[8:], uint64(groups))
		if err := call.SetFirst(todo, value); err != nil {
			return err
		}
		before := c.next
		if err := c.readFrom(call, link, buf); err != nil {
			return err
		}
		if c.next <= before {
			return errors.New("BPF iterator over tasks gave none")
		}
	}
	return nil
}

// readFrom takes what one iteration writes.
func (c *connections) readFrom(call bpf.Syscall, link int, buf []byte) error {
	iterator, err := call.NewIterator(link)
	if err != nil {
		return err
	}
	defer unix.Close(iterator)
	for {
		n, err := unix.Read(iterator, buf)
		switch {
		case err == unix.EAGAIN, err == unix.EINTR:
		case err != nil:
			return fmt.Errorf("read BPF iterator: %w", err)
		case n == 0:
			return nil
		default:
			if err := c.add(buf[:n]); err != nil {
				return err
			}
		}
	}
}

// kernelTypes reads the BTF of the running kernel, CONFIG_DEBUG_INFO_BTF. It is valid until it is
// unmapped.
func kernelTypes() (b *bpf.Types, unmap func(), err error) {
	f, err := os.Open("/sys/kernel/btf/vmlinux")
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	about, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	unmap = func() {}
	image, err := unix.Mmap(int(f.Fd()), 0, int(about.Size()), unix.PROT_READ, unix.MAP_PRIVATE)
	if err == nil { // since Linux 6.16
		unmap = func() { unix.Munmap(image) }
	} else if image, err = os.ReadFile(f.Name()); err != nil {
		return nil, nil, err
	}
	if b, err = bpf.ParseTypes(image); err != nil {
		unmap()
	}
	return b, unmap, err
}
