// Package linux reads processes, the sockets they hold, users and network namespaces of a
// Linux machine.
//
// What proc(5), BTF and BPF programs write is decoded by code without a build tag, which is
// tested on every system. The files that end in _linux.go make the system calls, by [Calls],
// so that a test can make each of them fail.
//
// There are two ways to find the holders of sockets, with the same answer. The links in
// /proc/<pid>/fd are read, or, on a machine with many open files that allows it, a BPF
// program looks at them in the kernel. [proc.SocketHolders] says which was taken. For sockets
// that nobody is found to hold, [Proc.HoldersOf] looks more closely.
package linux
