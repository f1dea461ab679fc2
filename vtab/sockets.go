package vtab

import (
	"context"
	"io"
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
		kernel, err := openKernel(q, protocols(q, []mib2.Protocol{mib2.UDP, mib2.TCP}))
		if err != nil {
			return nil, err
		}
		r := &socketsReader{kernel: kernel, ahead: readAhead(ctx, kernel), query: q}
		r.find = func() (*holders, error) { return findHolders(ctx, q) }
		r.holders = sync.OnceValues(r.find)
		go r.holders() // beside the reading of the sockets
		return r, nil
	},
}

// holderColumns say who holds a socket.
var holderColumns = []engine.Column[socket]{
	{Name: "pid", Type: engine.Integer, Pushed: true,
		Doc: "Process that holds the socket; NULL if none is visible, see owner_status",
		Get: ofHolder(func(h *holder) engine.Value { return engine.Int(h.pid) })},
	{Name: "fd", Type: engine.Integer,
		Doc: "Lowest of the process's file descriptors for the socket",
		Get: func(s *socket) engine.Value {
			if s.holder == nil {
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
		Doc: "ok, or why no process is shown: hidden time_wait unaccepted orphan kernel",
		Get: func(s *socket) engine.Value { return engine.Static(string(s.status)) }},
}

// ofHolder makes a getter of a socket's value of one of its holder's.
func ofHolder(get func(*holder) engine.Value) func(*socket) engine.Value {
	return func(s *socket) engine.Value {
		if s.holder == nil {
			return engine.Null()
		}
		return get(s.holder)
	}
}

// socketsReader joins sockets with their holders.
type socketsReader struct {
	kernel  *kernelReader
	ahead   *ahead
	find    func() (*holders, error)
	holders func() (*holders, error) // of the first search
	late    []mib2.Socket
	query   *engine.Query
	hidden  bool // some socket has a holder that is hidden
}

// Read keeps back the sockets that are open but were in no process's descriptors: they
// may have been opened, or passed on, after that process was looked at.
func (r *socketsReader) Read(dst []socket) ([]socket, error) {
	batch, err := r.ahead.next()
	if err == io.EOF {
		return r.readLate(dst)
	}
	if err != nil {
		return dst, err
	}
	found, err := r.holders()
	if err != nil {
		return dst, err
	}
	have := len(dst)
	dst = slices.Grow(dst, len(batch))
	for i := range batch {
		s := &batch[i]
		n := len(dst)
		if dst = found.append(dst, s, r.kernel.where); len(dst) > n {
			continue
		}
		switch status := found.unheld(s); status {
		case ownerKernel:
			r.late = append(r.late, *s)
		case ownerHidden:
			r.noteHidden()
			fallthrough
		default:
			dst = append(dst, socket{Socket: *s, where: r.kernel.where, status: status})
		}
	}
	r.kernel.finish(dst[have:])
	return dst, nil
}

// noteHidden says that processes are missing, if the statement reads any.
func (r *socketsReader) noteHidden() {
	if !r.hidden && r.query.Uses(holderNames...) {
		n := engine.Notice{Text: "the holders of some sockets are hidden: permission denied"}
		if os.Geteuid() != 0 {
			n.Hint = "run as root to see the processes of others"
		}
		r.query.Note(n)
	}
	r.hidden = true
}

// holderNames are the columns that are NULL without a holder.
var holderNames = []string{"pid", "fd", "user", "command", "args"}

// readLate looks for the holders of the sockets that were kept back once more.
func (r *socketsReader) readLate(dst []socket) ([]socket, error) {
	if len(r.late) == 0 {
		return dst, io.EOF
	}
	found, err := r.find()
	if err != nil {
		return dst, err
	}
	have := len(dst)
	for i := range r.late {
		s := &r.late[i]
		n := len(dst)
		if dst = found.append(dst, s, r.kernel.where); len(dst) == n {
			dst = append(dst, socket{Socket: *s, where: r.kernel.where, status: found.unheld(s)})
		}
	}
	r.late = nil
	r.kernel.finish(dst[have:])
	return dst, nil
}

func (r *socketsReader) Close() error {
	r.ahead.close()
	err := r.kernel.Close()
	r.holders() // leaves no search behind; the end of the context cuts it short
	return err
}
