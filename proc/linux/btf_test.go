package linux

import (
	"strings"
	"testing"

	"sockstat/internal/bpf"
	"sockstat/internal/bpf/bpftest"
)

// likeLinux describes the types of the iterator as a kernel does. Its parts may be
// replaced: the size of i_ino, the offset of tgid in bits, the function's name.
func likeLinux(inodeSize, tgidAt uint32, function string) []byte {
	var b bpftest.Image
	integer := b.Add(bpftest.Int, "int", 0, 4, 32)
	long := b.Add(bpftest.Int, "unsigned long", 0, inodeSize, 8*inodeSize)
	b.Add(bpftest.Array, "", 0, 0, integer, integer, 8)
	b.Add(bpftest.Enum, "color", 2, 4, b.Name("red"), 0, b.Name("blue"), 1)                                   // enum
	b.Add(bpftest.Struct, "file", 1, 8, b.Name("f_inode"), long, 0)                                           // another of the same name
	b.Add(bpftest.Func, function+"x", 0, 7)                                                                   // almost the same name
	b.Add(bpftest.FuncProto, "", 1, integer, b.Name("a"), integer)                                            // and its parameters
	b.Add(bpftest.Datasec, ".data", 1, 8, long, 0, 8)                                                         // section
	inode := b.Add(bpftest.Struct, "inode", 2, 80, b.Name("i_mode"), integer, 0, b.Name("i_ino"), long, 8*64) // i_ino at 64
	pointer := b.Add(bpftest.Pointer, "", 0, b.Add(bpftest.Const, "", 0, inode))
	names := b.Add(bpftest.Struct, "qstr", 2, 16, 0, long, 0, b.Name("name"), pointer, 8*8)
	named := b.Add(bpftest.Union, "", 1, 16, b.Name("d_name"), names, 0)
	dentry := b.Add(bpftest.Struct, "dentry", 2, 40, b.Name("d_flags"), integer, 0, 0, named, 8*16)
	path := b.Add(bpftest.Struct, "path", 2, 16, b.Name("mnt"), pointer, 0, b.Name("dentry"), b.Add(bpftest.Pointer, "", 0, dentry), 8*8)
	file := b.Add(bpftest.Struct, "file", 2, 60, b.Name("f_inode"), pointer, 8*32, b.Name("f_path"), path, 8*40)
	pid := b.Add(bpftest.Typedef, "pid_t", 0, b.Add(bpftest.Typedef, "__kernel_pid_t", 0, integer))
	fields := b.Add(bpftest.Struct, "", 1, 8, b.Name("files"), pointer, 0) // as with a randomized layout
	task := b.Add(bpftest.Struct, "task_struct", 4, 3000, b.Name("pid"), pid, 8*1264, b.Name("tgid"), pid, tgidAt,
		b.Name("group_leader"), pointer, 8*1280, 0, fields, 8*1288)
	toTask, toFile := b.Add(bpftest.Pointer, "", 0, task), b.Add(bpftest.Pointer, "", 0, file)
	proto := b.Add(bpftest.FuncProto, "", 4, integer, b.Name("meta"), pointer, b.Name("task"), toTask,
		b.Name("fd"), integer, b.Name("file"), toFile)
	b.Add(bpftest.Func, function, 0, proto)
	socket := b.Add(bpftest.Struct, "socket", 1, 128, b.Name("file"), pointer, 8*16)
	b.Add(bpftest.Struct, "socket_alloc", 2, 600, b.Name("socket"), socket, 0, b.Name("vfs_inode"), inode, 8*128)
	common := b.Add(bpftest.Struct, "sock_common", 1, 136, b.Name("skc_state"), b.Add(bpftest.Int, "unsigned char", 0, 1, 8), 8*18)
	b.Add(bpftest.Struct, "sock", 2, 700, b.Name("__sk_common"), common, 0, b.Name("sk_socket"), b.Add(bpftest.Pointer, "", 0, socket), 8*400)
	return b.Bytes()
}

const taskFile = "bpf_iter_task_file"

// typesIn finds all types that are looked for in an image.
func typesIn(image []byte) (taskFileTypes, socketTypes, error) {
	b, err := bpf.ParseTypes(image)
	if err != nil {
		return taskFileTypes{}, socketTypes{}, err
	}
	tasks, err := findTaskFileTypes(b, true, false)
	if err != nil {
		return tasks, socketTypes{}, err
	}
	sockets, err := findSocketTypes(b)
	return tasks, sockets, err
}

func TestTypes(t *testing.T) {
	got, sockets, err := typesIn(likeLinux(8, 8*1268, taskFile))
	if err != nil || got.ring == nil || *got.ring != (ringTypes{48, 24}) || sockets != (socketTypes{400, 18, 16, 192}) {
		t.Fatalf("got %+v with %+v, %+v, %v", got, got.ring, sockets, err)
	}
	if want := (taskFileTypes{got.function, 32, 64, 1268, 1264, 1280, 1288, got.ring, nil}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestOtherTypes(t *testing.T) {
	var unknown bpftest.Image
	unknown.Add(31, "new", 0, 0)
	var loop bpftest.Image
	self := loop.Add(bpftest.Typedef, "loop", 0, 1)
	proto := loop.Add(bpftest.FuncProto, "", 4, 0, 0, self, 0, self, 0, self, 0, self)
	loop.Add(bpftest.Func, taskFile, 0, proto)
	for want, image := range map[string][]byte{
		"i_ino with another type":         likeLinux(4, 8*1268, taskFile),
		"tgid with another type":          likeLinux(8, 8*40000, taskFile),
		"no function bpf_iter_task_file":  likeLinux(8, 8*1268, "bpf_iter_task"),
		"type 1 is of unknown kind 31":    unknown.Bytes(),
		"no structure with a member tgid": loop.Bytes(),
		"unknown format":                  make([]byte, 30),
		"ends early":                      nil,
	} {
		got, _, err := typesIn(image)
		if err == nil || !strings.Contains(err.Error(), want) || got != (taskFileTypes{}) {
			t.Errorf("got %+v, %v, want an error with %q", got, err, want)
		}
	}
	image := likeLinux(8, 8*1268, taskFile)
	for n := range image {
		if _, _, err := typesIn(image[:n]); err == nil {
			t.Errorf("the first %d bytes: no error", n)
		}
	}
}
