//go:build race && !(sqlite_ncruces || illumos)

package engine

import (
	"unsafe"

	"modernc.org/libc"
)

// With the race detector, SQLite may not read Go's memory: it computes with pointers as C
// does, which the checks that come with the detector take for an error.
const (
	keepPointer = transient
	transient   = ^uintptr(0) // SQLITE_TRANSIENT: copy
)

// textPointers is C memory that holds one text at a time.
type textPointers struct {
	p    uintptr
	size int
}

func (t *textPointers) memory() uintptr { return t.p }

// pointer returns a C pointer to a copy of s, valid until the next call.
func (c *moderncConn) pointer(s string) uintptr {
	t := &c.texts
	if len(s) > t.size || t.p == 0 {
		libc.Xfree(c.tls, t.p)
		t.size = max(256, 2*len(s))
		t.p = libc.Xmalloc(c.tls, libc.Tsize_t(t.size))
	}
	copy(unsafe.Slice(at[byte](t.p), t.size), s)
	return t.p
}
