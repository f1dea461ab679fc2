package linux

import (
	"encoding/binary"
	"net/netip"

	"sockstat/mib2"
)

// setControl takes union tcp_cc_info of include/uapi/linux/inet_diag.h, whose attribute says
// what it is.
func setControl(c *mib2.CongestionInfo, a mib2.Attr, b []byte) {
	u16 := func(at int) uint16 { return binary.NativeEndian.Uint16(b[at:]) }
	u32 := func(at int) uint32 { return binary.NativeEndian.Uint32(b[at:]) }
	switch a {
	case mib2.AttrVegas:
		c.Vegas = mib2.VegasInfo{Enabled: u32(0) != 0, RTTs: u32(4), RTT: u32(8), MinRTT: u32(12)}
	case mib2.AttrDCTCP:
		c.DCTCP = mib2.DCTCPInfo{Enabled: u16(0) != 0, CEState: u16(2) != 0, Alpha: u32(4), AckedECN: u32(8), AckedAll: u32(12)}
	case mib2.AttrBBR:
		c.BBR = mib2.BBRInfo{Bandwidth: uint64(u32(0)) | uint64(u32(4))<<32, MinRTT: u32(8), PacingGain: u32(12), CwndGain: u32(16)}
	}
}

// md5Peers returns the peers of an array of struct tcp_diag_md5sig of
// include/uapi/linux/tcp.h. The keys in it are secret and not kept.
func md5Peers(b []byte) (peers []netip.Prefix) {
	const size = 100
	for ; len(b) >= size; b = b[size:] {
		switch b[0] {
		case linuxAFInet:
			peers = append(peers, netip.PrefixFrom(netip.AddrFrom4([4]byte(b[4:])), min(int(b[1]), 32)))
		case linuxAFInet6:
			peers = append(peers, netip.PrefixFrom(netip.AddrFrom16([16]byte(b[4:])), min(int(b[1]), 128)))
		}
	}
	return peers
}

// Attributes within INET_DIAG_ULP_INFO, and within those of TLS and MPTCP.
const (
	ulpName  = 1
	ulpTLS   = 2
	ulpMPTCP = 3

	tlsVersion  = 1
	tlsCipher   = 2
	tlsTx       = 3
	tlsRx       = 4
	tlsZeroCopy = 5
	tlsNoPad    = 6

	subflowRemoteToken = 1
	subflowLocalToken  = 2
	subflowMapSeq      = 4
	subflowMapSSN      = 5
	subflowSSNOffset   = 6
	subflowMapLen      = 7
	subflowFlags       = 8
	subflowRemoteID    = 9
	subflowLocalID     = 10
)

var (
	tlsLens     = map[uint16]int{tlsVersion: 2, tlsCipher: 2, tlsTx: 2, tlsRx: 2}
	subflowLens = map[uint16]int{subflowRemoteToken: 4, subflowLocalToken: 4, subflowMapSeq: 8, subflowMapSSN: 4,
		subflowSSNOffset: 4, subflowMapLen: 2, subflowFlags: 4, subflowRemoteID: 1, subflowLocalID: 1}
)

// setULP takes the attributes of a protocol within TCP.
func (d *diagDecoder) setULP(u *mib2.ULPInfo, b []byte) (err error) {
	if outer := eachAttr(b, nil, func(kind uint16, data []byte) {
		switch {
		case err != nil:
		case kind == ulpName:
			u.Name = d.intern(data)
		case kind == ulpTLS:
			u.TLS = &mib2.TLSInfo{}
			err = setTLS(u.TLS, data)
		case kind == ulpMPTCP:
			u.Subflow = &mib2.SubflowInfo{}
			err = setSubflow(u.Subflow, data)
		}
	}); outer != nil {
		return outer
	}
	return err
}

func setTLS(t *mib2.TLSInfo, b []byte) error {
	return eachAttr(b, tlsLens, func(kind uint16, data []byte) {
		switch kind {
		case tlsVersion:
			t.Version = binary.NativeEndian.Uint16(data)
		case tlsCipher:
			t.Cipher = binary.NativeEndian.Uint16(data)
		case tlsTx:
			t.Tx = binary.NativeEndian.Uint16(data)
		case tlsRx:
			t.Rx = binary.NativeEndian.Uint16(data)
		case tlsZeroCopy:
			t.ZeroCopy = true
		case tlsNoPad:
			t.NoPad = true
		}
	})
}

func setSubflow(s *mib2.SubflowInfo, b []byte) error {
	order := binary.NativeEndian
	return eachAttr(b, subflowLens, func(kind uint16, data []byte) {
		switch kind {
		case subflowRemoteToken:
			s.RemoteToken = order.Uint32(data)
		case subflowLocalToken:
			s.LocalToken = order.Uint32(data)
		case subflowMapSeq:
			s.MapSeq = order.Uint64(data)
		case subflowMapSSN:
			s.MapSubflowSeq = order.Uint32(data)
		case subflowSSNOffset:
			s.SSNOffset = order.Uint32(data)
		case subflowMapLen:
			s.MapLen = order.Uint16(data)
		case subflowFlags:
			s.Flags = order.Uint32(data)
		case subflowRemoteID:
			s.RemoteID = data[0]
		case subflowLocalID:
			s.LocalID = data[0]
		}
	})
}
