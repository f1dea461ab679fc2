package saved

import (
	"strconv"
	"unsafe"

	"sockstat/vtab/table"
)

// bytesOf returns the bytes of a string, not to be written to.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// isJoined reports whether a text may be made of two values.
func isJoined(address, port table.Value) bool {
	return address.Kind() == table.KindText && port.Kind() == table.KindInteger
}

// equalJoined reports whether a text is an address and port with a colon between them.
func equalJoined(text, address string, port int64) bool {
	if len(text) <= len(address) || text[:len(address)] != address || text[len(address)] != ':' {
		return false
	}
	var digits [20]byte
	return text[len(address)+1:] == string(strconv.AppendInt(digits[:0], port, 10))
}

// joined returns the text of an address and port.
func joined(address string, port int64) string { return address + ":" + strconv.FormatInt(port, 10) }
