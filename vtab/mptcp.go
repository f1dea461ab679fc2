package vtab

import (
	"strconv"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

// mptcpColumns are what is particular to MPTCP: struct mptcp_info.
func mptcpColumns() []table.Column[socket] {
	return mptcpInfo([]mptcpColumn{
		{"token", table.Integer, mib2.MPTCPInfo5_9, "Number of the connection on this machine; joins tcp.mptcp_token; NULL for listeners",
			func(m *mib2.MPTCPInfo) table.Value { return table.NonZero(m.Token) }},
		{"subflows", table.Integer, mib2.MPTCPInfo6_8, "TCP connections that it has now, the first one included; they have its inode in tcp",
			func(m *mib2.MPTCPInfo) table.Value { return table.Int(m.SubflowsTotal) }},
		{"subflows_extra", table.Integer, mib2.MPTCPInfo5_9, "Of them those beside the first one",
			func(m *mib2.MPTCPInfo) table.Value { return table.Int(m.Subflows) }},
		{"subflows_max", table.Integer, mib2.MPTCPInfo5_9, "How many it may have beside the first one",
			func(m *mib2.MPTCPInfo) table.Value { return table.Int(m.SubflowsMax) }},
		{"fallback", table.Integer, mib2.MPTCPInfo5_9, "1 if it went on as plain TCP, for the peer or something between does not know MPTCP",
			func(m *mib2.MPTCPInfo) table.Value { return table.Bool(m.Fallback) }},
		{"remote_key", table.Integer, mib2.MPTCPInfo5_9, "1 if the key of the peer was received",
			func(m *mib2.MPTCPInfo) table.Value { return table.Bool(m.RemoteKey) }},
		{"checksum", table.Integer, mib2.MPTCPInfo5_14, "1 if data are protected by a checksum of their own",
			func(m *mib2.MPTCPInfo) table.Value { return table.Bool(m.Checksum) }},
		{"add_addr_signal", table.Integer, mib2.MPTCPInfo5_9, "Addresses that were announced to the peer",
			func(m *mib2.MPTCPInfo) table.Value { return table.Int(m.AddAddrSignal) }},
		{"add_addr_accepted", table.Integer, mib2.MPTCPInfo5_9, "Addresses that the peer announced and that were used",
			func(m *mib2.MPTCPInfo) table.Value { return table.Int(m.AddAddrAccepted) }},
		{"add_addr_signal_max", table.Integer, mib2.MPTCPInfo5_9, "Most addresses that may be announced",
			func(m *mib2.MPTCPInfo) table.Value { return table.Int(m.AddAddrSignalMax) }},
		{"add_addr_accepted_max", table.Integer, mib2.MPTCPInfo5_9, "Most addresses of the peer that may be used",
			func(m *mib2.MPTCPInfo) table.Value { return table.Int(m.AddAddrAcceptedMax) }},
		{"local_addr_used", table.Integer, mib2.MPTCPInfo5_12, "Local addresses from which subflows were made",
			func(m *mib2.MPTCPInfo) table.Value { return table.Int(m.LocalAddrUsed) }},
		{"local_addr_max", table.Integer, mib2.MPTCPInfo5_12, "Most local addresses from which subflows may be made",
			func(m *mib2.MPTCPInfo) table.Value { return table.Int(m.LocalAddrMax) }},
		{"write_seq", table.Text, mib2.MPTCPInfo5_9, "Data sequence number of the next byte to send, in hexadecimal",
			func(m *mib2.MPTCPInfo) table.Value { return hexadecimal(m.WriteSeq) }},
		{"snd_una", table.Text, mib2.MPTCPInfo5_9, "And of the first byte that was not acknowledged",
			func(m *mib2.MPTCPInfo) table.Value { return hexadecimal(m.SndUna) }},
		{"rcv_nxt", table.Text, mib2.MPTCPInfo5_9, "And of the next byte to be received",
			func(m *mib2.MPTCPInfo) table.Value { return hexadecimal(m.RcvNxt) }},
		{"bytes_sent", table.Integer, mib2.MPTCPInfo6_5, "Bytes sent",
			func(m *mib2.MPTCPInfo) table.Value { return table.Uint(m.BytesSent) }},
		{"bytes_acked", table.Integer, mib2.MPTCPInfo6_5, "Bytes sent and acknowledged",
			func(m *mib2.MPTCPInfo) table.Value { return table.Uint(m.BytesAcked) }},
		{"bytes_received", table.Integer, mib2.MPTCPInfo6_5, "Bytes received",
			func(m *mib2.MPTCPInfo) table.Value { return table.Uint(m.BytesReceived) }},
		{"bytes_retrans", table.Integer, mib2.MPTCPInfo6_5, "Bytes sent again on another subflow",
			func(m *mib2.MPTCPInfo) table.Value { return table.Uint(m.BytesRetrans) }},
		{"retransmissions", table.Integer, mib2.MPTCPInfo6_5, "How often data were sent again on another subflow",
			func(m *mib2.MPTCPInfo) table.Value { return table.Int(m.Retransmits) }},
		{"last_data_sent_ms", table.Integer, mib2.MPTCPInfo6_10, "Time since data were sent, in milliseconds",
			func(m *mib2.MPTCPInfo) table.Value { return table.Int(m.LastDataSent) }},
		{"last_data_recv_ms", table.Integer, mib2.MPTCPInfo6_10, "Time since data were received, in milliseconds",
			func(m *mib2.MPTCPInfo) table.Value { return table.Int(m.LastDataRecv) }},
		{"last_ack_recv_ms", table.Integer, mib2.MPTCPInfo6_10, "Time since an acknowledgement was received, in milliseconds",
			func(m *mib2.MPTCPInfo) table.Value { return table.Int(m.LastAckRecv) }},
	})
}

// hexadecimal returns a number of 64 bits without a sign, which no INTEGER can have.
func hexadecimal(n uint64) table.Value { return table.String(strconv.FormatUint(n, 16)) }

// mptcpColumn declares a column over struct mptcp_info.
type mptcpColumn struct {
	name  string
	typ   table.Type
	since mib2.MPTCPInfoSize // NULL on kernels before
	doc   string
	get   func(*mib2.MPTCPInfo) table.Value
}

// mptcpInfo makes columns of a socket of them. Of a listener nothing is known.
func mptcpInfo(declared []mptcpColumn) []table.Column[socket] {
	columns := make([]table.Column[socket], len(declared))
	for i, d := range declared {
		columns[i] = table.Column[socket]{
			Name: d.name, Type: d.typ, Doc: d.doc, Part: partInfo,
			Get: func(s *socket) table.Value {
				if s.Special == nil || !s.Special.MPTCP.Has(d.since) || s.Listening() {
					return table.Null()
				}
				return d.get(s.Special.MPTCP)
			},
		}
	}
	return columns
}
