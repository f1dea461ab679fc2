package linux

import (
	"time"

	"sockstat/mib2"
)

// destroyedDecoder makes events of the messages that the kernel sends to the groups
// SKNLGRP_INET_TCP_DESTROY and SKNLGRP_INET6_TCP_DESTROY: a struct inet_diag_msg with the
// attribute INET_DIAG_INFO for each socket that is given up. It is closed then, whatever it
// was, and so the state says nothing of how it ended.
type destroyedDecoder struct {
	decoder diagDecoder
	sockets []mib2.Socket // scratch
}

func newDestroyedDecoder(accECN16 bool) *destroyedDecoder {
	filter := &mib2.Filter{Parts: mib2.PartInfo}
	return &destroyedDecoder{decoder: diagDecoder{proto: mib2.TCP, filter: filter, accECN16: accECN16}}
}

// append appends the events that a datagram tells of, which came at a time.
func (d *destroyedDecoder) append(dst []mib2.Event, b []byte, at time.Time) ([]mib2.Event, error) {
	var err error
	d.sockets, err = d.decoder.append(d.sockets[:0], b)
	if err != nil {
		return dst, err
	}
	for i := range d.sockets {
		s := &d.sockets[i]
		if s.Info == nil || !s.Info.Has(mib2.AttrTCPInfo) || s.Remote.Port() == 0 {
			continue // it listened, or was never connected
		}
		info := &s.Info.TCP
		e := mib2.Event{Socket: *s, Kind: mib2.Disconnected, Time: at, Duration: -1, HasBytes: true,
			BytesSent: info.BytesSent, BytesReceived: info.BytesReceived}
		e.Info = nil
		if info.Delivered == 0 { // not even SYN
			e.Kind = mib2.Failed
			if info.SegsIn > 0 { // there was an answer: RST
				e.Kind, e.Ending = mib2.Refused, mib2.Refusal
			}
		}
		dst = append(dst, e)
	}
	return dst, nil
}
