package illumos

import (
	"encoding/binary"

	"sockstat/mib2"
)

// setFigures sets what a tcpConnEntryInfo_t, with which b begins, tells of a connection:
// mib2_tcpConnEntry of inet/mib2.h, which connstat(8) shows. Times of retransmission are
// milliseconds there, and the congestion window is bytes.
func setFigures(i *mib2.Info, figures mib2.TCPFigures, b []byte) {
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	u64 := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	t := &i.TCP
	i.Attrs |= 1 << mib2.AttrTCPInfo
	t.Size, t.Figures = mib2.TCPInfo7_0, figures
	if figures == mib2.FiguresMIBShort {
		t.SndWnd, t.RcvWnd, t.RTO, t.SndMSS = u32(8), u32(20), 1000*u32(24), u32(28)
		return
	}
	inOrder, outOfOrder := u64(8), u64(24)
	t.DataSegsIn, t.RcvOOOPack, t.DataSegsOut = uint32(inOrder+outOfOrder), uint32(outOfOrder), uint32(u64(48))
	t.BytesRetrans, t.TotalRetrans = u64(56), uint32(u64(64))
	t.SndWnd, t.NotsentBytes, t.RcvWnd = u32(96), u32(112), u32(116)
	t.RTT, t.RTO, t.SndMSS = u32(120), 1000*u32(124), u32(132)
	if t.SndMSS != 0 {
		t.SndCwnd = u32(100) / t.SndMSS
	}
}
