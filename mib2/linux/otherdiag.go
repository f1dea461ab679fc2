package linux

import (
	"encoding/binary"

	"sockstat/mib2"
)

const vsockDiagMsgLen = 32 // struct vsock_diag_msg, include/uapi/linux/vm_sockets_diag.h, since 4.15

// decodeVsock decodes a struct vsock_diag_msg.
func decodeVsock(b []byte) (s mib2.Socket, err error) {
	if len(b) < vsockDiagMsgLen {
		return s, short("vsock_diag_msg", len(b), vsockDiagMsgLen)
	}
	u32 := func(at int) uint32 { return binary.NativeEndian.Uint32(b[at:]) }
	v := &mib2.VsockInfo{CID: u32(4), Port: u32(8), PeerCID: u32(12), PeerPort: u32(16), Shutdown: mib2.Shutdown(b[3] & 3)}
	s = mib2.Socket{Proto: mib2.Vsock, Family: mib2.VsockFamily, Inode: uint64(u32(20)), Cookie: cookieAt(b[24:]),
		RecvMeasure: mib2.MeasureUnknown, SendMeasure: mib2.MeasureUnknown,
		Special: &mib2.Special{Type: mib2.SocketType(b[1]), NoUID: true, Vsock: v}}
	switch number := b[2]; {
	case number == linuxListen, number == linuxSynSent, number == linuxEstablished, number == linuxClosing:
		s.State = linuxTCPStates[number]
	case v.Port != mib2.AnyVsock:
		s.State = mib2.Bound
	default:
		s.State = mib2.Unbound
	}
	return s, nil
}

// struct xdp_diag_msg and its attributes, include/uapi/linux/xdp_diag.h, since 5.1.
const (
	xdpDiagMsgLen = 16

	xdpAttrInfo       = 1
	xdpAttrUID        = 2
	xdpAttrRx         = 3
	xdpAttrTx         = 4
	xdpAttrUmem       = 5
	xdpAttrFill       = 6
	xdpAttrCompletion = 7
	xdpAttrMem        = 8
	xdpAttrStats      = 9
)

var xdpAttrLens = map[uint16]int{xdpAttrInfo: 8, xdpAttrUID: 4, xdpAttrRx: 4, xdpAttrTx: 4, xdpAttrUmem: 40,
	xdpAttrFill: 4, xdpAttrCompletion: 4, xdpAttrStats: 48}

// decodeXDP decodes a struct xdp_diag_msg and its attributes.
func decodeXDP(b []byte) (s mib2.Socket, err error) {
	if len(b) < xdpDiagMsgLen {
		return s, short("xdp_diag_msg", len(b), xdpDiagMsgLen)
	}
	order := binary.NativeEndian
	x := &mib2.XDPInfo{}
	s = mib2.Socket{Proto: mib2.XDP, Family: mib2.XDPFamily, State: mib2.Unbound, Inode: uint64(order.Uint32(b[4:])), Cookie: cookieAt(b[8:]),
		RecvMeasure: mib2.MeasureUnknown, SendMeasure: mib2.MeasureUnknown,
		Special: &mib2.Special{Type: mib2.SocketType(b[1]), NoUID: true, XDP: x}}
	err = eachAttr(b[xdpDiagMsgLen:], xdpAttrLens, func(kind uint16, data []byte) {
		switch kind {
		case xdpAttrInfo:
			if s.Interface, x.Queue = order.Uint32(data), order.Uint32(data[4:]); s.Interface != 0 {
				s.State = mib2.Bound
			}
		case xdpAttrUID:
			s.UID, s.Special.NoUID = order.Uint32(data), false
		case xdpAttrRx:
			x.RxRing = order.Uint32(data)
		case xdpAttrTx:
			x.TxRing = order.Uint32(data)
		case xdpAttrFill:
			x.FillRing = order.Uint32(data)
		case xdpAttrCompletion:
			x.CompletionRing = order.Uint32(data)
		case xdpAttrUmem:
			x.Umem = &mib2.XDPUmem{Size: order.Uint64(data), ID: order.Uint32(data[8:]), Chunk: order.Uint32(data[16:]),
				ZeroCopy: order.Uint32(data[32:])&1 != 0, Shared: order.Uint32(data[36:])}
		case xdpAttrMem:
			s.Info = memInfo(data)
		case xdpAttrStats:
			u64 := func(at int) uint64 { return order.Uint64(data[at:]) }
			x.Stats = &mib2.XDPStats{RxDropped: u64(0), RxInvalid: u64(8), RxFull: u64(16), FillEmpty: u64(24), TxInvalid: u64(32), TxEmpty: u64(40)}
		}
	})
	return s, err
}

const smcDiagMsgLen = 64 // struct smc_diag_msg, include/uapi/linux/smc_diag.h, since 4.11

// smcStates are those of enum smc_state, net/smc/smc.h, by their numbers; of several steps of
// closing, the state of TCP that is like them.
var smcStates = map[uint8]mib2.State{
	1: mib2.Established, 2: mib2.Idle, 7: mib2.Closed, 10: mib2.Listen,
	20: mib2.FinWait1, 21: mib2.FinWait2, // the peer is still to close
	22: mib2.CloseWait, 23: mib2.CloseWait, 24: mib2.CloseWait, // the process is still to close
	25: mib2.Closing, 26: mib2.Closing, 27: mib2.Closing,
}

// decodeSMC decodes a struct smc_diag_msg. Its sockets are of both internet families: those
// that are neither are left out.
func decodeSMC(b []byte) (s mib2.Socket, err error) {
	if len(b) < smcDiagMsgLen {
		return s, short("smc_diag_msg", len(b), smcDiagMsgLen)
	}
	// The family, state and struct inet_diag_sockid stand as in struct inet_diag_msg, what
	// comes after does not.
	var msg [inetDiagMsgLen]byte
	copy(msg[:], b[:4+sockidLen])
	s = mib2.Socket{Proto: mib2.SMC, Special: &mib2.Special{Type: mib2.TypeStream}}
	if !setDiagMsg(&s, msg[:]) || s.State == 0 {
		return s, errNotThis
	}
	s.RecvMeasure, s.SendMeasure = mib2.MeasureUnknown, mib2.MeasureUnknown
	s.UID, s.Inode = binary.NativeEndian.Uint32(b[52:]), binary.NativeEndian.Uint64(b[56:])
	return s, nil
}
