package linux

import "fmt"

// taskFileTypes is what a BPF program that looks at the files of tasks needs to know
// of the running kernel.
type taskFileTypes struct {
	function uint32 // that the program is attached to

	fileInode   int16 // offset of f_inode in struct file
	inodeNumber int16 // of i_ino in struct inode, 64 bits
	taskTGID    int16 // of tgid in struct task_struct, 32 bits
}

// findTaskFileTypes looks into the kernel's BTF. It starts from the function that
// stands for the iterator, kernel/bpf/task_iter.c,
//
//	int bpf_iter_task_file(struct bpf_iter_meta *meta, struct task_struct *task,
//	                       u32 fd, struct file *file)
//
// and so comes to the very types with which the verifier checks the program, not to
// others of the same name.
func findTaskFileTypes(image []byte) (taskFileTypes, error) {
	b, err := parseBTF(image)
	if err != nil {
		return taskFileTypes{}, err
	}
	var types taskFileTypes
	const name = "bpf_iter_task_file"
	if types.function, err = b.function(name); err != nil {
		return taskFileTypes{}, err
	}
	proto := b.get(b.get(types.function).arg)
	if proto.kind != btfFuncProto || proto.vlen != 4 {
		return taskFileTypes{}, fmt.Errorf("BTF has %s with other parameters", name)
	}
	parameter := func(i int) uint32 { return word(proto.data, 8*i+4) } // struct btf_param: name, type
	if _, types.taskTGID, err = b.memberAt(parameter(1), "tgid", 4); err != nil {
		return taskFileTypes{}, err
	}
	var inode uint32
	if inode, types.fileInode, err = b.memberAt(parameter(3), "f_inode", 0); err != nil {
		return taskFileTypes{}, err
	}
	if _, types.inodeNumber, err = b.memberAt(inode, "i_ino", 8); err != nil {
		return taskFileTypes{}, err
	}
	return types, nil
}
