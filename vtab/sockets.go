package vtab

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"

	"sockstat/internal/ahead"
	"sockstat/mib2"
	"sockstat/vtab/table"
)

// sockets declares the table of who holds what: one row for each socket and process that
// holds it, and one for each socket that no visible process holds.
func (m *Machine) sockets() *table.Spec[socket] {
	return &table.Spec[socket]{
		Name:    "sockets",
		Doc:     "Open sockets with the processes that hold them, one row for each pair",
		Rows:    10000,
		Columns: socketsColumns,
		Open: func(ctx context.Context, q *table.Query) (table.Reader[socket], error) {
			return m.openSockets(ctx, q, m.findHolders)
		},
	}
}

// socketsColumns are the columns of sockets.
var socketsColumns = slices.Concat(identityColumns, holderColumns, kernelColumns, subflowColumns)

// holderColumns say who holds a socket.
var holderColumns = []table.Column[socket]{
	{Name: "pid", Type: table.Integer, Pushed: true,
		Doc: "Process that holds the socket; NULL if none is visible, see owner_status",
		Get: ofHolder(func(h *holder) table.Value { return table.Int(h.pid) })},
	{Name: "fd", Type: table.Integer,
		Doc: "Lowest of the process's file descriptors for the socket; NULL if it is not known to hold it",
		Get: func(s *socket) table.Value {
			if s.status != ownerOK {
				s.lacksHolder()
				return table.Null()
			}
			return table.Int(s.fd)
		}},
	{Name: "user", Type: table.Text,
		Doc: "User of the process, the user id if it has no name",
		Get: ofHolder(func(h *holder) table.Value { return h.user })},
	{Name: "command", Type: table.Text,
		Doc: "Name of the process's program",
		Get: ofHolder(func(h *holder) table.Value { return h.command })},
	{Name: "args", Type: table.Text,
		Doc: "Arguments of the process, the program first",
		Get: ofHolder(func(h *holder) table.Value { return h.args })},
	{Name: "owner_status", Type: table.Text,
		Doc: "ok; creator: the process shown created the socket, who holds it is not known (illumos); " +
			"or why no process is shown: hidden time_wait unaccepted orphan kernel gone (so is its creator) unknown",
		Get: func(s *socket) table.Value { return table.Static(s.status.String()) }},
}

// ofHolder makes a getter of a socket's value of one of its holder's.
func ofHolder(get func(*holder) table.Value) func(*socket) table.Value {
	return func(s *socket) table.Value {
		if s.holder == nil {
			s.lacksHolder()
			return table.Null()
		}
		return get(s.holder)
	}
}

// lacksHolder tells the user, once, if what is asked of a holder is hidden. A socket that
// nobody asks that of, such as one that WHERE leaves out, is no reason.
func (s *socket) lacksHolder() {
	if s.status == ownerHidden && s.where.hidden != nil {
		s.where.hidden()
	}
}

// socketsReader joins sockets with their holders.
type socketsReader struct {
	kernel    *kernelReader
	batches   *ahead.Reader[[]mib2.Socket] // of kernel
	find      func() (*holders, error)
	holders   func() (*holders, error) // of the first search
	otherZone otherZone
	late      []socket
	again     bool // holders were looked for once more
}

// batchesAhead is how many batches may wait to be joined with their holders: enough for
// some ten thousand sockets, which is what is read until the holders are known.
const batchesAhead = 64

// openSockets opens a reader of sockets with the holders that find finds.
func (m *Machine) openSockets(ctx context.Context, q *table.Query, find func(context.Context, *table.Query) (*holders, error)) (table.Reader[socket], error) {
	kernel, err := m.openKernel(ctx, q, all())
	if err != nil {
		return nil, err
	}
	r := &socketsReader{kernel: kernel, otherZone: otherZone{query: q, own: kernel.where.zone, advice: m.OtherZones}}
	r.batches = ahead.Start(ctx, "sockets", batchesAhead, kernel.readAll)
	r.find = func() (*holders, error) { return find(ctx, q) }
	r.holders = sync.OnceValues(r.find)
	kernel.where.hidden = sync.OnceFunc(func() {
		if found, err := r.holders(); err == nil {
			found.noteHidden(q)
		}
	})
	return r, nil
}

// readAll sends every batch.
func (r *kernelReader) readAll(ctx context.Context, send func([]mib2.Socket) bool) (err error) {
	r.ctx = ctx
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		batch, err := r.next()
		if err == io.EOF || err == nil && !send(batch) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// Read keeps back the sockets that are open but were in no process's descriptors: they
// may have been opened, or passed on, after that process was looked at.
func (r *socketsReader) Read(dst []socket) ([]socket, error) {
	found, err := r.holders() // the first time, while sockets are being read ahead
	if err != nil {
		return dst, err
	}
	batch, err := r.batches.Next()
	if err == io.EOF {
		return r.readLate(dst)
	} else if err != nil {
		return dst, err
	}
	have := len(dst)
	dst = slices.Grow(dst, len(batch))
	for i := range batch {
		s := socket{Socket: &batch[i], where: r.kernel.where}
		dst = r.append(dst, &s, found)
	}
	r.kernel.finish(dst[have:])
	r.otherZone.look(dst[have:])
	return dst, nil
}

// append appends the rows of a socket, or keeps it back.
func (r *socketsReader) append(dst []socket, s *socket, found *holders) []socket {
	n := len(dst)
	if dst = found.append(dst, s); len(dst) > n {
		return dst
	}
	s.status = found.unheld(s)
	if s.status == ownerKernel && !r.again && !s.kernelOwn() {
		r.late = append(r.late, *s)
		return dst
	}
	return append(dst, *s)
}

// readLate looks for the holders of the sockets that were kept back once more.
func (r *socketsReader) readLate(dst []socket) ([]socket, error) {
	if len(r.late) == 0 {
		r.otherZone.end()
		return dst, io.EOF
	}
	found, err := r.find()
	if err != nil {
		return dst, err
	}
	r.again = true
	have := len(dst)
	for i := range r.late {
		dst = r.append(dst, &r.late[i], found)
	}
	r.late = nil
	r.kernel.finish(dst[have:])
	return dst, nil
}

func (r *socketsReader) Close() error {
	r.batches.Close(ahead.Patience)
	return nil
}
