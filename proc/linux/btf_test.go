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
	file := b.add(btfStruct, "file", 1, 40, b.name("f_inode"), pointer, 8*32)
	pid := b.add(btfTypedef, "pid_t", 0, b.add(btfTypedef, "__kernel_pid_t", 0, integer))
	task := b.add(btfStruct, "task_struct", 2, 3000, b.name("pid"), pid, 8*1264, b.name("tgid"), pid, tgidAt)
	toTask, toFile := b.add(btfPointer, "", 0, task), b.add(btfPointer, "", 0, file)
	proto := b.add(btfFuncProto, "", 4, integer, b.name("meta"), pointer, b.name("task"), toTask,
		b.name("fd"), integer, b.name("file"), toFile)
	b.add(btfFunc, function, 0, proto)
	return b.bytes()
}

const taskFile = "bpf_iter_task_file"

func TestTaskFileTypes(t *testing.T) {
	got, err := findTaskFileTypes(likeLinux(8, 8*1268, taskFile))
	if want := (taskFileTypes{19, 32, 64, 1268}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestOtherTaskFileTypes(t *testing.T) {
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
		got, err := findTaskFileTypes(image)
		if err == nil || !strings.Contains(err.Error(), want) || got != (taskFileTypes{}) {
			t.Errorf("got %+v, %v, want an error with %q", got, err, want)
		}
	}
	image := likeLinux(8, 8*1268, taskFile)
	for n := range image {
		if _, err := findTaskFileTypes(image[:n]); err == nil {
			t.Errorf("the first %d bytes: no error", n)
		}
	}
}
