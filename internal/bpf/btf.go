package bpf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// This file reads what is needed of BTF, the kernel's description of its own types:
// Documentation/bpf/btf.rst, include/uapi/linux/btf.h. A library that indexes the
// more than 100,000 types of a kernel by name takes 30 ms for it, and again when it
// loads a program; one pass that only notes where each begins takes 1.5.

// Types is a BTF image: the types of a kernel, numbered from 1.
type Types struct {
	raw     []byte   // section of types
	strings []byte   // section of names, each with a NUL behind it
	at      []uint32 // where in raw a type begins; at[0] is not used
}

// btfType is struct btf_type with what follows it.
type btfType struct {
	kind btfKind
	name uint32 // offset in the section of names
	vlen int    // number of members or parameters
	arg  uint32 // size, or the type that this one refers to
	data []byte
}

type btfKind uint8

// Kinds that are looked at, BTF_KIND_*.
const (
	btfInt       btfKind = 1
	btfPointer   btfKind = 2
	btfStruct    btfKind = 4
	btfUnion     btfKind = 5
	btfTypedef   btfKind = 8
	btfVolatile  btfKind = 9
	btfConst     btfKind = 10
	btfRestrict  btfKind = 11
	btfFunc      btfKind = 12
	btfFuncProto btfKind = 13
	btfTypeTag   btfKind = 18
)

// btfSizes says by kind how many bytes follow a type: some, and some for each of vlen.
var btfSizes = [...]btfSize{
	btfInt: {4, 0}, btfPointer: {}, 3: {12, 0}, // array
	btfStruct: {0, 12}, btfUnion: {0, 12}, 6: {0, 8}, 7: {}, // enum, forward
	btfTypedef: {}, btfVolatile: {}, btfConst: {}, btfRestrict: {}, btfFunc: {},
	btfFuncProto: {0, 8}, 14: {4, 0}, 15: {0, 12}, 16: {}, // variable, section, float
	17: {4, 0}, btfTypeTag: {}, 19: {0, 12}, // tag of a declaration, 64-bit enum
}

type btfSize struct{ fixed, each uint32 }

// of returns the size of a type with what follows it.
func (s btfSize) of(info uint32) int {
	return int(btfTypeSize + s.fixed + s.each*(info&0xFFFF))
}

const (
	btfTypeSize   = 12 // of struct btf_type
	btfMemberSize = 12 // of struct btf_member: name, type, offset in bits
)

var errBTFShort = errors.New("BTF ends early")

// ParseTypes finds the sections of an image, struct btf_header, and its types. It keeps the
// image.
func ParseTypes(image []byte) (*Types, error) {
	const magic, headerSize = 0xEB9F, 24
	if len(image) < headerSize {
		return nil, errBTFShort
	}
	if m := binary.NativeEndian.Uint16(image); m != magic || image[2] != 1 {
		return nil, fmt.Errorf("BTF of unknown format %#x, version %d", m, image[2])
	}
	var sections [2][]byte
	for i := range sections {
		start := uint64(word(image, 4)) + uint64(word(image, 8+8*i))
		end := start + uint64(word(image, 12+8*i))
		if end > uint64(len(image)) {
			return nil, errBTFShort
		}
		sections[i] = image[start:end]
	}
	b := &Types{raw: sections[0], strings: sections[1]}
	return b, b.index()
}

// index notes where each type begins.
func (b *Types) index() error {
	index := append(make([]uint32, 0, 1+len(b.raw)/20), 0) // a type takes 25 bytes on average
	for rest := b.raw; len(rest) > 0; {
		if len(rest) < btfTypeSize {
			return errBTFShort
		}
		info := word(rest, 4)
		kind := kindOf(info)
		if kind == 0 || int(kind) >= len(btfSizes) {
			return fmt.Errorf("BTF type %d is of unknown kind %d", len(index), kind)
		}
		index = append(index, uint32(len(b.raw)-len(rest)))
		size := btfSizes[kind].of(info)
		if size > len(rest) {
			return errBTFShort
		}
		rest = rest[size:]
	}
	b.at = index
	return nil
}

// get returns a type; kind is 0 if there is none with that number.
func (b *Types) get(id uint32) btfType {
	if id == 0 || uint64(id) >= uint64(len(b.at)) {
		return btfType{}
	}
	raw := b.raw[b.at[id]:]
	info := word(raw, 4)
	t := btfType{
		kind: kindOf(info),
		name: word(raw, 0),
		vlen: int(info & 0xFFFF),
		arg:  word(raw, 8),
	}
	t.data = raw[btfTypeSize:btfSizes[t.kind].of(info)]
	return t
}

// isNamed reports whether the name at an offset is the given one.
func (b *Types) isNamed(at uint32, name string) bool {
	if uint64(at) >= uint64(len(b.strings)) {
		return false
	}
	s := b.strings[at:]
	return len(s) > len(name) && s[len(name)] == 0 && string(s[:len(name)]) == name
}

// Function returns the number of the function with the given name.
func (b *Types) Function(name string) (uint32, error) {
	for id := 1; id < len(b.at); id++ {
		header := b.raw[b.at[id]:]
		if kindOf(word(header, 4)) == btfFunc && b.isNamed(word(header, 0), name) {
			return uint32(id), nil
		}
	}
	return 0, fmt.Errorf("BTF has no function %s", name)
}

// Parameters returns the types of the parameters of a function.
func (b *Types) Parameters(function uint32) []uint32 {
	return b.get(b.get(function).arg).parameters()
}

func (t btfType) parameters() []uint32 {
	if t.kind != btfFuncProto {
		return nil
	}
	types := make([]uint32, t.vlen)
	for i := range types {
		types[i] = word(t.data, 8*i+4) // struct btf_param: name, type
	}
	return types
}

// Tracepoint returns the type that stands for a tracepoint, and the types of its arguments.
// The kernel declares it so, with a first parameter that is not an argument:
//
//	typedef void (*btf_trace_NAME)(void *, arguments...);
func (b *Types) Tracepoint(name string) (id uint32, arguments []uint32, err error) {
	for id := 1; id < len(b.at); id++ {
		header := b.raw[b.at[id]:]
		if kindOf(word(header, 4)) != btfTypedef || !b.isNamed(word(header, 0), "btf_trace_"+name) {
			continue
		}
		proto := b.get(b.get(b.get(uint32(id)).arg).arg)
		if parameters := proto.parameters(); len(parameters) > 0 {
			return uint32(id), parameters[1:], nil
		}
	}
	return 0, nil, fmt.Errorf("BTF has no tracepoint %s", name)
}

// plain follows names and qualifiers to the type that they stand for.
func (b *Types) plain(id uint32) btfType {
	const longest = 32 // a chain in a valid image never comes near
	for range longest {
		t := b.get(id)
		switch t.kind {
		case btfTypedef, btfVolatile, btfConst, btfRestrict, btfTypeTag:
			id = t.arg
		default:
			return t
		}
	}
	return btfType{}
}

// Structure returns the number of the structure with the given name.
func (b *Types) Structure(name string) (uint32, error) {
	for id := 1; id < len(b.at); id++ {
		header := b.raw[b.at[id]:]
		if kindOf(word(header, 4)) == btfStruct && b.isNamed(word(header, 0), name) {
			return uint32(id), nil
		}
	}
	return 0, fmt.Errorf("BTF has no structure %s", name)
}

// What a member has to be: an integer of so many bytes, or one of these.
const (
	APointer = 0
	AStruct  = math.MaxUint32
)

// MemberAt finds a member of a structure, or of the one that a pointer points to: an integer
// of the given size, a pointer or a structure. It returns its type and its offset.
func (b *Types) MemberAt(in uint32, name string, size uint32) (id uint32, offset int16, err error) {
	t := b.plain(in)
	if t.kind == btfPointer {
		t = b.plain(t.arg)
	}
	if t.kind != btfStruct {
		return 0, 0, fmt.Errorf("BTF has no structure with a member %s where it belongs", name)
	}
	const deepest = 2 // unnamed members within unnamed ones
	id, bits, ok := b.find(t, name, deepest)
	if !ok {
		return 0, 0, fmt.Errorf("BTF has no member %s where it belongs", name)
	}
	of := b.plain(id)
	isWanted := false
	switch size {
	case APointer:
		isWanted = of.kind == btfPointer
	case AStruct:
		isWanted = of.kind == btfStruct
	default:
		isWanted = of.kind == btfInt && of.arg == size
	}
	if !isWanted || bits%8 != 0 || bits/8 > math.MaxInt16 {
		return 0, 0, fmt.Errorf("BTF has member %s with another type", name)
	}
	return id, int16(bits / 8), nil
}

// find finds a member of a structure or union, or of one that is an unnamed member of it, and
// returns its type and its offset in bits. The length of a bit field makes that too large.
func (b *Types) find(t btfType, name string, deepest int) (id uint32, bits uint64, ok bool) {
	for m := t.data; len(m) > 0; m = m[btfMemberSize:] {
		id, bits = word(m, 4), uint64(word(m, 8))
		if b.isNamed(word(m, 0), name) {
			return id, bits, true
		}
		if deepest == 0 || !b.isNamed(word(m, 0), "") {
			continue
		}
		if within := b.plain(id); within.kind == btfStruct || within.kind == btfUnion {
			if id, more, ok := b.find(within, name, deepest-1); ok {
				return id, bits + more, true
			}
		}
	}
	return 0, 0, false
}

// Offset follows names of members, each within the structure before it, to one that is an
// integer of the given size or a pointer, and returns its offset in the first structure.
func (b *Types) Offset(in uint32, size uint32, names ...string) (int16, error) {
	sum := 0
	for i, name := range names {
		want := uint32(AStruct)
		if i == len(names)-1 {
			want = size
		}
		id, offset, err := b.MemberAt(in, name, want)
		if err != nil {
			return 0, err
		}
		in, sum = id, sum+int(offset)
	}
	if sum > math.MaxInt16 {
		return 0, fmt.Errorf("BTF has member %s too far away", names[len(names)-1])
	}
	return int16(sum), nil
}

func kindOf(info uint32) btfKind { return btfKind(info >> 24 & 0x1F) }

func word(b []byte, at int) uint32 { return binary.NativeEndian.Uint32(b[at:]) }
