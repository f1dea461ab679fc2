package linux

import (
	"encoding/binary"

	"sockstat/mib2"
)

// littleEndian says that C bit fields start at the lowest bit, as they do where
// bytes start with the lowest.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// bits returns n bits of a C bit field of the given width from bit at on.
func bits(v uint32, width, at, n uint) uint32 {
	if !littleEndian {
		at = width - at - n
	}
	return v >> at & (1<<n - 1)
}

// setTCPInfo takes what a kernel sent, however long. accECN16 says that the last four
// bytes are the two 16-bit numbers of 6.18 and 6.19, which nothing in them tells.
func setTCPInfo(t *mib2.TCPInfo, b []byte, accECN16 bool) {
	var padded [mib2.TCPInfo6_18]byte
	n := copy(padded[:], b)
	t.Size = mib2.TCPInfoSize(n)
	if n == int(mib2.TCPInfo6_18) && !accECN16 {
		t.Size = mib2.TCPInfo7_0
	}
	setTCPInfoBase(t, &padded)
	setTCPInfoGrown(t, &padded)
	setAccECN(t, &padded, accECN16)
}

func setTCPInfoBase(t *mib2.TCPInfo, b *[mib2.TCPInfo6_18]byte) {
	u32 := func(at int) uint32 { return binary.NativeEndian.Uint32(b[at:]) }
	t.State, t.CAState, t.Retransmits, t.Probes = b[0], b[1], b[2], b[3]
	t.Backoff, t.Options = b[4], b[5]
	t.SndWscale, t.RcvWscale = uint8(bits(uint32(b[6]), 8, 0, 4)), uint8(bits(uint32(b[6]), 8, 4, 4))
	t.DeliveryRateAppLimited = bits(uint32(b[7]), 8, 0, 1) != 0
	t.FastopenClientFail = uint8(bits(uint32(b[7]), 8, 1, 2))
	t.RTO, t.ATO, t.SndMSS, t.RcvMSS = u32(8), u32(12), u32(16), u32(20)
	t.Unacked, t.Sacked, t.Lost, t.Retrans, t.Fackets = u32(24), u32(28), u32(32), u32(36), u32(40)
	t.LastDataSent, t.LastAckSent, t.LastDataRecv, t.LastAckRecv = u32(44), u32(48), u32(52), u32(56)
	t.PMTU, t.RcvSsthresh, t.RTT, t.RTTVar = u32(60), u32(64), u32(68), u32(72)
	t.SndSsthresh, t.SndCwnd, t.AdvMSS, t.Reordering = u32(76), u32(80), u32(84), u32(88)
	t.RcvRTT, t.RcvSpace, t.TotalRetrans = u32(92), u32(96), u32(100)
}

func setTCPInfoGrown(t *mib2.TCPInfo, b *[mib2.TCPInfo6_18]byte) {
	u32 := func(at int) uint32 { return binary.NativeEndian.Uint32(b[at:]) }
	u64 := func(at int) uint64 { return binary.NativeEndian.Uint64(b[at:]) }
	t.PacingRate, t.MaxPacingRate = u64(104), u64(112)
	t.BytesAcked, t.BytesReceived = u64(120), u64(128)
	t.SegsOut, t.SegsIn = u32(136), u32(140)
	t.NotsentBytes, t.MinRTT, t.DataSegsIn, t.DataSegsOut = u32(144), u32(148), u32(152), u32(156)
	t.DeliveryRate = u64(160)
	t.BusyTime, t.RwndLimited, t.SndbufLimited = u64(168), u64(176), u64(184)
	t.Delivered, t.DeliveredCE = u32(192), u32(196)
	t.BytesSent, t.BytesRetrans, t.DSACKDups, t.ReordSeen = u64(200), u64(208), u32(216), u32(220)
	t.RcvOOOPack, t.SndWnd = u32(224), u32(228)
	t.RcvWnd, t.Rehash = u32(232), u32(236)
	t.TotalRTO = binary.NativeEndian.Uint16(b[240:])
	t.TotalRTORecoveries = binary.NativeEndian.Uint16(b[242:])
	t.TotalRTOTime = u32(244)
}

func setAccECN(t *mib2.TCPInfo, b *[mib2.TCPInfo6_18]byte, accECN16 bool) {
	u32 := func(at int) uint32 { return binary.NativeEndian.Uint32(b[at:]) }
	t.ReceivedCE = u32(248)
	t.DeliveredE1Bytes, t.DeliveredE0Bytes, t.DeliveredCEBytes = u32(252), u32(256), u32(260)
	t.ReceivedE1Bytes, t.ReceivedE0Bytes, t.ReceivedCEBytes = u32(264), u32(268), u32(272)
	if accECN16 {
		t.AccECNFailMode = uint8(binary.NativeEndian.Uint16(b[276:]))
		t.AccECNOptSeen = uint8(binary.NativeEndian.Uint16(b[278:]))
		return
	}
	word := u32(276)
	t.ECNMode = uint8(bits(word, 32, 0, 2))
	t.AccECNOptSeen = uint8(bits(word, 32, 2, 2))
	t.AccECNFailMode = uint8(bits(word, 32, 4, 4))
	t.Options2 = bits(word, 32, 8, 24)
}
