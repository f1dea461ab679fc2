package linux

import (
	"encoding/binary"
	"strings"
	"testing"
)

// btfImage writes an image of BTF.
type btfImage struct {
	types, strings []byte
	count          uint32
}

func (b *btfImage) name(s string) uint32 {
	if len(b.strings) == 0 {
		b.strings = []byte{0}
	}
	if s == "" {
		return 0
	}
	b.strings = append(append(b.strings, s...), 0)
	return uint32(len(b.strings) - len(s) - 1)
}

// add writes a type with the words that follow it, and returns its number.
func (b *btfImage) add(kind btfKind, name string, vlen int, arg uint32, words ...uint32) uint32 {
	words = append([]uint32{b.name(name), uint32(kind)<<24 | uint32(vlen), arg}, words...)
	for _, w := range words {
		b.types = binary.NativeEndian.AppendUint32(b.types, w)
	}
	b.count++
	return b.count
}

func (b *btfImage) bytes() []byte {
	image := binary.NativeEndian.AppendUint16(nil, 0xEB9F)
	image = append(image, 1, 0) // version, flags
	for _, w := range []int{24, 0, len(b.types), len(b.types), len(b.strings)} {
		image = binary.NativeEndian.AppendUint32(image, uint32(w))
	}
	return append(append(image, b.types...), b.strings...)
}

// likeLinux describes the types of the iterator as a kernel does. Its parts may be
// replaced: the size of i_ino, the offset of tgid in bits, the function's name.
func likeLinux(inodeSize, tgidAt uint32, function string) []byte {
	var b btfImage
	integer := b.add(btfInt, "int", 0, 4, 32)
	long := b.add(btfInt, "unsigned long", 0, inodeSize, 8*inodeSize)
	b.add(3, "", 0, 0, integer, integer, 8)                                                              // array
	b.add(6, "color", 2, 4, b.name("red"), 0, b.name("blue"), 1)                                         // enum
	b.add(btfStruct, "file", 1, 8, b.name("f_inode"), long, 0)                                           // another of the same name
	b.add(btfFunc, function+"x", 0, 7)                                                                   // almost the same name
	b.add(btfFuncProto, "", 1, integer, b.name("a"), integer)                                            // and its parameters
	b.add(15, ".data", 1, 8, long, 0, 8)                                                                 // section
	inode := b.add(btfStruct, "inode", 2, 80, b.name("i_mode"), integer, 0, b.name("i_ino"), long, 8*64) // i_ino at 64
	pointer := b.add(btfPointer, "", 0, b.add(btfConst, "", 0, inode))
	names := b.add(btfStruct, "qstr", 2, 16, 0, long, 0, b.name("name"), pointer, 8*8)
	named := b.add(btfUnion, "", 1, 16, b.name("d_name"), names, 0)
	dentry := b.add(btfStruct, "dentry", 2, 40, b.name("d_flags"), integer, 0, 0, named, 8*16)
	path := b.add(btfStruct, "path", 2, 16, b.name("mnt"), pointer, 0, b.name("dentry"), b.add(btfPointer, "", 0, dentry), 8*8)
	file := b.add(btfStruct, "file", 2, 60, b.name("f_inode"), pointer, 8*32, b.name("f_path"), path, 8*40)
	pid := b.add(btfTypedef, "pid_t", 0, b.add(btfTypedef, "__kernel_pid_t", 0, integer))
	fields := b.add(btfStruct, "", 1, 8, b.name("files"), pointer, 0) // as with a randomized layout
	task := b.add(btfStruct, "task_struct", 4, 3000, b.name("pid"), pid, 8*1264, b.name("tgid"), pid, tgidAt,
		b.name("group_leader"), pointer, 8*1280, 0, fields, 8*1288)
	toTask, toFile := b.add(btfPointer, "", 0, task), b.add(btfPointer, "", 0, file)
	proto := b.add(btfFuncProto, "", 4, integer, b.name("meta"), pointer, b.name("task"), toTask,
		b.name("fd"), integer, b.name("file"), toFile)
	b.add(btfFunc, function, 0, proto)
	socket := b.add(btfStruct, "socket", 1, 128, b.name("file"), pointer, 8*16)
	b.add(btfStruct, "socket_alloc", 2, 600, b.name("socket"), socket, 0, b.name("vfs_inode"), inode, 8*128)
	b.add(btfStruct, "sock", 1, 700, b.name("sk_socket"), b.add(btfPointer, "", 0, socket), 8*400)
	return b.bytes()
}

const taskFile = "bpf_iter_task_file"

// typesIn finds all types that are looked for in an image.
func typesIn(image []byte) (taskFileTypes, socketTypes, error) {
	b, err := parseBTF(image)
	if err != nil {
		return taskFileTypes{}, socketTypes{}, err
	}
	tasks, err := findTaskFileTypes(b, true)
	if err != nil {
		return tasks, socketTypes{}, err
	}
	sockets, err := findSocketTypes(b)
	return tasks, sockets, err
}

func TestTypes(t *testing.T) {
	got, sockets, err := typesIn(likeLinux(8, 8*1268, taskFile))
	if err != nil || got.ring == nil || *got.ring != (ringTypes{48, 24}) || sockets != (socketTypes{400, 16, 192}) {
		t.Fatalf("got %+v with %+v, %+v, %v", got, got.ring, sockets, err)
	}
	if want := (taskFileTypes{got.function, 32, 64, 1268, 1264, 1280, 1288, got.ring}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestOtherTypes(t *testing.T) {
	var unknown btfImage
	unknown.add(31, "new", 0, 0)
	var loop btfImage
	self := loop.add(btfTypedef, "loop", 0, 1)
	proto := loop.add(btfFuncProto, "", 4, 0, 0, self, 0, self, 0, self, 0, self)
	loop.add(btfFunc, taskFile, 0, proto)
	for want, image := range map[string][]byte{
		"i_ino with another type":         likeLinux(4, 8*1268, taskFile),
		"tgid with another type":          likeLinux(8, 8*40000, taskFile),
		"no function bpf_iter_task_file":  likeLinux(8, 8*1268, "bpf_iter_task"),
		"type 1 is of unknown kind 31":    unknown.bytes(),
		"no structure with a member tgid": loop.bytes(),
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
