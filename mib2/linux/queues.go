package linux

import "sockstat/mib2"

// setQueues sets the queues of an internet socket, whose state is set, from what the kernel
// tells in netlink and in /proc/net alike (tcp_diag_get_info of net/ipv4/tcp_diag.c,
// udp_diag_get_info of net/ipv4/udp_diag.c).
//
// Of TCP it tells differences of sequence numbers. SYN and FIN have one each, so that they
// look like bytes; tcp_ioctl of net/ipv4/tcp.c, which answers SIOCINQ and SIOCOUTQ, knows
// better. What it knows and does not tell here is where urgent data stands, at which SIOCINQ
// stops: unread bytes behind that count here.
//
// Of UDP it tells memory.
func setQueues(s *mib2.Socket, recv, send uint32) {
	s.RecvQ, s.SendQ = recv, send
	if s.Proto != mib2.TCP {
		s.RecvMeasure, s.SendMeasure = mib2.MeasureMemory, mib2.MeasureMemory
		return
	}
	switch s.State {
	case mib2.SynSent, mib2.SynRcvd, mib2.Bound:
		// Only the SYN counts, and what is left of the numbers of an earlier connection.
		s.RecvQ, s.SendQ = 0, 0
	case mib2.CloseWait, mib2.Closing, mib2.LastAck:
		if recv > 0 { // the process did not read up to the FIN
			s.RecvQ--
		}
	case mib2.Closed:
		if recv > 0 { // with or without a FIN
			s.RecvMeasure = mib2.MeasureUnknown
		}
	}
}

// setUnixQueues sets the queues of a Unix socket from struct unix_diag_rqlen (sk_diag_show_rqlen
// of net/unix/diag.c): unix_inq_len, which of datagrams is the length of the first one, and
// unix_outq_len, which is memory. Of a listener both are connections.
func setUnixQueues(s *mib2.Socket, recv, send uint32, listens bool) {
	s.RecvQ, s.SendQ = recv, send
	s.RecvMeasure, s.SendMeasure = mib2.MeasureBytes, mib2.MeasureBytes
	if listens {
		return
	}
	s.SendMeasure = mib2.MeasureMemory
	if s.Unix.Type == mib2.Datagram {
		s.RecvMeasure = mib2.MeasureNext
	}
}
