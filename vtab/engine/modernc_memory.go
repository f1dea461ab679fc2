//go:build !(sqlite_ncruces || illumos)

package engine

import (
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Memory that SQLite translated to Go and Go itself both look at.

const word = unsafe.Sizeof(uintptr(0))

// at returns C memory as a Go value.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// view returns C memory as a string, which is valid as long as the memory is.
func view(p uintptr, n int32) string { return unsafe.String(at[byte](p), n) }

// pointerTo returns a C function pointer to a declared Go function. It relies on the
// representation of function values, https://golang.org/s/go11func, as the translated
// SQLite itself does.
func pointerTo[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

// keep returns a pointer to v for C memory and keeps v alive until the connection ends.
func (c *moderncConn) keep(v any) uintptr {
	c.alive[v] = struct{}{}
	return (*[2]uintptr)(unsafe.Pointer(&v))[1]
}

// cString copies s into C memory, to be freed by the caller.
func (c *moderncConn) cString(s string) uintptr {
	p := libc.Xmalloc(c.tls, libc.Tsize_t(len(s)+1))
	copy(unsafe.Slice(at[byte](p), len(s)+1), s+"\x00")
	return p
}

// sqliteString copies s into memory that SQLite frees.
func sqliteString(tls *libc.TLS, s string) uintptr {
	p := sqlite3.Xsqlite3_malloc(tls, int32(len(s)+1))
	if p != 0 {
		copy(unsafe.Slice(at[byte](p), len(s)+1), s+"\x00")
	}
	return p
}
