package vtab

import (
	"context"
	"io"
	"maps"
	"os"
	"slices"
	"sync"

	"sockstat/internal/ahead"
	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/table"
)

// Names of the tables that show the sockets of all protocols.
const (
	socketsName  = "sockets"
	creatorsName = "creators"
)

// sockets declares the table of who holds what: one row for each socket and process that
// holds it, and one for each socket that no visible process holds.
func (m *Machine) sockets() *table.Spec[socket] {
	return &table.Spec[socket]{
		Name:    socketsName,
		Doc:     "Open sockets with the processes that hold them, one row for each pair",
		Rows:    10000,
		Columns: keptSocket(socketsColumns()),
		Open: func(ctx context.Context, q *table.Query) (table.Reader[socket], error) {
			return m.openSockets(ctx, q, m.findHolders)
		},
	}
}

// socketsShown are the columns of sockets that SELECT * shows.
const socketsShown = "proto family label state local_address local_port remote_address remote_port interface " +
	"pid fd user command owner_status zone recv_q send_q backlog backlog_max inode"

// socketsColumns are the columns of sockets.
func socketsColumns() []table.Column[socket] {
	return table.Showing(socketsShown, slices.Concat(identityColumns, holderColumns, kernelColumns, queueMemColumns, abstractColumns, subflowColumns))
}

// holderColumns say who holds a socket.
var holderColumns = []table.Column[socket]{
	{Name: "pid", Type: table.Integer, Pushed: true,
		Doc: "Process that holds the socket; NULL if none is visible, see owner_status",
		Get: ofHolder(func(h *holder) table.Value { return table.Int(h.pid) })},
	{Name: "fd", Type: table.Integer,
		Doc: "Lowest of the process's file descriptors for the socket; NULL if it is not known to hold it, or holds it without one",
		Get: func(s *socket) table.Value {
			s.where.hidden.look(s)
			if s.status != ownerOK || s.fd == proc.NoFD {
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
		Doc: "Arguments of the process, the program first; … at the end if there are more than 131,072 bytes",
		Get: ofHolder(func(h *holder) table.Value { return h.args })},
	{Name: "owner_status", Type: table.Text,
		Doc: "ok; creator: the process shown created the socket, who holds it is not known (illumos); " +
			"or why no process is shown: hidden (some may not be looked at) time_wait unaccepted orphan, kernel (known to be its own), " +
			"unheld (in nobody's descriptors), gone (so is its creator), unknown",
		Values: ownerStatusNames[:], Get: func(s *socket) table.Value { return table.Static(s.status.String()) }},
}

// ofHolder makes a getter of a socket's value of one of its holder's.
func ofHolder(get func(*holder) table.Value) func(*socket) table.Value {
	return func(s *socket) table.Value {
		s.where.hidden.look(s)
		if s.holder == nil {
			return table.Null()
		}
		return get(s.holder)
	}
}

// socketsReader joins sockets with their holders.
type socketsReader struct {
	machine   *Machine
	ctx       context.Context
	query     *table.Query
	rows      kernelRows
	batches   *ahead.Reader[batch]     // nil until all of rows are read, see readFirst
	holders   func() (*holders, error) // of the first search
	creators  func() ([]int32, error)
	kept      []batch        // read before holders were looked for
	hidden    *hiddenHolders // once the holders are known
	ends      bool           // the texts of both ends are wanted
	zones     *zoneReading   // nil if only the caller's own is read
	otherZone otherZone
	given     map[*mib2.Socket][]int32 // holders whose rows were given early
	late      []socket                 // open, but in no process's descriptors at the first search
	again     bool                     // late sockets were looked for
	user      uint32
	unlisted  *unlisted // nil if such sockets are not wanted
}

// batchesAhead is how many batches may wait to be joined with their holders: enough for
// some ten thousand sockets, which is what is read until the holders are known.
const batchesAhead = 32

// openSockets opens a reader of sockets with the holders that find finds.
func (m *Machine) openSockets(ctx context.Context, q *table.Query, find finder) (table.Reader[socket], error) {
	r := &socketsReader{machine: m, ctx: ctx, query: q, ends: q.Parts()&partEnds != 0, user: uint32(os.Geteuid())}
	f := filter(q)
	if r.unlisted = m.newUnlisted(q); r.unlisted != nil {
		f.LocalPorts, f.RemotePorts = nil, nil // what is not read would seem unlisted
	}
	rows, reading, err := m.openRows(ctx, q, all(), f)
	if err != nil {
		return nil, err
	}
	r.zones = reading
	r.unlisted.in(reading)
	r.otherZone = m.newOtherZone(q, rows)
	if r.rows = rows; reading != nil || m.Creators || f.String() != "" || singles(q, "pid") != nil || !r.hasFirst() {
		r.readAhead()
	}
	r.creators = sync.OnceValues(r.readCreators)
	r.holders = sync.OnceValues(func() (*holders, error) {
		found, err := find(ctx, q, search{reading, r.creators})
		if err == nil {
			r.hidden = m.newHiddenHolders(ctx, q, found)
			r.unlisted.start(found)
		}
		return found, err
	})
	return r, nil
}

// readAhead starts to read all sockets.
func (r *socketsReader) readAhead() {
	r.batches = ahead.Start(r.ctx, "sockets", batchesAhead, func(ctx context.Context, send func(batch) bool) error {
		if own, ok := r.rows.(*kernelReader); ok {
			return own.readAll(ctx, send)
		}
		return sendAll(r.rows, send)
	})
}

// finder finds the holders that a query wants.
type finder func(ctx context.Context, q *table.Query, s search) (*holders, error)

// search is what a search for holders can take part in.
type search struct {
	zones    *zoneReading            // nil if only the caller's own is read
	creators func() ([]int32, error) // the processes that created sockets
}

// readCreators reads all sockets, and returns the processes that created any. Only those are
// then looked at.
func (r *socketsReader) readCreators() ([]int32, error) {
	seen := map[int32]bool{}
	for {
		batch, err := r.batches.Next()
		if err == io.EOF {
			return slices.Sorted(maps.Keys(seen)), nil
		} else if err != nil {
			return nil, err
		}
		r.kept = append(r.kept, batch)
		for i := range batch.sockets {
			if o := batch.sockets[i].Origin; o != nil && o.PID != 0 {
				seen[o.PID] = true
			}
		}
	}
}

// next returns the next batch, io.EOF at the end.
func (r *socketsReader) next() (batch, error) {
	if len(r.kept) == 0 {
		return r.batches.Next()
	}
	batch := r.kept[0]
	r.kept = r.kept[1:]
	return batch, nil
}

// Read keeps back the sockets that are open but were in no process's descriptors: they
// may have been opened, or passed on, after that process was looked at.
func (r *socketsReader) Read(dst []socket) ([]socket, error) {
	if r.batches == nil {
		if rows, err := r.readFirst(dst); err != nil || len(rows) > len(dst) {
			return rows, err
		}
	}
	found, err := r.holders() // the first time, while sockets are being read ahead
	if err != nil {
		return dst, err
	}
	batch, err := r.next()
	if err == io.EOF {
		return r.readLate(dst)
	} else if err != nil {
		return dst, err
	}
	if batch.where.hidden != r.hidden { // once for each zone
		batch.where.hidden = r.hidden
	}
	have := len(dst)
	dst = slices.Grow(dst, len(batch.sockets))
	for i := range batch.sockets {
		s := socket{Socket: &batch.sockets[i], where: batch.where}
		r.unlisted.see(s.Inode)
		dst = r.append(dst, &s, found)
	}
	r.finish(dst[have:])
	r.otherZone.look(dst[have:])
	return dst, nil
}

// finish sets what is made of sockets where they are read.
func (r *socketsReader) finish(rows []socket) {
	if r.ends {
		setEnds(rows)
	}
}

// append appends the rows of a socket, or keeps it back.
func (r *socketsReader) append(dst []socket, s *socket, found *holders) []socket {
	n := len(dst)
	if dst = found.append(dst, s); len(dst) > n {
		return r.withoutGiven(dst, n)
	}
	if r.given[s.Socket] != nil { // it was closed since
		return dst
	}
	s.status = found.unheld(s)
	if !s.kernelOwn() && r.deservesAnotherLook(s) {
		r.late = append(r.late, *s)
		return dst
	}
	return append(dst, *s)
}

// deservesAnotherLook reports whether a socket without a holder is kept back. Where processes
// are hidden, those of others are most likely theirs.
func (r *socketsReader) deservesAnotherLook(s *socket) bool {
	switch {
	case r.again:
		return false
	case s.status == ownerHidden && s.Origin == nil:
		_, closer := r.machine.Holders.(proc.CloserHolders)
		return closer && (r.user == 0 || !s.hasUID() || s.UID == r.user)
	}
	return s.status == ownerUnheld
}

// readLate looks for the holders of the sockets that were kept back once more.
func (r *socketsReader) readLate(dst []socket) ([]socket, error) {
	r.again = true
	if len(r.late) == 0 {
		return r.readUnlisted(dst)
	}
	first, err := r.holders()
	if err != nil {
		return dst, err
	}
	found, err := r.machine.findCloser(r.ctx, r.query, first, r.late, search{creators: r.creators})
	if err != nil {
		return dst, err
	}
	have := len(dst)
	for i := range r.late {
		dst = r.append(dst, &r.late[i], found)
	}
	r.late = nil
	r.finish(dst[have:])
	return dst, nil
}

// readUnlisted appends, after all others, the sockets that are in no table of the kernel.
func (r *socketsReader) readUnlisted(dst []socket) ([]socket, error) {
	found, err := r.holders()
	if err != nil {
		return dst, err
	}
	dst, err = r.unlisted.append(r.ctx, dst, found)
	if err != nil {
		return dst, err
	}
	r.unlisted = nil
	r.otherZone.end()
	return dst, io.EOF
}

func (r *socketsReader) Close() error {
	defer r.zones.end()
	if r.batches == nil {
		return r.rows.Close()
	}
	r.batches.Close(ahead.Patience)
	return nil
}
