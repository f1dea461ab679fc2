package bpf

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Map says what a map of a BPF program is to be: include/uapi/linux/bpf.h.
type Map struct {
	Type       uint32 // BPF_MAP_TYPE_*
	Key, Value uint32 // sizes in bytes
	Entries    uint32
	Flags      uint32 // BPF_F_*
}

// NewMap makes a map and returns its descriptor.
func (c Syscall) NewMap(m Map) (int, error) { return c.newMap(mapCreate{Map: m}) }

// mapCreate is the part of union bpf_attr for BPF_MAP_CREATE.
type mapCreate struct {
	Map
	_                     [2]uint32 // another map within, node of memory
	name                  [16]byte
	_                     uint32 // network interface
	btf                   uint32 // descriptor of the types
	keyType, valueType, _ uint32
}

func (c Syscall) newMap(attr mapCreate) (int, error) {
	copy(attr.name[:], "sockstat")
	fd, err := bpfCall(c, unix.BPF_MAP_CREATE, &attr)
	if err != nil {
		return -1, fmt.Errorf("make BPF map: %w", err)
	}
	return fd, nil
}

// NewSocketStorage makes a map of values that the kernel keeps with sockets, and gives up with
// them (Linux 5.2). Their size is in words of 4 bytes.
func (c Syscall) NewSocketStorage(words int) (int, error) {
	// The kernel wants to know the types: an integer, and an array of so many.
	types := []uint32{
		0, 1 << 24, 4, 32, // BTF_KIND_INT, 4 bytes, 32 bits
		0, 3 << 24, 0, 1, 1, uint32(words), // BTF_KIND_ARRAY: of, indexed by
	}
	types[0] = 1 // its name
	names := []byte("\x00int\x00")
	header := []uint32{0, 24, 0, uint32(4 * len(types)), uint32(4 * len(types)), uint32(len(names))}
	var image []byte
	for _, word := range append(header, types...) {
		image = binary.NativeEndian.AppendUint32(image, word)
	}
	binary.NativeEndian.PutUint16(image, 0xEB9F)
	image[2] = 1 // version
	image = append(image, names...)
	var pinned pinner
	defer pinned.unpin()
	btf, err := bpfCall(c, unix.BPF_BTF_LOAD, &struct {
		image, log uint64
		size       uint32
		_          [3]uint32
	}{image: pinned.pin(image), size: uint32(len(image))})
	if err != nil {
		return -1, fmt.Errorf("load types of BPF map: %w", err)
	}
	defer unix.Close(btf)
	return c.newMap(mapCreate{Map: Map{Type: unix.BPF_MAP_TYPE_SK_STORAGE, Key: 4, Value: uint32(4 * words), Flags: unix.BPF_F_NO_PREALLOC},
		btf: uint32(btf), keyType: 1, valueType: 2})
}

// Counter is a number that a program counts up and that is read here.
type Counter struct {
	FD     int // of a map with one value of 64 bits
	memory []byte
}

// NewCounter makes a counter (Linux 5.5).
func (c Syscall) NewCounter() (*Counter, error) {
	fd, err := c.NewMap(Map{Type: unix.BPF_MAP_TYPE_ARRAY, Key: 4, Value: 8, Entries: 1, Flags: unix.BPF_F_MMAPABLE})
	if err != nil {
		return nil, err
	}
	memory, err := unix.Mmap(fd, 0, unix.Getpagesize(), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("map memory of BPF map: %w", err)
	}
	return &Counter{fd, memory}, nil
}

// Value returns the number.
func (c *Counter) Value() uint64 { return load64(c.memory, 0) }

// Close gives the counter back.
func (c *Counter) Close() error {
	if c.memory != nil {
		unix.Munmap(c.memory)
		unix.Close(c.FD)
	}
	c.memory = nil
	return nil
}

// word64 returns a pointer to 64 bits of shared memory, which are aligned.
func word64(b []byte, at int) *uint64 { return (*uint64)(unsafe.Pointer(&b[at])) }
