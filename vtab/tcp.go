package vtab

import (
	"sockstat/mib2"
	"sockstat/vtab/table"
)

// timerColumns are the timer of a TCP socket.
var timerColumns = []table.Column[socket]{
	{Name: "timer", Type: table.Text, Part: partTimer,
		Doc: "Timer that runs: on (retransmission), keepalive, timewait, persist or delack; NULL if none",
		Values: []string{mib2.TimerOn.String(), mib2.TimerKeepalive.String(), mib2.TimerTimeWait.String(), mib2.TimerPersist.String(),
			mib2.TimerDelack.String()},
		Get: ofTimer(func(t *mib2.Timer) table.Value { return table.String(t.Kind.String()) })},
	{Name: "timer_ms", Type: table.Integer, Part: partTimer,
		Doc: "Time until the timer expires, in milliseconds",
		Get: ofTimer(func(t *mib2.Timer) table.Value { return table.Int(t.Expires) })},
	{Name: "retransmits", Type: table.Integer, Part: partTimer,
		Doc: "Retransmissions or probes that were not answered",
		Get: ofTimer(func(t *mib2.Timer) table.Value { return table.Int(t.Retransmits) })},
}

// ofTimer makes a getter of one for a running timer.
func ofTimer(get func(*mib2.Timer) table.Value) func(*socket) table.Value {
	return func(s *socket) table.Value {
		if s.Timer == nil || s.Timer.Kind == mib2.TimerOff {
			return table.Null()
		}
		return get(s.Timer)
	}
}

// congestionColumns are how a TCP socket avoids congestion.
var congestionColumns = []table.Column[socket]{
	{Name: "congestion", Type: table.Text, Part: partInfo,
		Doc: "Congestion control algorithm, such as cubic",
		Get: func(s *socket) table.Value {
			if !s.Info.Has(mib2.AttrCongestion) {
				return table.Null()
			}
			return table.String(s.Info.Congestion)
		}},
}
