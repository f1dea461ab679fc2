package illumos

import (
	"syscall"
	"unsafe"
)

// libc's zone calls, which neither package syscall nor package unix offers. A function is
// called by sysvicall6 at the address in a variable that is linked to a symbol of its own,
// which has to begin with "libc_".
//
//go:cgo_import_dynamic libc_sockstat_getzoneid getzoneid "libc.so"
//go:cgo_import_dynamic libc_sockstat_zone_list zone_list "libc.so"
//go:cgo_import_dynamic libc_sockstat_zone_getattr zone_getattr "libc.so"
//go:cgo_import_dynamic libc_sockstat_getzonenamebyid getzonenamebyid "libc.so"

//go:linkname libc_sockstat_getzoneid libc_sockstat_getzoneid
//go:linkname libc_sockstat_zone_list libc_sockstat_zone_list
//go:linkname libc_sockstat_zone_getattr libc_sockstat_zone_getattr
//go:linkname libc_sockstat_getzonenamebyid libc_sockstat_getzonenamebyid

var libc_sockstat_getzoneid, libc_sockstat_zone_list, libc_sockstat_zone_getattr,
	libc_sockstat_getzonenamebyid uintptr

//go:linkname sysvicall6 syscall.sysvicall6
func sysvicall6(function, nargs, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err syscall.Errno)

// getzoneid returns the zone of the caller.
func getzoneid() int32 {
	r, _, _ := sysvicall6(uintptr(unsafe.Pointer(&libc_sockstat_getzoneid)), 0, 0, 0, 0, 0, 0, 0)
	return int32(r)
}

// zoneList returns the zones that the caller can see.
func zoneList() ([]int32, error) {
	ids := make([]int32, 64)
	for {
		count := uint32(len(ids))
		r, _, errno := sysvicall6(uintptr(unsafe.Pointer(&libc_sockstat_zone_list)), 2,
			uintptr(unsafe.Pointer(&ids[0])), uintptr(unsafe.Pointer(&count)), 0, 0, 0, 0)
		switch {
		case int32(r) == -1:
			return nil, errno
		case int(count) <= len(ids):
			return ids[:count], nil
		}
		ids = make([]int32, count+16) // more may come up meanwhile
	}
}

// zoneName returns the name of a zone. The length that libc returns counts the NUL.
func zoneName(id int32) (string, error) {
	var buf [64]byte // ZONENAME_MAX
	r, _, errno := sysvicall6(uintptr(unsafe.Pointer(&libc_sockstat_getzonenamebyid)), 3,
		uintptr(id), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), 0, 0, 0)
	if int64(r) < 0 {
		return "", errno
	}
	return cString(buf[:]), nil
}

// Attributes of zones that are texts, sys/zone.h.
const (
	zoneRoot  = 1
	zoneBrand = 11
)

// zoneAttribute returns an attribute that is a text, "" if it is not to be had.
func zoneAttribute(id int32, attribute uintptr) string {
	var buf [1024]byte // MAXPATHLEN
	r, _, _ := sysvicall6(uintptr(unsafe.Pointer(&libc_sockstat_zone_getattr)), 4,
		uintptr(id), attribute, uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), 0, 0)
	if int64(r) < 0 {
		return ""
	}
	return cString(buf[:])
}
