package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"syscall"

	"sockstat/mib2"
)

// askReader reads by a dump the sockets of TCP that are not in the table of connections, and then
// asks for each connection. If that does not go well it dumps them too.
type askReader struct {
	*diagReader
	list  []connection
	asked bool
	rest  uint32 // states that the dump of connections is without
}

// openAsking opens a reader of the sockets that a filter wants, of the connections those in a list.
func (t *tables) openAsking(filter diagFilter, list []connection) (mib2.Reader, error) {
	const notConnected = 1<<linuxListen | 1<<linuxBoundInactive
	others := filter
	others.without |= ^uint32(notConnected)
	d, err := t.openDiag(mib2.TCP, others)
	if err != nil {
		return nil, err
	}
	r := &askReader{diagReader: d, rest: filter.without | notConnected}
	for _, c := range list {
		if mib2.MatchPort(filter.LocalPorts, c.localPort()) && mib2.MatchPort(filter.RemotePorts, c.remotePort()) {
			r.list = append(r.list, c)
		}
	}
	return r, nil
}

// Read appends what the dump has, and then the connections.
func (r *askReader) Read(dst []mib2.Socket) ([]mib2.Socket, error) {
	have := len(dst)
	dst, err := r.diagReader.Read(dst)
	if err != io.EOF || r.asked {
		return dst, err
	}
	r.asked = true
	dst, err = r.ask(dst)
	switch {
	case err == nil && len(dst) == have:
		return dst, io.EOF
	case err == nil:
		return dst, nil
	case r.ctx.Err() != nil:
		return dst[:have], err
	}
	if err := r.again(); err != nil {
		return dst[:have], err
	}
	return r.diagReader.Read(dst[:have])
}

// askedAtOnce is how many connections are asked for at once. The replies have to fit in the
// receive buffer of a socket, net.core.rmem_default, 2304 bytes each.
const askedAtOnce = 64

// errAsked says that what was said of a connection is not of that.
var errAsked = errors.New("reply about another connection")

// ask asks for all connections.
func (r *askReader) ask(dst []mib2.Socket) ([]mib2.Socket, error) {
	seen := make(map[uint64]struct{}, len(r.list)) // cookies: the list may have one twice, if it became another kind meanwhile
	var request []byte
	for list := r.list; len(list) > 0; {
		if r.ctx.Err() != nil {
			return dst, r.ctx.Err()
		}
		some := list[:min(len(list), askedAtOnce)]
		list = list[len(some):]
		request = request[:0]
		for i := range some {
			request = r.appendRequest(request, &some[i], r.decoder.seq+1+uint32(i))
		}
		if err := r.socket.send(request); err != nil {
			return dst, err
		}
		first := r.decoder.seq + 1
		r.decoder.seq += uint32(len(some))
		for left := len(some); left > 0; left-- {
			n, err := r.socket.recv(r.buf)
			if err != nil {
				return dst, err
			}
			if dst, err = r.appendReply(dst, r.buf[:n], some, first, seen); err != nil {
				return dst, err
			}
		}
	}
	return dst, nil
}

// appendRequest appends the message that asks for one connection: struct inet_diag_req_v2.
func (r *askReader) appendRequest(b []byte, c *connection, seq uint32) []byte {
	order := binary.NativeEndian
	at := len(b)
	b = appendHeader(b, sockDiagByFamily, nlmFlagRequest, seq)
	b = append(b, c.family, byte(mib2.TCP.Number()), extensions(mib2.TCP, r.filter.Parts), 0)
	b = order.AppendUint32(b, linuxAllStates)
	b = append(b, c.id[:]...)
	b = order.AppendUint64(b, ^uint64(0)) // INET_DIAG_NOCOOKIE
	order.PutUint32(b[at:], uint32(len(b)-at))
	return b
}

// appendReply appends the connection that a reply is about. One that is gone has none: then the
// kernel finds nothing, or a listener at its address.
func (r *askReader) appendReply(dst []mib2.Socket, b []byte, asked []connection, first uint32, seen map[uint64]struct{}) ([]mib2.Socket, error) {
	m, _, err := nextMessage(b)
	if err != nil {
		return dst, err
	}
	number := m.seq - first
	if number >= uint32(len(asked)) {
		return dst, fmt.Errorf("reply to request %d", m.seq)
	}
	switch m.kind {
	case nlmsgError:
		if err := kernelError("error message", m.data); err != syscall.ENOENT {
			return dst, errors.Join(errAsked, err)
		}
		return dst, nil
	case sockDiagByFamily:
	default:
		return dst, errAsked
	}
	if len(m.data) < inetDiagMsgLen {
		return dst, short("inet_diag_msg", len(m.data), inetDiagMsgLen)
	}
	if state := m.data[1]; state == linuxListen || state == linuxClose {
		return dst, nil
	}
	if c := &asked[number]; m.data[0] != c.family || [connectionIDSize]byte(m.data[4:]) != c.id {
		return dst, errAsked
	}
	more, err := r.decoder.appendSocket(dst, m.data)
	if err != nil || len(more) == len(dst) {
		return dst, err
	}
	if _, twice := seen[more[len(dst)].Cookie]; twice {
		return dst, nil
	}
	seen[more[len(dst)].Cookie] = struct{}{}
	return more, nil
}

// again arranges for a dump of the connections. Replies that are still to come are those of
// another socket.
func (r *askReader) again() error {
	socket, err := openDiagSocket(r.socket.calls)
	if err != nil {
		return err
	}
	r.socket.close()
	r.filter.without = r.rest
	r.socket, r.dumps, r.running = socket, diagDumps(mib2.TCP, &r.filter), false
	return nil
}
