package illumos

import (
	"bytes"
	"encoding/binary"
)

// kstatHeader is a kstat_t of illumos, sys/kstat.h: the name of some numbers or records of
// the kernel, and how to get at them. Its pointers are the kernel's, so it stays bytes.
type kstatHeader [184]byte

func (k *kstatHeader) id() uint32       { return binary.LittleEndian.Uint32(k[16:]) }
func (k *kstatHeader) records() int     { return int(binary.LittleEndian.Uint32(k[128:])) }
func (k *kstatHeader) dataSize() uint64 { return binary.LittleEndian.Uint64(k[136:]) }

// is reports whether the kstat is the named one.
func (k *kstatHeader) is(module string, instance uint32, name string) bool {
	return cText(k[20:51]) == module && binary.LittleEndian.Uint32(k[52:]) == instance && cText(k[56:87]) == name
}

// cText returns what comes before the first NUL.
func cText(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return string(b)
}

// findKstat returns the id of a kstat in the directory of all, which is the data of that
// with the id 0.
func findKstat(directory []byte, module string, instance uint32, name string) (id uint32, ok bool) {
	for ; len(directory) >= len(kstatHeader{}); directory = directory[len(kstatHeader{}):] {
		if k := (*kstatHeader)(directory); k.is(module, instance, name) {
			return k.id(), true
		}
	}
	return 0, false
}
