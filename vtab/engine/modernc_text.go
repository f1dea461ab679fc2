//go:build !(sqlite_ncruces || illumos || race)

package engine

import "unsafe"

// What SQLite is to do with text it is given (SQLITE_STATIC, SQLITE_TRANSIENT).
const (
	keepPointer = uintptr(0)
	transient   = ^uintptr(0) // copy
)

// textPointers is not needed where SQLite may read Go's memory.
type textPointers struct{}

func (textPointers) memory() uintptr { return 0 }

// pointer returns a C pointer to the bytes of s, valid as long as s is kept alive: Go does
// not move values on its heap.
func (*moderncConn) pointer(s string) uintptr {
	if s == "" {
		return uintptr(unsafe.Pointer(&empty)) // a null pointer would be NULL
	}
	return uintptr(unsafe.Pointer(unsafe.StringData(s)))
}

var empty byte
