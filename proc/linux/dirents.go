package linux

import (
	"bytes"
	"encoding/binary"
	"math"
)

// nextDirent splits off the first entry of a getdents64(2) buffer, struct linux_dirent64:
// inode and offset (8 bytes each), length of the entry (2), type (1), name up to a NUL,
// padding. The name, which is returned with what follows it, is nil at the end.
func nextDirent(b []byte) (name, rest []byte) {
	const lengthAt, nameAt = 16, 19
	if len(b) <= nameAt {
		return nil, nil
	}
	length := int(binary.NativeEndian.Uint16(b[lengthAt:]))
	if length <= nameAt || length > len(b) {
		return nil, nil
	}
	return b[nameAt:length], b[length:]
}

// appendDirents appends the numbers among the names in a getdents64(2) buffer.
func appendDirents(dst []int32, b []byte) []int32 {
	for {
		name, rest := nextDirent(b)
		if name == nil {
			return dst
		}
		if n, ok := number(name); ok {
			dst = append(dst, n)
		}
		b = rest
	}
}

// appendNames appends the names in a getdents64(2) buffer but . and .., which every
// directory has.
func appendNames(dst []string, b []byte) []string {
	for {
		name, rest := nextDirent(b)
		if name == nil {
			return dst
		}
		name, _, _ = bytes.Cut(name, []byte{0})
		if s := string(name); s != "." && s != ".." {
			dst = append(dst, s)
		}
		b = rest
	}
}

// number reads a decimal number that ends with a NUL.
func number(b []byte) (int32, bool) {
	var n int64
	for i, c := range b {
		switch {
		case c == 0:
			return int32(n), i > 0
		case c < '0' || c > '9':
			return 0, false
		}
		if n = n*10 + int64(c-'0'); n > math.MaxInt32 {
			return 0, false
		}
	}
	return 0, false
}

// linkInode returns N of a link target such as "socket:[N]" with the prefix "socket:[".
func linkInode(target []byte, prefix string) (uint64, bool) {
	end := len(target) - 1
	if end <= len(prefix) || string(target[:len(prefix)]) != prefix || target[end] != ']' {
		return 0, false
	}
	var n uint64
	for _, c := range target[len(prefix):end] {
		if c < '0' || c > '9' || n > (math.MaxUint64-9)/10 {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}
