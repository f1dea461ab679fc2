package linux

import (
	"net/netip"
	"slices"
	"testing"

	"sockstat/mib2"
)

func TestLinuxStates(t *testing.T) {
	local, remote := netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("127.0.0.1:2")
	for _, proto := range []mib2.Protocol{mib2.TCP, mib2.UDP} {
		for _, l := range []netip.AddrPort{local, {}} {
			for _, r := range []netip.AddrPort{remote, {}} {
				for number := range uint8(20) {
					s := mib2.Socket{Proto: proto, Local: l, Remote: r}
					setState(&s, number)
					checkAsked(t, s, number)
				}
			}
		}
	}
	if s := (mib2.Socket{Proto: mib2.TCP, Local: local}); true {
		if setState(&s, linuxClose); s.State != mib2.Bound {
			t.Errorf("bound: %v", s.State)
		}
	}
	if linuxStates(mib2.TCP, []mib2.State{mib2.Idle, mib2.Unbound, mib2.Connected}) != 0 || linuxStates(mib2.UDP, []mib2.State{mib2.Listen}) != 0 {
		t.Error("states of the other protocol are asked for")
	}
}

// checkAsked makes sure that a socket is asked for by the state that it is given. A
// bound one is dumped as closed, but asked for by its own number.
func checkAsked(t *testing.T, s mib2.Socket, number uint8) {
	t.Helper()
	asked := linuxStates(s.Proto, []mib2.State{s.State})
	if s.State != 0 && asked&(1<<number) == 0 && s.State != mib2.Bound {
		t.Errorf("%v number %d is %v, but that asks for %b", s.Proto, number, s.State, asked)
	}
}

// The table of protocols has every state that sockets can get, but for those that the kernel
// may add.
func TestStatesAreInTheTable(t *testing.T) {
	for _, proto := range mib2.Protocols {
		for number := range uint8(linuxBoundInactive + 1) {
			for _, end := range []netip.AddrPort{{}, netip.MustParseAddrPort("127.0.0.1:1")} {
				s := mib2.Socket{Proto: proto, Local: end, Unix: &mib2.UnixInfo{}}
				if setState(&s, number); proto == mib2.Unix {
					s.SetUnixState(number == linuxListen, number == linuxEstablished)
				} else if !proto.Internet() || proto == mib2.SCTP || proto == mib2.SMC && s.State == 0 {
					continue // others have numbers of their own
				}
				if number > 0 && !slices.Contains(proto.States(), s.State) {
					t.Errorf("%v: number %d is %v", proto, number, s.State)
				}
			}
		}
	}
}
