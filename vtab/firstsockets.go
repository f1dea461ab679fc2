package vtab

import (
	"io"
	"slices"

	"sockstat/mib2"
	"sockstat/proc"
)

// firstSockets is of how many sockets some holders are looked for before all are known. They take
// fewer replies of the kernel than begin longer walks, see mib2/linux.
const firstSockets = 700

// hasFirst reports whether some holders can be found early.
func (r *socketsReader) hasFirst() bool {
	_, ok := r.machine.Holders.(proc.FirstHolders)
	return ok
}

// readFirst appends the rows of some sockets whose holders are found early, so that a LIMIT need
// not wait for all holders and sockets of a very large machine. The same sockets are joined with
// all holders later. Where that is not worth while, or done, it starts to read all.
func (r *socketsReader) readFirst(dst []socket) ([]socket, error) {
	if r.given != nil {
		r.readAhead()
		return dst, nil
	}
	r.given = map[*mib2.Socket][]int32{}
	sockets, err := r.machine.Holders.(proc.FirstHolders).FirstHolders(r.ctx)
	if err != nil || sockets == nil { // the search for all says why
		r.readAhead()
		return dst, nil
	}
	for n := 0; n < firstSockets; {
		b, err := r.rows.next()
		if err == io.EOF {
			break
		} else if err != nil {
			return dst, err
		}
		r.kept = append(r.kept, b)
		n += len(b.sockets)
	}
	found := &holders{sockets: sockets}
	if err := r.machine.describeHolders(r.ctx, found, r.query, sockets.PIDs()); err != nil {
		return dst, err
	}
	have := len(dst)
	for _, b := range r.kept {
		where := *b.where // that of all is still written to
		for i := range b.sockets {
			if s := (socket{Socket: &b.sockets[i], where: &where}); s.Proto.Common() && s.Unix == nil {
				dst = found.append(dst, &s)
			}
		}
	}
	for _, s := range dst[have:] {
		r.given[s.Socket] = append(r.given[s.Socket], s.holder.pid)
	}
	r.finish(dst[have:])
	if len(dst) == have {
		r.readAhead()
	}
	return dst, nil
}

// withoutGiven leaves out the rows of a socket from the numbered one on that were given before.
func (r *socketsReader) withoutGiven(rows []socket, from int) []socket {
	given := r.given[rows[from].Socket]
	if given == nil {
		return rows
	}
	left := slices.DeleteFunc(rows[from:], func(s socket) bool { return slices.Contains(given, s.holder.pid) })
	return rows[:from+len(left)]
}
