package linux

import (
	"net/netip"

	"sockstat/mib2"
)

// The numbers of include/net/tcp_states.h, which Linux gives to the sockets of every
// protocol, in netlink and in /proc/net.
const (
	linuxEstablished   = 1
	linuxSynSent       = 2
	linuxSynRecv       = 3
	linuxFinWait1      = 4
	linuxFinWait2      = 5
	linuxTimeWait      = 6
	linuxClose         = 7
	linuxCloseWait     = 8
	linuxLastAck       = 9
	linuxListen        = 10
	linuxClosing       = 11
	linuxNewSynRecv    = 12 // 4.1; dumps say linuxSynRecv
	linuxBoundInactive = 13 // 6.8; only to ask for, dumps say linuxClose
)

// linuxAllStates asks for sockets in any state, those of later kernels included.
const linuxAllStates = ^uint32(0)

var linuxTCPStates = [...]mib2.State{
	linuxEstablished: mib2.Established, linuxSynSent: mib2.SynSent, linuxSynRecv: mib2.SynRcvd,
	linuxFinWait1: mib2.FinWait1, linuxFinWait2: mib2.FinWait2, linuxTimeWait: mib2.TimeWait,
	linuxClose: mib2.Closed, linuxCloseWait: mib2.CloseWait, linuxLastAck: mib2.LastAck,
	linuxListen: mib2.Listen, linuxClosing: mib2.Closing,
	linuxNewSynRecv: mib2.SynRcvd, linuxBoundInactive: mib2.Bound,
}

// setState sets the state from the kernel's number; the addresses are set.
func setState(s *mib2.Socket, number uint8) {
	switch {
	case isDatagram(s.Proto):
		s.State = udpState(s, number)
	case s.Proto == mib2.Raw:
		if s.State = mib2.Idle; number == linuxEstablished || s.Remote.IsValid() {
			s.State = mib2.Connected
		}
	case s.Proto == mib2.SMC:
		s.State = smcStates[number]
	case number == linuxClose && s.Local.Port() != 0 && s.Remote.Port() == 0:
		// tcp_disconnect leaves the address of the peer that there was, without its port.
		s.State, s.Remote = mib2.Bound, netip.AddrPort{}
	case int(number) < len(linuxTCPStates):
		s.State = linuxTCPStates[number]
	default:
		s.State = 0
	}
}

// isDatagram reports whether sockets of a protocol have the states of UDP.
func isDatagram(p mib2.Protocol) bool {
	return p == mib2.UDP || p == mib2.UDPLite || p == mib2.ICMP
}

func udpState(s *mib2.Socket, number uint8) mib2.State {
	switch {
	case number == linuxEstablished, number != linuxClose && s.Remote.IsValid():
		return mib2.Connected
	case s.Local.Port() == 0:
		return mib2.Unbound
	default:
		return mib2.Idle
	}
}

// diagFilter says which sockets a dump is to have.
type diagFilter struct {
	mib2.Filter
	without uint32 // states, as 1<<number, that another reader asks for
}

// states returns the kernel's states, as 1<<number, that sockets of a protocol can
// be in which the filter lets through; 0 if none can. A walk over the few TCP sockets
// that can be without a peer takes a thousandth of the time of one over all.
func (f *diagFilter) states(proto mib2.Protocol) uint32 {
	set := linuxStates(proto, f.States) &^ f.without
	if proto != mib2.TCP || f.RemotePorts == nil {
		return set
	}
	if !mib2.MatchPort(f.RemotePorts, 0) {
		return set &^ (1 << linuxListen)
	}
	for _, r := range f.RemotePorts {
		if r.Hi > 0 {
			return set
		}
	}
	return set & (1<<linuxListen | 1<<linuxClose | 1<<linuxBoundInactive)
}

// linuxStates returns the kernel's states, as 1<<number, that the wanted states of a
// protocol can be in; 0 if none can. Of other protocols than TCP and UDP and their relatives
// they are not told apart.
func linuxStates(proto mib2.Protocol, want []mib2.State) uint32 {
	var set uint32
	for _, s := range want {
		if isDatagram(proto) {
			set |= linuxUDPStateSet(s)
		} else {
			set |= linuxTCPStateSet(s)
		}
	}
	if want == nil || !isDatagram(proto) && proto != mib2.TCP && proto != mib2.MPTCP {
		return linuxAllStates
	}
	return set
}

func linuxTCPStateSet(want mib2.State) uint32 {
	switch want {
	case 0:
		return 0
	case mib2.Closed: // a reset connection with a bound port is bound-inactive
		return 1<<linuxClose | 1<<linuxBoundInactive
	}
	var set uint32
	for number, s := range linuxTCPStates {
		if s == want {
			set |= 1 << number
		}
	}
	return set
}

func linuxUDPStateSet(want mib2.State) uint32 {
	switch want {
	case mib2.Connected:
		return linuxAllStates &^ (1 << linuxClose)
	case mib2.Idle, mib2.Unbound:
		return linuxAllStates &^ (1 << linuxEstablished)
	}
	return 0
}
