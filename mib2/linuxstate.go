package mib2

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

var linuxTCPStates = [...]State{
	linuxEstablished: Established, linuxSynSent: SynSent, linuxSynRecv: SynRcvd,
	linuxFinWait1: FinWait1, linuxFinWait2: FinWait2, linuxTimeWait: TimeWait,
	linuxClose: Closed, linuxCloseWait: CloseWait, linuxLastAck: LastAck,
	linuxListen: Listen, linuxClosing: Closing,
	linuxNewSynRecv: SynRcvd, linuxBoundInactive: Bound,
}

// setLinuxState sets the state from the kernel's number; the addresses are set.
func (s *Socket) setLinuxState(number uint8) {
	switch {
	case s.Proto == UDP:
		s.State = s.linuxUDPState(number)
	case number == linuxClose && s.Local.Port() != 0 && !s.Remote.IsValid():
		s.State = Bound
	case int(number) < len(linuxTCPStates):
		s.State = linuxTCPStates[number]
	default:
		s.State = 0
	}
}

func (s *Socket) linuxUDPState(number uint8) State {
	switch {
	case number == linuxEstablished, number != linuxClose && s.Remote.IsValid():
		return Connected
	case s.Local.Port() == 0:
		return Unbound
	default:
		return Idle
	}
}

// linuxStates returns the kernel's states, as 1<<number, that sockets of a protocol can
// be in which the filter lets through; 0 if none can. A walk over the few TCP sockets
// that can be without a peer takes a thousandth of the time of one over all.
func (f *Filter) linuxStates(proto Protocol) uint32 {
	set := linuxStates(proto, f.States) &^ f.without
	if proto != TCP || f.RemotePorts == nil {
		return set
	}
	if !matchPort(f.RemotePorts, 0) {
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
// protocol can be in; 0 if none can.
func linuxStates(proto Protocol, want []State) uint32 {
	if want == nil {
		return linuxAllStates
	}
	var set uint32
	for _, s := range want {
		if proto == UDP {
			set |= linuxUDPStateSet(s)
		} else {
			set |= linuxTCPStateSet(s)
		}
	}
	return set
}

func linuxTCPStateSet(want State) uint32 {
	switch want {
	case 0:
		return 0
	case Closed: // a reset connection with a bound port is bound-inactive
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

func linuxUDPStateSet(want State) uint32 {
	switch want {
	case Connected:
		return linuxAllStates &^ (1 << linuxClose)
	case Idle, Unbound:
		return linuxAllStates &^ (1 << linuxEstablished)
	}
	return 0
}
