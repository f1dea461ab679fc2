package function

import (
	"encoding/hex"
	"net/netip"
	"strings"

	"sockstat/vtab/table"
)

// cidr reports whether an address lies in a network.
func cidr(args []table.Value) (table.Value, error) {
	network, ok := prefix(args[0])
	address, also := address(args[1])
	if !ok || !also {
		return table.Null(), nil
	}
	return table.Bool(network.Contains(address.WithZone(""))), nil
}

// network returns the network of an address, given how many bits of it are that of the network.
func network(args []table.Value) (table.Value, error) {
	a, ok := address(args[0])
	bits, number := args[1].Integer()
	if !ok || !number || bits < 0 || bits > int64(a.BitLen()) {
		return table.Null(), nil
	}
	p, err := a.WithZone("").Prefix(int(bits))
	if err != nil {
		return table.Null(), nil
	}
	return table.String(p.String()), nil
}

// ip returns a text that sorts addresses by their numbers, those of IPv4 first. An address
// with a zone comes after the one without.
func ip(args []table.Value) (table.Value, error) {
	a, ok := address(args[0])
	if !ok {
		return table.Null(), nil
	}
	version := "6:"
	if a.Is4() {
		version = "4:"
	}
	key := version + hex.EncodeToString(a.AsSlice())
	if a.Zone() != "" {
		key += "%" + a.Zone()
	}
	return table.String(key), nil
}

// address parses an address. One of IPv4 in IPv6 counts as that of IPv4.
func address(v table.Value) (netip.Addr, bool) {
	if v.Kind() != table.KindText {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(v.Bytes())
	return a.Unmap(), err == nil
}

// prefix parses a network. An address alone is the network of that address.
func prefix(v table.Value) (netip.Prefix, bool) {
	if v.Kind() != table.KindText {
		return netip.Prefix{}, false
	}
	if !strings.Contains(v.Bytes(), "/") {
		a, ok := address(v)
		return netip.PrefixFrom(a.WithZone(""), a.BitLen()), ok
	}
	p, err := netip.ParsePrefix(v.Bytes())
	if err != nil {
		return netip.Prefix{}, false
	}
	const mapped = 96 // bits before the address of IPv4
	if p.Addr().Is4In6() && p.Bits() >= mapped {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mapped)
	}
	return p, true
}
