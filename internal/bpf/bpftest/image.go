// Package bpftest writes images of BTF for tests.
package bpftest

import "encoding/binary"

// Kinds of types, BTF_KIND_* of include/uapi/linux/btf.h.
const (
	Int       = 1
	Pointer   = 2
	Array     = 3
	Struct    = 4
	Union     = 5
	Enum      = 6
	Typedef   = 8
	Const     = 10
	Func      = 12
	FuncProto = 13
	Datasec   = 15
)

// Image is an image of BTF that is being written.
type Image struct {
	types, strings []byte
	count          uint32
}

// Name writes a name and returns where it stands.
func (b *Image) Name(s string) uint32 {
	if len(b.strings) == 0 {
		b.strings = []byte{0}
	}
	if s == "" {
		return 0
	}
	b.strings = append(append(b.strings, s...), 0)
	return uint32(len(b.strings) - len(s) - 1)
}

// Add writes a type with the words that follow it, and returns its number.
func (b *Image) Add(kind uint32, name string, vlen int, arg uint32, words ...uint32) uint32 {
	words = append([]uint32{b.Name(name), kind<<24 | uint32(vlen), arg}, words...)
	for _, w := range words {
		b.types = binary.NativeEndian.AppendUint32(b.types, w)
	}
	b.count++
	return b.count
}

// Bytes returns the image.
func (b *Image) Bytes() []byte {
	image := binary.NativeEndian.AppendUint16(nil, 0xEB9F)
	image = append(image, 1, 0) // version, flags
	for _, w := range []int{24, 0, len(b.types), len(b.types), len(b.strings)} {
		image = binary.NativeEndian.AppendUint32(image, uint32(w))
	}
	return append(append(image, b.types...), b.strings...)
}
