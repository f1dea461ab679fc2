// Package bpf has what BPF programs are made with besides the assembler of a library: the
// types of the running kernel, read by few passes over its BTF, and the system call bpf(2).
package bpf
