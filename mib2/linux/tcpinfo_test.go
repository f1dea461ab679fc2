package linux

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"sockstat/mib2"
)

// tcpInfoFields is struct tcp_info: field, offset, length in bytes; the first size to
// have a field is the next of tcpInfoSizes behind it.
const tcpInfoFields = `State 0 1, CAState 1 1, Retransmits 2 1, Probes 3 1, Backoff 4 1, Options 5 1,
RTO 8 4, ATO 12 4, SndMSS 16 4, RcvMSS 20 4, Unacked 24 4, Sacked 28 4, Lost 32 4, Retrans 36 4,
Fackets 40 4, LastDataSent 44 4, LastAckSent 48 4, LastDataRecv 52 4, LastAckRecv 56 4, PMTU 60 4,
RcvSsthresh 64 4, RTT 68 4, RTTVar 72 4, SndSsthresh 76 4, SndCwnd 80 4, AdvMSS 84 4, Reordering 88 4,
RcvRTT 92 4, RcvSpace 96 4, TotalRetrans 100 4, PacingRate 104 8, MaxPacingRate 112 8, BytesAcked 120 8,
BytesReceived 128 8, SegsOut 136 4, SegsIn 140 4, NotsentBytes 144 4, MinRTT 148 4, DataSegsIn 152 4,
DataSegsOut 156 4, DeliveryRate 160 8, BusyTime 168 8, RwndLimited 176 8, SndbufLimited 184 8,
Delivered 192 4, DeliveredCE 196 4, BytesSent 200 8, BytesRetrans 208 8, DSACKDups 216 4, ReordSeen 220 4,
RcvOOOPack 224 4, SndWnd 228 4, RcvWnd 232 4, Rehash 236 4, TotalRTO 240 2, TotalRTORecoveries 242 2,
TotalRTOTime 244 4, ReceivedCE 248 4, DeliveredE1Bytes 252 4, DeliveredE0Bytes 256 4, DeliveredCEBytes 260 4,
ReceivedE1Bytes 264 4, ReceivedE0Bytes 268 4, ReceivedCEBytes 272 4`

var tcpInfoSizes = []mib2.TCPInfoSize{mib2.TCPInfo2_6, mib2.TCPInfo3_15, mib2.TCPInfo4_1, mib2.TCPInfo4_2, mib2.TCPInfo4_6, mib2.TCPInfo4_9,
	mib2.TCPInfo4_10, mib2.TCPInfo4_18, mib2.TCPInfo4_19, mib2.TCPInfo5_4, mib2.TCPInfo6_2, mib2.TCPInfo6_7, mib2.TCPInfo6_18}

func TestTCPInfoFields(t *testing.T) {
	covered := 0
	for _, line := range strings.Split(strings.ReplaceAll(tcpInfoFields, "\n", " "), ", ") {
		var name string
		var at, size int
		if _, err := fmt.Sscan(line, &name, &at, &size); err != nil {
			t.Fatal(line, err)
		}
		covered += size
		b := make([]byte, mib2.TCPInfo6_18)
		copy(b[at:at+size], "\x81\x82\x83\x84\x85\x86\x87\x88")
		var want uint64
		switch size {
		case 1:
			want = uint64(b[at])
		case 2:
			want = uint64(binary.NativeEndian.Uint16(b[at:]))
		case 4:
			want = uint64(binary.NativeEndian.Uint32(b[at:]))
		case 8:
			want = binary.NativeEndian.Uint64(b[at:])
		}
		var info mib2.TCPInfo
		setTCPInfo(&info, b, true)
		v := reflect.ValueOf(info)
		for i := range v.NumField() {
			field := v.Type().Field(i).Name
			got := v.Field(i)
			if field == name && got.Uint() != want {
				t.Errorf("%s = %#x, want %#x", name, got.Uint(), want)
			}
			if field != name && field != "Size" && !got.IsZero() {
				t.Errorf("%s is set by the bytes of %s", field, name)
			}
		}
	}
	if covered != int(mib2.TCPInfo6_18)-6 { // two bytes of bit fields, four of Accurate ECN
		t.Errorf("%d bytes covered", covered)
	}
}

// TestTCPInfoGrowth decodes the structure of every kernel.
func TestTCPInfoGrowth(t *testing.T) {
	for _, size := range tcpInfoSizes {
		b := make([]byte, size)
		for i := range b {
			b[i] = 0xff
		}
		var info mib2.TCPInfo
		setTCPInfo(&info, b, true)
		for _, fields := range tcpInfoSizes {
			if info.Has(fields) != (fields <= size) {
				t.Errorf("%d bytes: Has(%d) = %v", size, fields, info.Has(fields))
			}
		}
		if info.Has(mib2.TCPInfo7_0) || (info.Rehash != 0) != (size >= mib2.TCPInfo6_2) || (info.BytesRetrans != 0) != (size >= mib2.TCPInfo4_19) {
			t.Errorf("%d bytes: %+v", size, info)
		}
	}
	for _, length := range []int{0, 7, 300} {
		setTCPInfo(new(mib2.TCPInfo), make([]byte, length), false)
	}
}

func TestTCPInfoBitFields(t *testing.T) {
	if !littleEndian {
		t.Skip("the bytes below are those of a little-endian kernel")
	}
	b := make([]byte, mib2.TCPInfo6_18)
	b[6], b[7], b[276], b[277] = 0x87, 0x05, 0b1010_01_10, 1
	var info mib2.TCPInfo
	setTCPInfo(&info, b, false)
	if info.SndWscale != 7 || info.RcvWscale != 8 || !info.DeliveryRateAppLimited || info.FastopenClientFail != 2 {
		t.Errorf("%+v", info)
	}
	if !info.Has(mib2.TCPInfo7_0) || info.ECNMode != 2 || info.AccECNOptSeen != 1 || info.AccECNFailMode != 10 || info.Options2 != 1 {
		t.Errorf("%+v", info)
	}
	copy(b[276:], []byte{9, 0, 3, 0})
	info = mib2.TCPInfo{}
	setTCPInfo(&info, b, true)
	if info.Has(mib2.TCPInfo7_0) || info.AccECNFailMode != 9 || info.AccECNOptSeen != 3 || info.ECNMode != 0 {
		t.Errorf("%+v", info)
	}
}
