package linux

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"sockstat/mib2"
)

// diagBuffer is the size of the receive buffer. The kernel fills at most 32 KiB of
// it, whatever its size (netlink_dump of net/netlink/af_netlink.c).
const diagBuffer = 32 << 10

// diagReader reads a table by netlink dumps, one after the other.
type diagReader struct {
	ctx     context.Context
	decoder diagDecoder
	filter  diagFilter
	dumps   []diagDump // still to start
	current diagDump
	running bool
	got     bool // a reply to the current dump was understood
	buf     []byte

	socket diagSocket
}

// openDiag returns a reader of a netlink socket of its own; the first Read starts it.
func (t *tables) openDiag(proto mib2.Protocol, filter diagFilter) (*diagReader, error) {
	r := &diagReader{ctx: t.ctx, filter: filter, dumps: diagDumps(proto, &filter)}
	r.decoder = diagDecoder{proto: proto, filter: &r.filter.Filter}
	if proto == mib2.TCP && filter.Parts&mib2.PartInfo != 0 {
		release, err := t.calls.release()
		if err != nil {
			return nil, err
		}
		r.decoder.accECN16 = hasAccECN16(release)
	}
	var err error
	if r.socket, err = openDiagSocket(t.calls); err != nil {
		return nil, err
	}
	r.buf = make([]byte, diagBuffer)
	return r, nil
}

// hasAccECN16 reports whether a version of the kernel is one of the two whose struct tcp_info
// ends in 16-bit numbers; see setTCPInfo.
func hasAccECN16(release string) bool {
	return strings.HasPrefix(release, "6.18.") || strings.HasPrefix(release, "6.19.")
}

// Read appends the sockets of the next reply that has any.
func (r *diagReader) Read(dst []mib2.Socket) ([]mib2.Socket, error) {
	for have := len(dst); len(dst) == have; {
		if r.ctx.Err() != nil {
			return dst, context.Cause(r.ctx)
		}
		more, err := r.step(dst)
		switch {
		case errors.Is(err, io.EOF):
			r.running = false
		case err != nil && r.retry(err):
			more = dst
		case err != nil:
			return dst, r.failed(err)
		}
		dst = more
		if !r.running && len(r.dumps) == 0 && len(dst) == have {
			return dst, io.EOF
		}
	}
	return dst, nil
}

// failed says of which dump an error is.
func (r *diagReader) failed(err error) error {
	return fmt.Errorf("netlink sock_diag dump of %v: %w", r.decoder.proto, err)
}

// step starts a dump if none is running and takes one reply. It returns io.EOF at the
// end of the dump, maybe with sockets.
func (r *diagReader) step(dst []mib2.Socket) ([]mib2.Socket, error) {
	if !r.running {
		if len(r.dumps) == 0 {
			return dst, io.EOF
		}
		if err := r.start(); err != nil {
			return dst, err
		}
	}
	n, err := r.socket.recv(r.buf)
	if err != nil {
		return dst, err
	}
	more, err := r.decoder.append(dst, r.buf[:n])
	r.got = r.got || err == nil
	return more, err
}

func (r *diagReader) start() error {
	r.current, r.dumps = r.dumps[0], r.dumps[1:]
	r.running, r.got = true, false
	r.decoder.seq++
	return r.socket.send(r.current.request(r.decoder.proto, &r.filter, r.decoder.seq))
}

// retry arranges for two dumps where the kernel does not know the request for both
// families in one.
func (r *diagReader) retry(err error) bool {
	unknown := errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, syscall.EINVAL)
	if !unknown || r.got || r.current.family != 0 {
		return false
	}
	r.dumps, r.running = dumpEach, false
	return true
}

// Close ends the dump, whether or not it is complete.
func (r *diagReader) Close() error { return r.socket.close() }

// Source says that the sockets come from netlink.
func (r *diagReader) Source() string { return "netlink" }
