package linux

import "strconv"

// ttyName names the terminal with the device number in /proc/<pid>/stat as ps(1)
// does, after the kernel's Documentation/admin-guide/devices.txt; it is "major:minor"
// for others and empty for none.
func ttyName(device uint32) string {
	if device == 0 {
		return ""
	}
	// new_encode_dev of include/linux/kdev_t.h: the minor surrounds the major.
	major := device >> 8 & 0xfff
	minor := device&0xff | device>>12&0xfff00
	number := func(prefix string, n uint32) string {
		return prefix + strconv.FormatUint(uint64(n), 10)
	}
	switch {
	case major >= 136 && major <= 143: // 256 to a major before there were long minors
		return number("pts/", minor+(major-136)<<8)
	case major == 4 && minor < 64:
		return number("tty", minor)
	case major == 4:
		return number("ttyS", minor-64)
	case major == 5 && minor == 1:
		return "console"
	case major == 166:
		return number("ttyACM", minor)
	case major == 188:
		return number("ttyUSB", minor)
	case major == 229:
		return number("hvc", minor)
	}
	return number(number("", major)+":", minor)
}
