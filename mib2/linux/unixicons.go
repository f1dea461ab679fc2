package linux

import (
	"encoding/binary"
	"slices"

	"sockstat/mib2"
)

// unixIcons are the clients whose connections wait to be accepted, by the inode of the
// listener: UNIX_DIAG_ICONS, an array of their inodes, 0 of those that are gone.
//
// A dump passes over sockets without an inode, as the server's end of such a connection is one
// (sk_diag_dump of net/unix/diag.c), and shows a client without a peer. All that is known of
// both is here. The attribute is asked for in a dump of its own, and only if the lengths of
// queues say that there is something: of a queue so long that it does not fit in a reply the
// kernel makes the end of the dump.
type unixIcons map[uint64][]uint64

// add takes a message about a listener.
func (u unixIcons) add(b []byte) error {
	if len(b) < unixDiagMsgLen {
		return short("unix_diag_msg", len(b), unixDiagMsgLen)
	}
	listener := uint64(binary.NativeEndian.Uint32(b[4:]))
	for attrs := b[unixDiagMsgLen:]; len(attrs) > 0; {
		kind, data, rest, err := nextAttr(attrs)
		if err != nil {
			return err
		}
		for kind == unixAttrIcons && len(data) >= 4 {
			u[listener] = append(u[listener], uint64(binary.NativeEndian.Uint32(data)))
			data = data[4:]
		}
		attrs = rest
	}
	return nil
}

// waiting reports whether connections wait to be accepted.
func waiting(s *mib2.Socket) bool {
	return s.State == mib2.Listen && s.RecvQ > 0 && s.RecvMeasure == mib2.MeasureBytes
}

// mostUnaccepted is how many connections of a listener are believed to wait, without knowing
// their clients: more than fit in net.core.somaxconn where it has 16 bits, as before Linux 5.4.
const mostUnaccepted = 1 << 16

// unaccepted returns the server's ends of the connections that wait, as /proc/net/unix has them:
// as many as their listener said, or more if more came since. Those that were accepted since, and
// listed, are left out; they are known by the inode of their client.
func (u unixIcons) unaccepted(listeners []mib2.Socket, accepted func(client uint64) bool) (ends []mib2.Socket) {
	for _, l := range listeners {
		clients := slices.DeleteFunc(slices.Clone(u[l.Inode]), accepted)
		for i := range max(min(int(l.RecvQ), mostUnaccepted), len(clients)) {
			end := mib2.UnixInfo{Type: l.Unix.Type, Path: l.Unix.Path, Abstract: l.Unix.Abstract, BoundInode: l.Unix.BoundInode, NoUID: true}
			if i < len(clients) {
				end.PeerInode = clients[i]
			}
			ends = append(ends, mib2.Socket{Proto: mib2.Unix, Family: mib2.Local, State: mib2.Connected,
				RecvMeasure: mib2.MeasureUnknown, SendMeasure: mib2.MeasureUnknown, Unix: &end})
		}
	}
	return ends
}
