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
	rows    int64 // estimated
	columns []table.Column[socket]
}

// kernelTables are the tables of protocols.
var kernelTables = map[mib2.Protocol]kernelTable{
	mib2.TCP: {"TCP sockets of the kernel", 10000,
		slices.Concat(identityColumns, kernelColumns, timerColumns, congestionColumns, infoColumns, memColumns)},
	mib2.UDP: {"UDP sockets of the kernel", 10000,
		slices.Concat(identityColumns, kernelColumns, memColumns)},
	mib2.Unix: {"Unix sockets of the kernel", 500,
		slices.Concat(withoutInternet(identityColumns), unixColumns, abstractColumns, withoutInternet(kernelColumns))},
}

// kernelTables declares the tables of protocols, by name.
func (m *Machine) kernelTables() (tables []table.Table) {
	byName := func(a, b mib2.Protocol) int { return strings.Compare(a.String(), b.String()) }
	for _, p := range slices.SortedFunc(maps.Keys(kernelTables), byName) {
		t := kernelTables[p]
		tables = append(tables, &table.Spec[socket]{
			Name: p.String(), Doc: t.doc + ", one row each; who holds them is in sockets", Rows: t.rows, Columns: valuesOf(p, t.columns),
			Open: func(ctx context.Context, q *table.Query) (table.Reader[socket], error) {
				return m.openKernel(ctx, q, []mib2.Protocol{p})
			},
		})
	}
	return tables
}

// kernelReader reads the sockets of some protocols, one after the other.
type kernelReader struct {
	ctx       context.Context
	tables    mib2.Tables
	protocols []mib2.Protocol // still to come
	filter    mib2.Filter
	where     *place
	query     *table.Query
	ends      bool // the texts of both ends are wanted

	current  mib2.Reader     // nil between protocols
	reading  []mib2.Protocol // those that current reads
	rows     int             // how many the next batch is to have at least
	internet bool            // protocols of the internet are among those that are wanted
	told     bool            // the user knows of the limits of the way taken
}

// openKernel opens a reader of the sockets that a query wants, of those protocols among some
// that can have one.
func (m *Machine) openKernel(ctx context.Context, q *table.Query, some []mib2.Protocol) (*kernelReader, error) {
	where, err := m.newPlace(q)
	if err != nil {
		return nil, err
	}
	r := &kernelReader{ctx: ctx, filter: filter(q), where: where, query: q, ends: q.Parts()&partEnds != 0}
	// Where sockets belong to the zone of their process, those of any zone may be among them.
	if where.zone == "" || m.ZoneOfProcess || wants(q, "zone", where.zone) {
		r.protocols = protocols(q, some)
	}
	if m.Sockets == nil {
		r.protocols = nil
	} else {
		r.tables = m.socketTables(q)
	}
	r.internet = slices.ContainsFunc(r.protocols, mib2.Protocol.Internet)
	return r, nil
}

func (r *kernelReader) Read(dst []socket) ([]socket, error) {
	batch, err := r.next()
	if err != nil {
		return dst, err
	}
	have := len(dst)
	dst = slices.Grow(dst, len(batch))
	for i := range batch {
		dst = append(dst, socket{Socket: &batch[i], where: r.where})
	}
	r.finish(dst[have:])
	return dst, nil
}

// finish sets what is made of sockets where they are read.
func (r *kernelReader) finish(rows []socket) {
	if r.ends {
		setEnds(rows)
	}
}

// mostRows is how many sockets a batch has that takes several replies of the kernel: few
// batches cost little to hand on. The first one is small, so that a statement with LIMIT
// ends early.
const mostRows = 2048

// replyRows is about how many sockets a reply has.
const replyRows = 300

// next returns a batch, at the end io.EOF. The rows point to its sockets.
func (r *kernelReader) next() ([]mib2.Socket, error) {
	dst := make([]mib2.Socket, 0, r.rows+replyRows)
	for {
		if r.current == nil {
			if len(r.protocols) == 0 {
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
// than those of the internet while the latter are wanted too. Then the user is told.
func (r *kernelReader) orLeaveOut(err error) error {
	absent := errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist)
	if !absent || !r.internet || r.reading[0].Internet() {
		return err
	}
	r.query.Note(table.Notice{Text: fmt.Sprintf("%v sockets are not shown: %v", r.reading[0], err)})
	return r.Close()
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
