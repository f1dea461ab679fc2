package vtab

import (
	"context"
	"io"
	"slices"

	"sockstat/mib2"
	"sockstat/vtab/engine"
)

// kernelTable declares a table of the kernel's sockets of one protocol.
func kernelTable(p mib2.Protocol, doc string, particular ...[]engine.Column[socket]) *engine.Spec[socket] {
	columns := slices.Concat(identityColumns, kernelColumns, slices.Concat(particular...))
	return &engine.Spec[socket]{
		Name: p.String(), Doc: doc, Rows: 10000, Columns: columns,
		Open: func(ctx context.Context, q *engine.Query) (engine.Reader[socket], error) {
			return openKernel(ctx, q, protocols(q, []mib2.Protocol{p}))
		},
	}
}

// kernelReader reads the sockets of some protocols, one after the other.
type kernelReader struct {
	ctx       context.Context
	protocols []mib2.Protocol // still to come
	filter    mib2.Filter
	where     *place
	current   mib2.Reader // nil between protocols
	rows      int         // to be in the next batch
	query     *engine.Query
}

// openKernel opens a reader of the sockets that a query wants.
func openKernel(ctx context.Context, q *engine.Query, protocols []mib2.Protocol) (*kernelReader, error) {
	where, err := newPlace(q)
	if err != nil {
		return nil, err
	}
	r := &kernelReader{ctx: ctx, filter: filter(q), where: where, query: q}
	if wants(q, "zone", where.zone) || mib2.HasOrigin() { // there, those of processes
		r.protocols = protocols
	}
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
	if r.query.Parts()&partEnds != 0 {
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
			current, rest, err := mib2.OpenTables(r.ctx, r.protocols, r.filter)
			if err != nil {
				return nil, err
			}
			r.current, r.protocols = current, rest
		}
		more, err := r.current.Read(dst)
		dst = more
		switch {
		case err == io.EOF:
			if s, ok := r.current.(mib2.Sourcer); ok {
				r.query.Note(engine.Notice{Detail: true, Text: "sockets read from " + s.Source()})
			}
			if err := r.Close(); err != nil {
				return nil, err
			}
		case err != nil:
			return nil, err
		case len(dst) >= r.rows:
			r.rows = min(2*len(dst), mostRows)
			return dst, nil
		}
	}
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
