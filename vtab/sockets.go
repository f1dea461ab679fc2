package vtab

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"

	"sockstat/mib2"
	"sockstat/vtab/engine"
)

// Sockets is the table of who holds what: one row for each socket and process that holds
// it, and one for each socket that no visible process holds.
var Sockets = &engine.Spec[socket]{
	Name:    "sockets",
	Doc:     "Open sockets with the processes that hold them, one row for each pair",
	Rows:    10000,
	Columns: slices.Concat(identityColumns, holderColumns, kernelColumns),
	Open: func(ctx context.Context, q *engine.Query) (engine.Reader[socket], error) {
		return openSockets(ctx, q, findHolders)
	},
}

// openSockets opens a reader of sockets with the holders that find finds.
func openSockets(ctx context.Context, q *engine.Query, find func(context.Context, *engine.Query) (*holders, error)) (engine.Reader[socket], error) {
	kernel, err := openKernel(ctx, q, protocols(q, []mib2.Protocol{mib2.UDP, mib2.TCP}))
	if err != nil {
		return nil, err
	}
	r := &socketsReader{kernel: kernel, unix: wantsUnix(q), onlyUnix: len(kernel.protocols) == 0}
	r.ahead = readAhead(ctx, kernel)
	r.otherZone = otherZone{query: q, own: kernel.where.zone}
	r.find = func() (*holders, error) { return find(ctx, q) }
	r.holders = sync.OnceValues(r.find)
	kernel.where.hidden = sync.OnceFunc(func() {
		if found, err := r.holders(); err == nil {
			noteHidden(q, found)
		}
	})
	return r, nil
}

// holderColumns say who holds a socket.
var holderColumns = []engine.Column[socket]{
	{Name: "pid", Type: engine.Integer, Pushed: true,
		Doc: "Process that holds the socket; NULL if none is visible, see owner_status",
		Get: ofHolder(func(h *holder) engine.Value { return engine.Int(h.pid) })},
	{Name: "fd", Type: engine.Integer,
		Doc: "Lowest of the process's file descriptors for the socket; NULL if it is not known to hold it",
		Get: func(s *socket) engine.Value {
			if s.status != ownerOK {
				s.lacksHolder()
				return engine.Null()
			}
			return engine.Int(s.fd)
		}},
	{Name: "user", Type: engine.Text,
		Doc: "User of the process, the user id if it has no name",
		Get: ofHolder(func(h *holder) engine.Value { return h.user })},
	{Name: "command", Type: engine.Text,
		Doc: "Name of the process's program",
		Get: ofHolder(func(h *holder) engine.Value { return h.command })},
	{Name: "args", Type: engine.Text,
		Doc: "Arguments of the process, the program first",
		Get: ofHolder(func(h *holder) engine.Value { return h.args })},
	{Name: "owner_status", Type: engine.Text,
		Doc: "ok; creator: the process shown created the socket, who holds it is not known (illumos); " +
			"or why no process is shown: hidden time_wait unaccepted orphan kernel gone (so is its creator) unknown",
		Get: func(s *socket) engine.Value { return engine.Static(s.status.String()) }},
}

// ofHolder makes a getter of a socket's value of one of its holder's.
func ofHolder(get func(*holder) engine.Value) func(*socket) engine.Value {
	return func(s *socket) engine.Value {
		if s.holder == nil {
			s.lacksHolder()
			return engine.Null()
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
	ahead     *ahead
	find      func() (*holders, error)
	holders   func() (*holders, error) // of the first search
	unix      bool                     // Unix sockets are still to be read
	onlyUnix  bool                     // no others are wanted
	otherZone otherZone
	late      []socket
	again     bool // holders were looked for once more
}

// Read keeps back the sockets that are open but were in no process's descriptors: they
// may have been opened, or passed on, after that process was looked at.
func (r *socketsReader) Read(dst []socket) ([]socket, error) {
	found, err := r.holders() // the first time, while sockets are being read ahead
	if err != nil {
		return dst, err
	}
	batch, err := r.ahead.next()
	if err == io.EOF {
		return r.readUnix(dst)
	}
	if err != nil {
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
	if s.status == ownerKernel && !r.again {
		r.late = append(r.late, *s)
		return dst
	}
	return append(dst, *s)
}

// readUnix reads the Unix sockets, if they are wanted and were not read yet.
func (r *socketsReader) readUnix(dst []socket) ([]socket, error) {
	if !r.unix {
		return r.readLate(dst)
	}
	r.unix = false
	found, err := r.holders()
	if err != nil {
		return dst, err
	}
	sockets, err := readUnix(r.kernel.ctx, r.kernel.query, r.kernel.where)
	if err != nil && !r.onlyUnix && (errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist)) {
		r.kernel.query.Note(engine.Notice{Text: "Unix sockets are not shown: " + err.Error()})
	} else if err != nil {
		return dst, err
	}
	have := len(dst)
	for i := range sockets {
		dst = r.append(dst, &sockets[i], found)
	}
	r.kernel.finish(dst[have:])
	return dst, nil
}

// noteHidden says that processes are missing.
func noteHidden(q *engine.Query, found *holders) {
	n := engine.Notice{Text: "the holders of some sockets are hidden: " + found.sockets.Partial()}
	if os.Geteuid() != 0 {
		n.Hint = "run as root to see the processes of others"
	}
	q.Note(n)
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
	r.ahead.close()
	return r.kernel.Close()
}
