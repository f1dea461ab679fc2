package linux

import (
	"fmt"

	"sockstat/internal/bpf"
)

// taskFileTypes is what a BPF program that looks at the files of tasks needs to know
// of the running kernel.
type taskFileTypes struct {
	function uint32 // that the program is attached to

	fileInode   int16 // offset of f_inode in struct file
	inodeNumber int16 // of i_ino in struct inode, 64 bits
	taskTGID    int16 // of tgid in struct task_struct, 32 bits
	taskPID     int16 // of pid, 32 bits
	taskLeader  int16 // of group_leader, the first thread
	taskFiles   int16 // of files, the table of descriptors

	ring *ringTypes // nil if not asked for
	zone *zoneTypes // nil if not asked for
}

// zoneTypes is what it takes besides to tell the namespace of a socket, and files that stand
// for namespaces.
type zoneTypes struct {
	socketSock int16 // offset of sk in struct socket
	sockNet    int16 // of __sk_common.skc_net.net in struct sock
	netInode   int16 // of ns.inum in struct net, 32 bits
	sockPort   int16 // of __sk_common.skc_num in struct sock, 16 bits
	sockState  int16 // of __sk_common.skc_state, 8 bits
	sockFamily int16 // of __sk_common.skc_family, 16 bits
	sockType   int16 // of sk_type, 16 bits
	inodeSuper int16 // of i_sb in struct inode
	superMagic int16 // of s_magic in struct super_block, 64 bits
}

// ringTypes is what it takes besides to tell a file of io_uring by its name.
type ringTypes struct {
	fileDentry int16 // offset of f_path.dentry in struct file
	dentryName int16 // of d_name.name in struct dentry
}

// findTaskFileTypes looks into the kernel's BTF. It starts from the function that
// stands for the iterator, kernel/bpf/task_iter.c,
//
//	int bpf_iter_task_file(struct bpf_iter_meta *meta, struct task_struct *task,
//	                       u32 fd, struct file *file)
//
// and so comes to the very types with which the verifier checks the program, not to
// others of the same name.
func findTaskFileTypes(b *bpf.Types, rings, zones bool) (types taskFileTypes, err error) {
	const name = "bpf_iter_task_file"
	if types.function, err = b.Function(name); err != nil {
		return taskFileTypes{}, err
	}
	parameters := b.Parameters(types.function)
	if len(parameters) != 4 {
		return taskFileTypes{}, fmt.Errorf("BTF has %s with other parameters", name)
	}
	task, file := parameters[1], parameters[3]
	for _, of := range []struct {
		name string
		size uint32
		to   *int16
	}{{"tgid", 4, &types.taskTGID}, {"pid", 4, &types.taskPID},
		{"group_leader", bpf.APointer, &types.taskLeader}, {"files", bpf.APointer, &types.taskFiles}} {
		if _, *of.to, err = b.MemberAt(task, of.name, of.size); err != nil {
			return taskFileTypes{}, err
		}
	}
	var inode uint32
	if inode, types.fileInode, err = b.MemberAt(file, "f_inode", bpf.APointer); err != nil {
		return taskFileTypes{}, err
	}
	if _, types.inodeNumber, err = b.MemberAt(inode, "i_ino", 8); err != nil {
		return taskFileTypes{}, err
	}
	if zones {
		if types.zone, err = findZoneTypes(b, inode); err != nil {
			return taskFileTypes{}, err
		}
	}
	if rings {
		if types.ring, err = findRingTypes(b, file); err != nil {
			return taskFileTypes{}, err
		}
	}
	return types, nil
}

// findZoneTypes finds what it takes to tell network namespaces; inode is the type of one.
func findZoneTypes(b *bpf.Types, inode uint32) (*zoneTypes, error) {
	var types zoneTypes
	socket, err := b.Structure("socket")
	if err != nil {
		return nil, err
	}
	sock, super := uint32(0), uint32(0)
	if sock, types.socketSock, err = b.MemberAt(socket, "sk", bpf.APointer); err != nil {
		return nil, err
	}
	common, commonAt, err := b.MemberAt(sock, "__sk_common", bpf.AStruct)
	if err != nil {
		return nil, err
	}
	possible, possibleAt, err := b.MemberAt(common, "skc_net", bpf.AStruct)
	if err != nil {
		return nil, err
	}
	net, netAt, err := b.MemberAt(possible, "net", bpf.APointer) // CONFIG_NET_NS
	if err != nil {
		return nil, err
	}
	types.sockNet = commonAt + possibleAt + netAt
	for _, of := range []struct {
		name string
		size uint32
		to   *int16
	}{{"skc_num", 2, &types.sockPort}, {"skc_state", 1, &types.sockState}, {"skc_family", 2, &types.sockFamily}} {
		if *of.to, err = b.Offset(sock, of.size, "__sk_common", of.name); err != nil {
			return nil, err
		}
	}
	if _, types.sockType, err = b.MemberAt(sock, "sk_type", 2); err != nil {
		return nil, err
	}
	if types.netInode, err = b.Offset(net, 4, "ns", "inum"); err != nil {
		return nil, err
	}
	if super, types.inodeSuper, err = b.MemberAt(inode, "i_sb", bpf.APointer); err != nil {
		return nil, err
	}
	_, types.superMagic, err = b.MemberAt(super, "s_magic", 8)
	return &types, err
}

// findRingTypes finds what it takes to read the name of a file; file is its type.
func findRingTypes(b *bpf.Types, file uint32) (*ringTypes, error) {
	var types ringTypes
	path, at, err := b.MemberAt(file, "f_path", bpf.AStruct)
	if err != nil {
		return nil, err
	}
	dentry, within, err := b.MemberAt(path, "dentry", bpf.APointer)
	if err != nil {
		return nil, err
	}
	types.fileDentry = at + within
	types.dentryName, err = b.Offset(dentry, bpf.APointer, "d_name", "name")
	return &types, err
}

// socketTypes is what a BPF program that looks at the kernel's sockets needs to know.
type socketTypes struct {
	sockSocket  int16 // offset of sk_socket in struct sock
	sockState   int16 // of __sk_common.skc_state, 8 bits
	socketFile  int16 // of file in struct socket
	socketInode int16 // of i_ino of the inode that struct socket_alloc has behind the socket, 64 bits
}

// findSocketTypes looks into the kernel's BTF.
func findSocketTypes(b *bpf.Types) (types socketTypes, err error) {
	sock, err := b.Structure("sock")
	if err != nil {
		return socketTypes{}, err
	}
	if types.sockState, err = b.Offset(sock, 1, "__sk_common", "skc_state"); err != nil {
		return socketTypes{}, err
	}
	socket := uint32(0)
	if socket, types.sockSocket, err = b.MemberAt(sock, "sk_socket", bpf.APointer); err != nil {
		return socketTypes{}, err
	}
	if _, types.socketFile, err = b.MemberAt(socket, "file", bpf.APointer); err != nil {
		return socketTypes{}, err
	}
	with, err := b.Structure("socket_alloc")
	if err != nil {
		return socketTypes{}, err
	}
	if types.socketInode, err = b.Offset(with, 8, "vfs_inode", "i_ino"); err != nil {
		return socketTypes{}, err
	}
	return types, nil
}
