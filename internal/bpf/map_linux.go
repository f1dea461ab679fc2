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
func (c Syscall) NewSocketStorage(size int) (int, error) {
	// The kernel wants to know the types: an integer, and an array of so many.
	btf, err := c.loadTypes([]uint32{
		1, 1 << 24, 4, 32, // BTF_KIND_INT, 4 bytes, 32 bits
		0, 3 << 24, 0, 1, 1, uint32(size), // BTF_KIND_ARRAY: of, indexed by
	}, "\x00int\x00")
	if err != nil {
		return -1, err
	}
	defer unix.Close(btf)
	return c.newMap(mapCreate{Map: Map{Type: unix.BPF_MAP_TYPE_SK_STORAGE, Key: 4, Value: uint32(4 * size), Flags: unix.BPF_F_NO_PREALLOC},
		btf: uint32(btf), keyType: 1, valueType: 2})
}

// loadTypes gives types and their names to the kernel: struct btf_header and what it tells of.
func (c Syscall) loadTypes(types []uint32, names string) (btf int, err error) {
	size := uint32(4 * len(types))
	image := append(words(0, 24, 0, size, size, uint32(len(names))), words(types...)...)
	binary.NativeEndian.PutUint16(image, 0xEB9F)
	image[2] = 1 // version
	image = append(image, names...)
	var pinned pinner
	defer pinned.unpin()
	btf, err = bpfCall(c, unix.BPF_BTF_LOAD, &struct {
		image, log uint64
		size       uint32
		_          [3]uint32
	}{image: pinned.pin(image), size: uint32(len(image))})
	if err != nil {
		return -1, fmt.Errorf("load types of BPF program or map: %w", err)
	}
	return btf, nil
}

// words returns numbers of 32 bits in the byte order of the machine.
func words(numbers ...uint32) (b []byte) {
	for _, n := range numbers {
		b = binary.NativeEndian.AppendUint32(b, n)
	}
	return b
}

// SetFirst sets the value of the first element of an array.
func (c Syscall) SetFirst(m int, value []byte) error {
	var pinned pinner
	defer pinned.unpin()
	_, err := bpfCall(c, unix.BPF_MAP_UPDATE_ELEM, &struct {
		fd, _             uint32
		key, value, flags uint64
	}{fd: uint32(m), key: pinned.pin(words(0)), value: pinned.pin(value)})
	if err != nil {
		return fmt.Errorf("set value of BPF map: %w", err)
	}
	return nil
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
