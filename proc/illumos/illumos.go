// Package illumos reads processes, the sockets they hold, users and zones of an illumos
// machine.
//
// What proc(5) writes is decoded by code without a build tag, which is tested on every
// system. The files that end in _illumos.go make the system calls. Nothing that is read
// stops a process.
package illumos
