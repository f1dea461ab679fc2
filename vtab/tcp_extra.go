package vtab

import (
	"fmt"
	"strings"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

// controlColumns are what congestion control algorithms tell of a socket, each NULL where another
// is at work.
func controlColumns() []table.Column[socket] {
	return []table.Column[socket]{
		ofControl("bbr_bandwidth", table.Integer, mib2.AttrBBR, "Bandwidth that BBR estimates, in bytes per second",
			func(c *mib2.CongestionInfo) table.Value { return table.Uint(c.BBR.Bandwidth) }),
		ofControl("bbr_min_rtt_us", table.Integer, mib2.AttrBBR, "Least round-trip time that BBR has seen of late, in microseconds; NULL if not measured",
			func(c *mib2.CongestionInfo) table.Value { return known(uint64(c.BBR.MinRTT), allOnes32) }),
		ofControl("bbr_pacing_gain", table.Real, mib2.AttrBBR, "By how much BBR paces above its bandwidth, a factor",
			func(c *mib2.CongestionInfo) table.Value { return table.Float(float64(c.BBR.PacingGain) / 256) }),
		ofControl("bbr_cwnd_gain", table.Real, mib2.AttrBBR, "By how much its window is above the bandwidth-delay product, a factor",
			func(c *mib2.CongestionInfo) table.Value { return table.Float(float64(c.BBR.CwndGain) / 256) }),
		ofControl("dctcp_enabled", table.Integer, mib2.AttrDCTCP, "1 if DCTCP is at work, 0 if it goes on as Reno",
			func(c *mib2.CongestionInfo) table.Value { return table.Bool(c.DCTCP.Enabled) }),
		ofControl("dctcp_ce_state", table.Integer, mib2.AttrDCTCP, "1 if the last packet had a congestion mark",
			func(c *mib2.CongestionInfo) table.Value { return table.Bool(c.DCTCP.CEState) }),
		ofControl("dctcp_alpha", table.Integer, mib2.AttrDCTCP, "Share of bytes with a mark that DCTCP estimates, in 1024ths",
			func(c *mib2.CongestionInfo) table.Value { return table.Int(c.DCTCP.Alpha) }),
		ofControl("dctcp_acked_ecn", table.Integer, mib2.AttrDCTCP, "Bytes acknowledged with a mark in the current window",
			func(c *mib2.CongestionInfo) table.Value { return table.Int(c.DCTCP.AckedECN) }),
		ofControl("dctcp_acked", table.Integer, mib2.AttrDCTCP, "Bytes acknowledged in the current window",
			func(c *mib2.CongestionInfo) table.Value { return table.Int(c.DCTCP.AckedAll) }),
		ofControl("vegas_enabled", table.Integer, mib2.AttrVegas, "1 if Vegas, or a relative of it, is at work",
			func(c *mib2.CongestionInfo) table.Value { return table.Bool(c.Vegas.Enabled) }),
		ofControl("vegas_rtt_count", table.Integer, mib2.AttrVegas, "Round-trip times that it measured in the current window",
			func(c *mib2.CongestionInfo) table.Value { return table.Int(c.Vegas.RTTs) }),
		ofControl("vegas_rtt_us", table.Integer, mib2.AttrVegas, "Its last round-trip time, in microseconds; NULL if not measured",
			func(c *mib2.CongestionInfo) table.Value { return known(uint64(c.Vegas.RTT), infiniteSsthresh) }),
		ofControl("vegas_min_rtt_us", table.Integer, mib2.AttrVegas, "Its least round-trip time, in microseconds; NULL if not measured",
			func(c *mib2.CongestionInfo) table.Value { return known(uint64(c.Vegas.MinRTT), infiniteSsthresh) }),
	}
}

// ulpColumns are what protocols within TCP tell of a socket, each NULL where there is no such.
func ulpColumns() []table.Column[socket] {
	return []table.Column[socket]{
		ofULP("ulp", table.Text, "Protocol within TCP: tls or mptcp; NULL if none", func(u *mib2.ULPInfo) table.Value { return table.NonEmpty(u.Name) }),
		ofTLS("tls_version", table.Text, "Version of TLS that the kernel encrypts with, such as 1.3", func(t *mib2.TLSInfo) table.Value {
			switch {
			case t.Version == 0:
				return table.Null()
			case t.Version>>8 == 3 && t.Version&0xff > 0: // TLS 1.0 is SSL 3.1
				return table.String(fmt.Sprintf("1.%d", t.Version&0xff-1))
			}
			return table.String(fmt.Sprintf("0x%04x", t.Version))
		}),
		ofTLS("tls_cipher", table.Text, "Cipher of it, such as aes-gcm-256", func(t *mib2.TLSInfo) table.Value {
			if name := tlsCiphers[t.Cipher]; name != "" || t.Cipher == 0 {
				return table.NonEmpty(name)
			}
			return table.String(fmt.Sprint(t.Cipher))
		}),
		ofTLS("tls_tx", table.Text, "What encrypts: base (the process), sw (the kernel), hw (the device) or hw-record", func(t *mib2.TLSInfo) table.Value { return tlsConf(t.Tx) }),
		ofTLS("tls_rx", table.Text, "What decrypts: base, sw, hw or hw-record", func(t *mib2.TLSInfo) table.Value { return tlsConf(t.Rx) }),
		ofTLS("tls_zerocopy", table.Integer, "1 if sendfile(2) makes no copy", func(t *mib2.TLSInfo) table.Value { return table.Bool(t.ZeroCopy) }),
		ofTLS("tls_no_pad", table.Integer, "1 if records are expected without padding", func(t *mib2.TLSInfo) table.Value { return table.Bool(t.NoPad) }),
		ofSubflow("mptcp_token", table.Integer, "Number of the Multipath TCP connection on this machine; joins mptcp.token; NULL if it is none",
			func(s *mib2.SubflowInfo) table.Value { return table.NonZero(s.LocalToken) }),
		ofSubflow("mptcp_remote_token", table.Integer, "And on the machine of the peer; NULL if not known",
			func(s *mib2.SubflowInfo) table.Value { return table.NonZero(s.RemoteToken) }),
		ofSubflow("mptcp_local_id", table.Integer, "Number of the local address among those of the connection",
			func(s *mib2.SubflowInfo) table.Value { return table.Int(s.LocalID) }),
		ofSubflow("mptcp_remote_id", table.Integer, "Number of the peer's address",
			func(s *mib2.SubflowInfo) table.Value { return table.Int(s.RemoteID) }),
		ofSubflow("mptcp_flags", table.Text, "Blank-separated: mcap_rem mcap_loc join_rem join_loc bkup_rem bkup_loc fully_established connected mapvalid",
			func(s *mib2.SubflowInfo) table.Value { return flagNames(s.Flags, subflowFlagNames) }),
		ofSubflow("mptcp_map_seq", table.Text, "Data sequence number of the bytes that arrive, in hexadecimal",
			func(s *mib2.SubflowInfo) table.Value { return hexadecimal(s.MapSeq) }),
		ofSubflow("mptcp_map_ssn", table.Integer, "And their number within the subflow",
			func(s *mib2.SubflowInfo) table.Value { return table.Int(s.MapSubflowSeq) }),
		ofSubflow("mptcp_map_len", table.Integer, "And how many they are",
			func(s *mib2.SubflowInfo) table.Value { return table.Int(s.MapLen) }),
		ofSubflow("mptcp_ssn_offset", table.Integer, "Sequence number of TCP from which those of the subflow count",
			func(s *mib2.SubflowInfo) table.Value { return table.Int(s.SSNOffset) }),
		{Name: "md5_peers", Type: table.Text, Part: partInfo,
			Doc: "Peers whose segments are signed with MD5 (RFC 2385), blank-separated; NULL if none, and without CAP_NET_ADMIN",
			Get: ofInfo(mib2.AttrMD5, func(i *mib2.Info) table.Value {
				var peers []string
				for _, p := range i.MD5 {
					peers = append(peers, p.String())
				}
				return table.NonEmpty(strings.Join(peers, " "))
			})},
	}
}

// ofControl declares a column of what a congestion control algorithm tells in an attribute.
func ofControl(name string, typ table.Type, attr mib2.Attr, doc string, get func(*mib2.CongestionInfo) table.Value) table.Column[socket] {
	return table.Column[socket]{Name: name, Type: typ, Part: partControl, Doc: doc,
		Get: ofInfo(attr, func(i *mib2.Info) table.Value {
			if i.Control == nil {
				return table.Null()
			}
			return get(i.Control)
		})}
}

// ofULP declares a column of the protocol within TCP.
func ofULP(name string, typ table.Type, doc string, get func(*mib2.ULPInfo) table.Value) table.Column[socket] {
	return table.Column[socket]{Name: name, Type: typ, Part: partInfo, Doc: doc,
		Get: ofInfo(mib2.AttrULP, func(i *mib2.Info) table.Value {
			if i.ULP == nil {
				return table.Null()
			}
			return get(i.ULP)
		})}
}

// ofTLS declares a column of TLS.
func ofTLS(name string, typ table.Type, doc string, get func(*mib2.TLSInfo) table.Value) table.Column[socket] {
	return ofULP(name, typ, doc, func(u *mib2.ULPInfo) table.Value {
		if u.TLS == nil {
			return table.Null()
		}
		return get(u.TLS)
	})
}

// ofSubflow declares a column of a subflow of Multipath TCP. A listener has no values.
func ofSubflow(name string, typ table.Type, doc string, get func(*mib2.SubflowInfo) table.Value) table.Column[socket] {
	return ofULP(name, typ, doc, func(u *mib2.ULPInfo) table.Value {
		if u.Subflow == nil {
			return table.Null()
		}
		return get(u.Subflow)
	})
}

// tlsCiphers are the numbers TLS_CIPHER_* of include/uapi/linux/tls.h.
var tlsCiphers = map[uint16]string{51: "aes-gcm-128", 52: "aes-gcm-256", 53: "aes-ccm-128", 54: "chacha20-poly1305",
	55: "sm4-gcm", 56: "sm4-ccm", 57: "aria-gcm-128", 58: "aria-gcm-256"}

func tlsConf(n uint16) table.Value {
	names := []string{"", "base", "sw", "hw", "hw-record"}
	if int(n) >= len(names) {
		return table.Null()
	}
	return table.NonEmpty(names[n])
}

// subflowFlagNames are the bits MPTCP_SUBFLOW_FLAG_* of include/uapi/linux/mptcp.h.
var subflowFlagNames = []string{"mcap_rem", "mcap_loc", "join_rem", "join_loc", "bkup_rem", "bkup_loc", "fully_established", "connected", "mapvalid"}
