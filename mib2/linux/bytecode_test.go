package linux

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"

	"sockstat/mib2"
)

// auditProgram checks a program by the rules of the kernel: every operation has its
// length as yes, all distances are forward and aligned, and lead to an operation, to
// the end or 4 bytes beyond it.
func auditProgram(p []byte) error {
	starts := map[int]bool{len(p): true}
	for at := 0; at < len(p); at += int(p[at+1]) {
		if len(p)-at < 4 {
			return fmt.Errorf("operation at %d is cut off", at)
		}
		starts[at] = true
		want := 8
		if p[at] == bcJump {
			want = 4
		}
		if int(p[at+1]) != want || at+want > len(p) {
			return fmt.Errorf("operation at %d has length %d, want %d", at, p[at+1], want)
		}
	}
	for at := 0; at < len(p); at += int(p[at+1]) {
		no := int(binary.NativeEndian.Uint16(p[at+2:]))
		switch {
		case p[at] < bcJump || p[at] > bcRemoteUpTo:
			return fmt.Errorf("code %d at %d", p[at], at)
		case no < int(p[at+1]) || no%4 != 0:
			return fmt.Errorf("no = %d at %d", no, at)
		case at+no != len(p)+4 && !starts[at+no]:
			return fmt.Errorf("no at %d leads to %d", at, at+no)
		}
	}
	return nil
}

// runProgram is the kernel's interpreter.
func runProgram(p []byte, local, remote uint16) bool {
	at := 0
	for at < len(p) {
		var port uint16
		if p[at] != bcJump {
			port = binary.NativeEndian.Uint16(p[at+6:])
		}
		yes := false
		switch p[at] {
		case bcLocalFrom:
			yes = local >= port
		case bcLocalUpTo:
			yes = local <= port
		case bcRemoteFrom:
			yes = remote >= port
		case bcRemoteUpTo:
			yes = remote <= port
		}
		if yes {
			at += int(p[at+1])
		} else {
			at += int(binary.NativeEndian.Uint16(p[at+2:]))
		}
	}
	return at == len(p)
}

// checkProgram compares a program with Match at the edges of all ranges.
func checkProgram(t *testing.T, f mib2.Filter) {
	t.Helper()
	p := portProgram(&f)
	if p == nil {
		return
	}
	if err := auditProgram(p); err != nil {
		t.Fatalf("%+v: %v\n% x", f, err, p)
	}
	if len(p) > maxProgram {
		t.Fatalf("%d bytes", len(p))
	}
	locals, remotes := edges(f.LocalPorts), edges(f.RemotePorts)
	for _, local := range locals {
		for _, remote := range remotes {
			s := mib2.Socket{Local: netip.AddrPortFrom(netip.IPv4Unspecified(), local),
				Remote: netip.AddrPortFrom(netip.IPv4Unspecified(), remote)}
			// An empty list is never asked of the kernel.
			if !f.Wants(mib2.TCP) {
				continue
			}
			if got, want := runProgram(p, local, remote), f.Match(&s); got != want {
				t.Fatalf("%+v: ports %d, %d: program %v, Match %v", f, local, remote, got, want)
			}
		}
	}
}

func edges(ranges []mib2.PortRange) []uint16 {
	list := []uint16{0, 1, 65534, 65535}
	for _, r := range ranges {
		list = append(list, r.Lo-1, r.Lo, r.Lo+1, r.Hi-1, r.Hi, r.Hi+1)
	}
	return list
}

var programFilters = []mib2.Filter{
	{},
	{LocalPorts: []mib2.PortRange{{Lo: 0, Hi: 65535}}},
	{LocalPorts: []mib2.PortRange{{Lo: 22, Hi: 22}}},
	{RemotePorts: []mib2.PortRange{{Lo: 0, Hi: 0}}},
	{RemotePorts: []mib2.PortRange{{Lo: 1, Hi: 65535}}},
	{LocalPorts: []mib2.PortRange{{Lo: 80, Hi: 90}, {Lo: 22, Hi: 22}, {Lo: 85, Hi: 443}, {Lo: 9, Hi: 3}}},
	{LocalPorts: []mib2.PortRange{{Lo: 0, Hi: 10}, {Lo: 60000, Hi: 65535}}, RemotePorts: []mib2.PortRange{{Lo: 0, Hi: 0}, {Lo: 100, Hi: 200}, {Lo: 300, Hi: 400}}},
	{LocalPorts: []mib2.PortRange{{Lo: 5, Hi: 5}}, RemotePorts: []mib2.PortRange{{Lo: 6, Hi: 6}}},
	{LocalPorts: []mib2.PortRange{{Lo: 0, Hi: 100}, {Lo: 101, Hi: 65535}}},
	{LocalPorts: []mib2.PortRange{}},
	{LocalPorts: []mib2.PortRange{{Lo: 2, Hi: 1}}},
}

func TestPortProgram(t *testing.T) {
	for _, f := range programFilters {
		checkProgram(t, f)
	}
	for i, none := range []bool{true, true, false, false, false, false, false, false, true, true, true} {
		if got := portProgram(&programFilters[i]) == nil; got != none {
			t.Errorf("%+v: no program: %v", programFilters[i], got)
		}
	}
}

func TestManyRanges(t *testing.T) {
	var f mib2.Filter
	longest := 0
	for port := uint16(10); port < 6000; port += 10 {
		f.LocalPorts = append(f.LocalPorts, mib2.PortRange{Lo: port, Hi: port + 3})
		if n := len(f.LocalPorts); n < 60 {
			checkProgram(t, f)
		}
		longest = max(longest, len(portProgram(&f)))
	}
	if portProgram(&f) != nil || longest < maxProgram/2 {
		t.Errorf("longest program %d bytes; %d ranges are pushed: %v", longest, len(f.LocalPorts), portProgram(&f) != nil)
	}
}

func FuzzPortProgram(f *testing.F) {
	for _, filter := range programFilters {
		f.Add(portBytes(filter.LocalPorts), portBytes(filter.RemotePorts))
	}
	f.Fuzz(func(t *testing.T, local, remote []byte) {
		checkProgram(t, mib2.Filter{LocalPorts: portRanges(local), RemotePorts: portRanges(remote)})
	})
}

func portBytes(ranges []mib2.PortRange) []byte {
	var b []byte
	for _, r := range ranges {
		b = binary.BigEndian.AppendUint16(b, r.Lo)
		b = binary.BigEndian.AppendUint16(b, r.Hi)
	}
	return b
}

func portRanges(b []byte) []mib2.PortRange {
	var ranges []mib2.PortRange
	for ; len(b) >= 4 && len(ranges) < 20; b = b[4:] {
		ranges = append(ranges, mib2.PortRange{Lo: binary.BigEndian.Uint16(b), Hi: binary.BigEndian.Uint16(b[2:])})
	}
	return ranges
}
