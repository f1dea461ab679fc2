package vtab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

// kernelTable is what is particular to the table of a protocol: the kernel's sockets, without
// holders.
type kernelTable struct {
	doc     string
	rows    int64  // estimated
	shown   string // the columns that SELECT * shows
	columns func() []table.Column[socket]
}

// kernelTables are the tables of protocols.
var kernelTables = map[mib2.Protocol]kernelTable{
	mib2.TCP: {"TCP sockets of the kernel", 10000,
		"proto family label state local_address local_port remote_address remote_port interface uid zone recv_q send_q backlog backlog_max inode timer retransmits rtt_us total_retrans",
		func() []table.Column[socket] {
			return slices.Concat(identityColumns, kernelColumns, timerColumns, memColumns(), controlColumns(), congestionColumns, infoColumns(), ulpColumns())
		}},
	mib2.UDP: {"UDP sockets of the kernel", 10000,
		"proto family label state local_address local_port remote_address remote_port interface uid zone recv_q send_q inode drops rmem_alloc rcvbuf wmem_alloc sndbuf",
		func() []table.Column[socket] {
			return slices.Concat(identityColumns, kernelColumns, memColumns())
		}},
	mib2.Unix: {"Unix sockets of the kernel", 500,
		"type state path peer_path bound_inode peer_inode abstract uid zone recv_q send_q next_datagram backlog backlog_max inode",
		func() []table.Column[socket] {
			return slices.Concat(without(withoutInternet(identityColumns), "interface"), unixColumns, abstractColumns, withoutInternet(kernelColumns))
		}},
	mib2.SCTP: {"SCTP endpoints and associations of the kernel", 100,
		"label state local_address local_port remote_address remote_port interface local_addresses remote_addresses uid zone backlog backlog_max inode rmem_alloc rcvbuf wmem_alloc sndbuf drops",
		func() []table.Column[socket] {
			return slices.Concat(identityColumns, sctpColumns, withoutBytes(kernelColumns), memColumns())
		}},
	mib2.MPTCP: {"Multipath TCP sockets of the kernel, whose subflows are in tcp", 100,
		"label state local_address local_port remote_address remote_port interface token subflows fallback bytes_sent bytes_acked bytes_received bytes_retrans uid zone backlog backlog_max inode",
		func() []table.Column[socket] {
			return slices.Concat(identityColumns, mptcpColumns(), withoutBytes(kernelColumns), memColumns())
		}},
	mib2.Raw: {"Raw sockets of the kernel", 50,
		"label state local_address remote_address interface protocol protocol_name uid zone inode drops rmem_alloc rcvbuf wmem_alloc sndbuf",
		func() []table.Column[socket] {
			return slices.Concat(identityColumns, rawColumns, withoutQueues(kernelColumns), memColumns())
		}},
	mib2.Packet: {"Packet sockets of the kernel: who captures", 20,
		"type state interface ethertype ethertype_name running promiscuous fanout_id fanout_type filter_length rx_ring_bytes tx_ring_bytes uid zone inode drops rmem_alloc rcvbuf",
		func() []table.Column[socket] {
			return slices.Concat(withoutInternet(identityColumns), packetColumns(), withoutQueues(withoutInternet(kernelColumns)), memoryColumns)
		}},
	mib2.Netlink: {"Netlink sockets, those of the kernel itself included", 50,
		"type state protocol protocol_name portid groups group_names dst_portid dst_group uid zone inode drops rmem_alloc rcvbuf",
		func() []table.Column[socket] {
			return slices.Concat(withoutInternet(identityColumns), netlinkColumns(), withoutQueues(withoutInternet(kernelColumns)), memoryColumns)
		}},
	mib2.Vsock: {"Sockets of the kernel between virtual machines and their host", 20,
		"type state local_cid local_port remote_cid remote_port shutdown zone inode",
		func() []table.Column[socket] {
			return slices.Concat(without(identityColumns, "interface"), vsockColumns(), without(withoutQueues(withoutInternet(kernelColumns)), "uid"))
		}},
	mib2.XDP: {"Express data path sockets of the kernel", 20,
		"state interface queue rx_ring tx_ring fill_ring completion_ring umem_id umem_bytes umem_users zerocopy rx_dropped rx_full uid zone inode drops",
		func() []table.Column[socket] {
			return slices.Concat(withoutInternet(identityColumns), xdpColumns(), withoutQueues(withoutInternet(kernelColumns)), memoryColumns)
		}},
}

// kernelTables declares the tables of protocols, by name.
func (m *Machine) kernelTables() (tables []table.Table) {
	byName := func(a, b mib2.Protocol) int { return strings.Compare(a.String(), b.String()) }
	for _, p := range slices.SortedFunc(maps.Keys(kernelTables), byName) {
		t := kernelTables[p]
		tables = append(tables, &table.Lazy{Name: p.String(), Declare: func() table.Table { return m.kernelTable(p, t) }})
	}
	return tables
}

// kernelTable declares the table of a protocol.
func (m *Machine) kernelTable(p mib2.Protocol, t kernelTable) *table.Spec[socket] {
	return &table.Spec[socket]{
		Name: p.String(), Doc: t.doc + ", one row each; who holds them is in sockets", Rows: t.rows, Columns: table.Showing(t.shown, keptSocket(valuesOf(p, t.columns()))),
		Open: func(ctx context.Context, q *table.Query) (table.Reader[socket], error) {
			return m.openKernel(ctx, q, []mib2.Protocol{p})
		},
	}
}

// kernelReader reads the sockets of some protocols, one after the other.
type kernelReader struct {
	ctx       context.Context
	tables    mib2.Tables
	protocols []mib2.Protocol // still to come
	filter    mib2.Filter
	where     *place
	query     *table.Query

	current mib2.Reader     // nil between protocols
	reading []mib2.Protocol // those that current reads
	rows    int             // how many the next batch is to have at least
	leftOut []leftOut       // what the system does not show
	basic   bool            // TCP or UDP are among those that are wanted
	several bool            // so are several protocols
	told    bool            // the user knows of the limits of the way taken
}

// basic reports whether the sockets of a protocol are what a list of sockets is of no use
// without.
func basic(p mib2.Protocol) bool { return p == mib2.TCP || p == mib2.UDP }

// all returns the protocols whose sockets are in a table of those of all protocols.
func all() []mib2.Protocol {
	return slices.DeleteFunc(slices.Clone(mib2.Protocols), func(p mib2.Protocol) bool { return p.ShownBy() != p })
}

// mostRows is how many sockets a batch has that takes several replies of the kernel: few
// batches cost little to hand on. The first one is small, so that a statement with LIMIT
// ends early.
const mostRows = 2048

// replyRows is about how many sockets a reply has.
const replyRows = 300

// next returns a batch, at the end io.EOF. The rows point to its sockets.
func (r *kernelReader) next() (batch, error) {
	sockets, err := r.nextSockets()
	return batch{sockets, r.where}, err
}

func (r *kernelReader) nextSockets() ([]mib2.Socket, error) {
	dst := make([]mib2.Socket, 0, r.rows+replyRows)
	for {
		if r.current == nil {
			if len(r.protocols) == 0 {
				r.noteLeftOut()
				return dst, ended(len(dst))
			}
			if err := r.open(); err != nil {
				return nil, err
			}
			continue
		}
		more, err := r.current.Read(dst)
		r.noteLimits()
		switch {
		case err == io.EOF:
			if err := r.end(); err != nil {
				return nil, err
			}
		case err != nil:
			if err := r.orLeaveOut(err); err != nil {
				return nil, err
			}
		case len(more) >= r.rows:
			r.rows = min(2*len(more), mostRows)
			return more, nil
		}
		dst = more
	}
}

// noteLimits tells the user, once, if the way that is taken tells less than it should.
func (r *kernelReader) noteLimits() {
	if r.told {
		return
	}
	if l, ok := r.current.(mib2.Limiter); ok && l.Limits() != "" {
		r.told = true
		r.query.Note(table.Notice{Text: l.Limits()})
	}
}

// open starts to read the next protocol, or those that the system tells of together.
func (r *kernelReader) open() error {
	current, rest, err := r.tables.Open(r.ctx, r.protocols, r.filter)
	if err != nil {
		r.reading, r.protocols = r.protocols[:1], r.protocols[1:]
		return r.orLeaveOut(err)
	}
	r.current, r.reading, r.protocols = current, r.protocols[:len(r.protocols)-len(rest)], rest
	return nil
}

// orLeaveOut returns an error, unless it says that the system does not show sockets other
// than those of TCP and UDP while the latter are wanted too. Then the user is told. Of what
// the system never tells, the user is told where nothing else is wanted.
func (r *kernelReader) orLeaveOut(err error) error {
	absent := errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist)
	switch {
	case err == mib2.ErrNoProtocol && r.several:
		r.query.Way(fmt.Sprintf("%v: %v", r.reading[0], err))
		return r.Close()
	case err == mib2.ErrNoProtocol:
	case !absent || !r.basic || basic(r.reading[0]):
		return err
	}
	name, why := r.reading[0].String(), err.Error()
	if i := slices.IndexFunc(r.leftOut, func(l leftOut) bool { return l.why == why }); i >= 0 {
		r.leftOut[i].names = append(r.leftOut[i].names, name)
	} else {
		r.leftOut = append(r.leftOut, leftOut{[]string{name}, why})
	}
	return r.Close()
}

// leftOut is protocols that the system does not show for one reason.
type leftOut struct {
	names []string
	why   string
}

// noteLeftOut tells the user of protocols that were left out, once for each reason.
func (r *kernelReader) noteLeftOut() {
	for _, l := range r.leftOut {
		r.query.Note(table.Notice{Text: fmt.Sprintf("%s sockets are not shown: %s", strings.Join(l.names, ", "), l.why)})
	}
	r.leftOut = nil
}

// end notes how what was read to its end was read.
func (r *kernelReader) end() error {
	var names []string
	for _, p := range r.reading {
		names = append(names, p.String())
	}
	way := strings.Join(names, " and ")
	if s, ok := r.current.(mib2.Sourcer); ok && s.Source() != "" {
		way += " from " + s.Source()
	}
	if asked := r.filter.String(); asked != "" {
		way += ": " + asked
	}
	r.query.Way(way)
	return r.Close()
}

// ended returns the error of a batch of n sockets after which there are none.
func ended(n int) error {
	if n > 0 {
		return nil
	}
	return io.EOF
}

func (r *kernelReader) Close() error {
	if r.current == nil {
		return nil
	}
	err := r.current.Close()
	r.current = nil
	return err
}

// readAll sends every batch.
func (r *kernelReader) readAll(ctx context.Context, send func(batch) bool) (err error) {
	r.ctx = ctx
	return sendAll(r, send)
}
