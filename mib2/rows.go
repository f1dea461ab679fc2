package mib2

import (
	"context"
	"io"
	"io/fs"
	"slices"
)

// Rows are Tables in memory: sockets that a test made up, or that were read from a file.
type Rows []Socket

// Open returns a reader of the sockets of all the protocols. As one of a kernel does, it
// gives only the parts that were asked for.
func (rows Rows) Open(ctx context.Context, protocols []Protocol, filter Filter) (Reader, []Protocol, error) {
	return ReadAtOnce(ctx, "", func(context.Context) (wanted []Socket, err error) {
		for i := range rows {
			s := rows[i]
			if !slices.Contains(protocols, s.Proto) || !filter.Match(&s) {
				continue
			}
			if filter.Parts&PartTimer == 0 {
				s.Timer = nil
			}
			if filter.Parts&(PartInfo|PartMem|PartControl) == 0 {
				s.Info = nil
			}
			wanted = append(wanted, s)
		}
		return wanted, nil
	}), nil, nil
}

// AtOnce is a Reader of a table that is read at once and given out in batches, because only
// the whole of it can be trusted, or put together.
type AtOnce struct {
	ctx    context.Context
	source string
	read   func(context.Context) ([]Socket, error) // nil once the rows are read
	rows   []Socket
}

// ReadAtOnce returns a Reader of the sockets that read returns, which it calls at the first
// Read. Source says where they come from.
func ReadAtOnce(ctx context.Context, source string, read func(context.Context) ([]Socket, error)) *AtOnce {
	return &AtOnce{ctx: ctx, source: source, read: read}
}

// Read appends the next sockets.
func (r *AtOnce) Read(dst []Socket) (_ []Socket, err error) {
	if r.ctx.Err() != nil {
		return dst, context.Cause(r.ctx)
	}
	if r.read != nil {
		if r.rows, err = r.read(r.ctx); err != nil {
			return dst, err
		}
		r.read = nil
	}
	if len(r.rows) == 0 {
		return dst, io.EOF
	}
	n := min(len(r.rows), 1024)
	dst, r.rows = append(dst, r.rows[:n]...), r.rows[n:]
	return dst, nil
}

// Close lets go of the sockets that were not given out.
func (r *AtOnce) Close() error {
	r.rows, r.read = nil, func(context.Context) ([]Socket, error) { return nil, fs.ErrClosed }
	return nil
}

// Source says where the sockets come from.
func (r *AtOnce) Source() string { return r.source }
