// Package mib2 has the rows of the kernel's socket tables, the tcpConnTable and udpTable of
// RFC 4022 and RFC 4113 with what each kernel adds to them, and Unix sockets.
//
// To read sockets, take the [Tables] of the system: linux.Tables or illumos.Tables, which
// read the live machine, illumos.Reply, which reads a file, or [Rows], which are in memory.
// [ReadAll] reads tables to their end; [Tables.Open] returns a [Reader] that appends the
// sockets that a [Filter] lets through, a batch at a time. What protocols there are, and
// what holds of each, says the table behind [Protocols].
//
// To read another system's tables, write a package beside linux and illumos: decoders that
// turn kernel bytes into rows, without a build tag and tested everywhere, and small files of
// system calls that end in the name of the system. This package makes no system call, and
// knows neither processes nor SQL.
package mib2

import (
	"errors"
	"fmt"
)

// ErrUnsupported is the error of Open for a system whose sockets cannot be read.
var ErrUnsupported = errors.New("live sockets are not supported on this system")

// ErrNoProtocol is the error of Open for a protocol of whose sockets the system does not tell.
var ErrNoProtocol = errors.New("the system does not tell of sockets of this protocol")

// name returns the name of an enumerated value, or its number where it has none.
func name[E ~uint8](names []string, v E) string {
	if int(v) < len(names) && names[v] != "" {
		return names[v]
	}
	return fmt.Sprintf("unknown(%d)", uint8(v))
}
