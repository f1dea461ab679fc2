package linux

import (
	"encoding/binary"
	"net/netip"

	"sockstat/mib2"
)

// Attributes of addresses, include/uapi/linux/if_addr.h.
const (
	ifaAddress   = 1
	ifaLocal     = 2
	ifaLabel     = 3
	ifaBroadcast = 4
	ifaCacheInfo = 6
	ifaFlags     = 8

	ifaPermanent = 0x80
)

// appendAddress decodes a struct ifaddrmsg and its attributes.
func appendAddress(dst []mib2.Address, b []byte) ([]mib2.Address, error) {
	if len(b) < ifaddrmsgLen {
		return dst, short("ifaddrmsg", len(b), ifaddrmsgLen)
	}
	family, bits, flags := b[0], int(b[1]), uint32(b[2])
	if family != linuxAFInet && family != linuxAFInet6 {
		return dst, nil
	}
	a := mib2.Address{Interface: binary.NativeEndian.Uint32(b[4:]), Valid: mib2.Forever, Preferred: mib2.Forever}
	var address, local netip.Addr
	for b = b[ifaddrmsgLen:]; len(b) > 0; {
		attr, data, rest, err := nextAttr(b)
		if err != nil {
			return dst, err
		}
		switch attr {
		case ifaAddress:
			address, _ = netip.AddrFromSlice(data)
		case ifaLocal:
			local, _ = netip.AddrFromSlice(data)
		case ifaLabel:
			a.Label = attrText(data)
		case ifaBroadcast:
			a.Broadcast, _ = netip.AddrFromSlice(data)
		case ifaCacheInfo: // struct ifa_cacheinfo
			if len(data) >= 8 {
				a.Preferred, a.Valid = attr32(data), attr32(data[4:])
			}
		case ifaFlags:
			flags = attr32(data)
		}
		b = rest
	}
	// IFA_ADDRESS is the other end of a point-to-point link, IFA_LOCAL this one.
	switch {
	case !local.IsValid():
		local = address
	case local != address:
		a.Peer = address
	}
	if a.Prefix = netip.PrefixFrom(local, bits); !a.Prefix.IsValid() {
		return dst, nil
	}
	a.Flags = addressFlagNames(family, flags)
	return append(dst, a), nil
}

// addressFlagNames returns IFA_F_* in the spelling of ip-address(8), where an address that is
// not permanent is dynamic, and one that is says nothing.
func addressFlagNames(family byte, flags uint32) string {
	names := [...]string{"secondary", "nodad", "optimistic", "dadfailed", "home", "deprecated", "tentative", "permanent", "mngtmpaddr",
		"noprefixroute", "autojoin", "stable-privacy"}
	if family == linuxAFInet6 {
		names[0] = "temporary"
	}
	text := flagNames(names[:], flags)
	switch {
	case flags&ifaPermanent != 0:
		return text
	case text == "":
		return "dynamic"
	}
	return "dynamic," + text
}
