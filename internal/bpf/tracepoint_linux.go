package bpf

import (
	"encoding/binary"
	"fmt"

	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"
)

// OpenTracepoint loads a program, attaches it to the tracepoint that a type of
// [Types.Tracepoint] stands for, and returns the program and the link. The program runs until
// the link is closed. The arguments of the program are those of the tracepoint, each in 8
// bytes. It needs neither tracefs nor kprobes, but CAP_BPF and CAP_PERFMON (Linux 5.8).
func (c Syscall) OpenTracepoint(program asm.Instructions, tracepoint uint32) (prog, link int, err error) {
	prog, err = c.load(program, unix.BPF_TRACE_RAW_TP, tracepoint)
	if err != nil {
		return -1, -1, err
	}
	link, err = bpfCall(c, unix.BPF_RAW_TRACEPOINT_OPEN, &struct {
		name       uint64 // none: the program was loaded for one
		program, _ uint32
	}{program: uint32(prog)})
	if err != nil {
		unix.Close(prog)
		return -1, -1, fmt.Errorf("attach BPF program: %w", err)
	}
	return prog, link, nil
}

// Missed returns how often the kernel did not run a program because it was running on that
// processor already: an interrupt came in between. It is 0 where the kernel does not count
// that (before Linux 5.12).
func (c Syscall) Missed(prog int) uint64 {
	const missesAt = 208 // recursion_misses in struct bpf_prog_info
	var info [224]byte
	var pinned pinner
	defer pinned.unpin()
	_, err := bpfCall(c, unix.BPF_OBJ_GET_INFO_BY_FD, &struct {
		fd, size uint32
		info     uint64
	}{uint32(prog), uint32(len(info)), pinned.pin(info[:])})
	if err != nil {
		return 0
	}
	return binary.NativeEndian.Uint64(info[missesAt:])
}
