package vtab

import (
	"sockstat/mib2"
	"sockstat/vtab/engine"
)

// TCP is the table of the kernel's TCP sockets (tcpConnTable and tcpListenerTable, RFC
// 4022).
var TCP = kernelTable(mib2.TCP, "TCP sockets of the kernel, one row each; who holds them is in sockets",
	timerColumns, congestionColumns, infoColumns, memColumns)

// timerColumns are the timer of a TCP socket.
var timerColumns = []engine.Column[socket]{
	{Name: "timer", Type: engine.Text, Part: uint64(mib2.PartTimer),
		Doc: "Timer that runs: on (retransmission), keepalive, timewait or persist; NULL if none",
		Get: ofTimer(func(t *mib2.Timer) engine.Value { return engine.String(t.Kind.String()) })},
	{Name: "timer_ms", Type: engine.Integer, Part: uint64(mib2.PartTimer),
		Doc: "Time until the timer expires, in milliseconds",
		Get: ofTimer(func(t *mib2.Timer) engine.Value { return engine.Int(t.Expires) })},
	{Name: "retransmits", Type: engine.Integer, Part: uint64(mib2.PartTimer),
		Doc: "Retransmissions or probes that were not answered",
		Get: ofTimer(func(t *mib2.Timer) engine.Value { return engine.Int(t.Retransmits) })},
}

// ofTimer makes a getter of one for a running timer.
func ofTimer(get func(*mib2.Timer) engine.Value) func(*socket) engine.Value {
	return func(s *socket) engine.Value {
		if s.Timer == nil || s.Timer.Kind == mib2.TimerOff {
			return engine.Null()
		}
		return get(s.Timer)
	}
}

// congestionColumns are how a TCP socket avoids congestion.
var congestionColumns = []engine.Column[socket]{
	{Name: "congestion", Type: engine.Text, Part: uint64(mib2.PartInfo),
		Doc: "Congestion control algorithm, such as cubic",
		Get: func(s *socket) engine.Value {
			if !s.Info.Has(mib2.AttrCongestion) {
				return engine.Null()
			}
			return engine.String(s.Info.Congestion)
		}},
}
