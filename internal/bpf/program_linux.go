package bpf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"
)

// Syscall is bpf(2), which returns a descriptor: the attributes are a part of union bpf_attr
// of the given size. An error is a plain [unix.Errno].
//
// What the library that assembles programs could do for us is done here because it reads the
// kernel's whole BTF, 30 ms, before it makes the first call.
type Syscall func(command int, attributes unsafe.Pointer, size uintptr) (fd int, err error)

// Kernel is the call to the kernel itself.
func Kernel(command int, attributes unsafe.Pointer, size uintptr) (int, error) {
	fd, _, errno := unix.Syscall(unix.SYS_BPF, uintptr(command), uintptr(attributes), size)
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}

// OpenIterator loads a program, attaches it to the iterator that a function stands for, and
// returns a descriptor to read from, which keeps all it needs: there is nothing else to close.
func (c Syscall) OpenIterator(program asm.Instructions, function uint32) (fd int, err error) {
	link, err := c.LinkIterator(program, function)
	if err != nil {
		return -1, err
	}
	defer unix.Close(link)
	return c.NewIterator(link)
}

// LinkIterator loads a program and attaches it to the iterator that a function stands for. Each
// [Syscall.NewIterator] of the link then begins anew.
func (c Syscall) LinkIterator(program asm.Instructions, function uint32) (link int, err error) {
	prog, err := c.load(program, unix.BPF_TRACE_ITER, function)
	if err != nil {
		return -1, err
	}
	defer unix.Close(prog)
	link, err = bpfCall(c, unix.BPF_LINK_CREATE, &struct {
		program, target, attachType, flags uint32
	}{program: uint32(prog), attachType: unix.BPF_TRACE_ITER})
	if err != nil {
		return -1, fmt.Errorf("attach BPF iterator: %w", err)
	}
	return link, nil
}

// NewIterator returns a descriptor to read from what a program writes.
func (c Syscall) NewIterator(link int) (fd int, err error) {
	fd, err = bpfCall(c, unix.BPF_ITER_CREATE, &struct{ link, flags uint32 }{link: uint32(link)})
	if err != nil {
		return -1, fmt.Errorf("open BPF iterator: %w", err)
	}
	return fd, nil
}

// load loads a program that is attached to something that BTF describes. It asks for no log
// of the verifier: it would be read by nobody. What the program calls back is behind a symbol
// that it refers to as a function (Linux 5.17, bpf_loop).
func (c Syscall) load(program asm.Instructions, attachType, attachBTF uint32) (int, error) {
	var code bytes.Buffer
	if err := program.Marshal(&code, machineOrder()); err != nil {
		return -1, fmt.Errorf("load BPF program: %w", err)
	}
	license := []byte("Dual BSD/GPL\x00")
	attr := progLoad{
		programType: unix.BPF_PROG_TYPE_TRACING,
		count:       uint32(code.Len() / asm.InstructionSize),
		attachType:  attachType,
		attachBTF:   attachBTF,
	}
	copy(attr.name[:], "sockstat")
	var pinned pinner
	defer pinned.unpin()
	attr.instructions, attr.license = pinned.pin(code.Bytes()), pinned.pin(license)
	if called := callbacks(program); len(called) > 0 {
		btf, err := c.functionTypes()
		if err != nil {
			return -1, err
		}
		defer unix.Close(btf)
		info := words(0, typeOfMain)
		for _, at := range called {
			info = append(info, words(at, typeOfCallback)...)
		}
		attr.types, attr.functionSize, attr.functions = uint32(btf), functionSize, uint32(1+len(called))
		attr.functionInfo = pinned.pin(info)
	}
	fd, err := bpfCall(c, unix.BPF_PROG_LOAD, &attr)
	if err != nil {
		return -1, fmt.Errorf("load BPF program: %w", err)
	}
	return fd, nil
}

// callbacks returns where the functions begin that a program has called back, in their order.
func callbacks(program asm.Instructions) (at []uint32) {
	names := map[string]bool{}
	for _, i := range program {
		if i.IsLoadOfFunctionPointer() {
			names[i.Reference()] = true
		}
	}
	for iterate := program.Iterate(); iterate.Next(); {
		if names[iterate.Ins.Symbol()] {
			at = append(at, uint32(iterate.Offset))
		}
	}
	return at
}

// Numbers of the types that functionTypes describes, and the size of struct bpf_func_info.
const (
	typeOfMain     = 3
	typeOfCallback = 4
	functionSize   = 8
)

// functionTypes loads the types of a program and of what it calls back, without which the kernel
// takes none that calls back. That they return an integer is all that it looks at.
func (c Syscall) functionTypes() (btf int, err error) {
	return c.loadTypes([]uint32{
		1, 1 << 24, 4, 1<<24 | 32, // BTF_KIND_INT, 4 bytes, 32 bits, signed
		0, 13 << 24, 1, // BTF_KIND_FUNC_PROTO: returns it
		5, 12 << 24, 2, // BTF_KIND_FUNC, static
		10, 12 << 24, 2,
	}, "\x00int\x00main\x00callback\x00")
}

// machineOrder is binary.NativeEndian under the name that package asm knows it by.
func machineOrder() binary.ByteOrder {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

// progLoad is the part of union bpf_attr for BPF_PROG_LOAD up to the last member used.
type progLoad struct {
	programType, count    uint32
	instructions, license uint64
	_                     [4]uint32 // log
	_, _                  uint32    // version of the kernel, flags
	name                  [16]byte
	_, attachType         uint32 // before it the network interface
	types, functionSize   uint32 // descriptor of BTF
	functionInfo          uint64
	functions             uint32
	_                     [4]uint32 // lines
	attachBTF             uint32
}

// pinner keeps bytes where they are, whose addresses the kernel gets as numbers.
type pinner struct{ runtime.Pinner }

func (p *pinner) pin(b []byte) uint64 {
	p.Pin(&b[0])
	return uint64(uintptr(unsafe.Pointer(&b[0])))
}

func (p *pinner) unpin() { p.Unpin() }

// bpfCall makes the system call and returns the new descriptor.
func bpfCall[attributes any](c Syscall, command int, attr *attributes) (int, error) {
	const attempts = 10
	for i := 1; ; i++ {
		fd, err := c(command, unsafe.Pointer(attr), unsafe.Sizeof(*attr))
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN && i < attempts: // a signal interrupted the verifier
		default:
			return fd, err
		}
	}
}
