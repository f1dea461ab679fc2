package illumos

import (
	"encoding/binary"
	"testing"

	"sockstat/mib2"
)

// Each figure is taken from where inet/mib2.h has it.
func TestFigures(t *testing.T) {
	block := make([]byte, 140)
	for at := 0; at < 88; at += 8 {
		binary.LittleEndian.PutUint64(block[at:], uint64(1000+at))
	}
	for at := 88; at < 140; at += 4 {
		binary.LittleEndian.PutUint32(block[at:], uint32(1000+at))
	}
	binary.LittleEndian.PutUint32(block[100:], 14600)
	binary.LittleEndian.PutUint32(block[132:], 1460)
	var i mib2.Info
	setFigures(&i, mib2.FiguresMIBLong, block)
	want := mib2.TCPInfo{Size: mib2.TCPInfo7_0, Figures: mib2.FiguresMIBLong, DataSegsIn: 1008 + 1024, RcvOOOPack: 1024, DataSegsOut: 1048,
		BytesRetrans: 1056, TotalRetrans: 1064, SndWnd: 1096, NotsentBytes: 1112, RcvWnd: 1116, RTT: 1120, RTO: 1124000, SndMSS: 1460, SndCwnd: 10}
	if i.TCP != want || !i.Has(mib2.AttrTCPInfo) {
		t.Errorf("%+v", i.TCP)
	}
	old := make([]byte, 36)
	for at := 0; at < 36; at += 4 {
		binary.LittleEndian.PutUint32(old[at:], uint32(100+at))
	}
	i = mib2.Info{}
	setFigures(&i, mib2.FiguresMIBShort, old)
	if want := (mib2.TCPInfo{Size: mib2.TCPInfo7_0, Figures: mib2.FiguresMIBShort, SndWnd: 108, RcvWnd: 120, RTO: 124000, SndMSS: 128}); i.TCP != want {
		t.Errorf("%+v", i.TCP)
	}
	setFigures(&i, mib2.FiguresMIBLong, make([]byte, 140)) // a segment size of 0 divides nothing
}

// Sockets carry them if they are asked for.
func TestFiguresAreAskedFor(t *testing.T) {
	for parts, want := range map[mib2.Parts]int{0: 0, mib2.PartMem: 0, mib2.PartInfo: 16} {
		rows, err := mib2.ReadAll(t.Context(), Reply{"testdata/small.tpi"}, []mib2.Protocol{mib2.TCP, mib2.UDP}, mib2.Filter{Parts: parts})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, s := range rows {
			if s.Info.Has(mib2.AttrTCPInfo) && s.Proto == mib2.TCP {
				n++
			}
		}
		if n != want {
			t.Errorf("parts %b: %d of %d", parts, n, len(rows))
		}
	}
}
