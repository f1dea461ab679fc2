package illumos

import (
	"context"
	"net"
	"net/netip"
	"strings"

	"sockstat/mib2"
)

// Network tells of interfaces and their addresses what the Go library does, by the ioctls of
// if_tcp(4P). The rest is mib2.ErrNotTold.
type Network struct{}

var _ mib2.Network = Network{}

// Interfaces lists the interfaces. What they count is not known.
func (Network) Interfaces(ctx context.Context) ([]mib2.Interface, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	list, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	rows := make([]mib2.Interface, 0, len(list))
	for _, i := range list {
		row := mib2.Interface{Index: uint32(i.Index), Name: i.Name, MTU: uint32(i.MTU), MAC: i.HardwareAddr.String()}
		if i.Flags != 0 {
			row.Flags = strings.ToUpper(strings.ReplaceAll(i.Flags.String(), "|", ","))
		}
		if i.Flags&net.FlagLoopback != 0 {
			row.Type = "loopback"
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// Addresses lists the addresses of interfaces.
func (Network) Addresses(ctx context.Context) ([]mib2.Address, error) {
	list, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var rows []mib2.Address
	for _, i := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		addresses, err := i.Addrs()
		if err != nil {
			return nil, err
		}
		for _, a := range addresses {
			network, ok := a.(*net.IPNet)
			if !ok {
				continue
			}
			address, _ := netip.AddrFromSlice(network.IP)
			bits, _ := network.Mask.Size()
			if prefix := netip.PrefixFrom(address.Unmap(), bits); prefix.IsValid() {
				rows = append(rows, mib2.Address{Interface: uint32(i.Index), Prefix: prefix, Valid: mib2.Forever, Preferred: mib2.Forever})
			}
		}
	}
	return rows, nil
}

// Routes is not read.
func (Network) Routes(context.Context) ([]mib2.Route, error) { return nil, mib2.ErrNotTold }

// Counters is not read.
func (Network) Counters(context.Context) ([]mib2.Counter, error) { return nil, mib2.ErrNotTold }

// Settings is not read.
func (Network) Settings(context.Context, func(string) bool) ([]mib2.Setting, error) {
	return nil, mib2.ErrNotTold
}
