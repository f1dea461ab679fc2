package mib2

import (
	"context"
	"io"
)

// Tables reads the socket tables of one zone, or of one network namespace of Linux.
type Tables interface {
	// Open starts reading the tables of the first of some protocols: of as many as the
	// system tells of at one moment. It returns the protocols that are still to be opened.
	// Of one that the system does not tell of the error is ErrNoProtocol, of a system that
	// cannot be read ErrUnsupported. The Reader ends with the context.
	Open(ctx context.Context, protocols []Protocol, filter Filter) (r Reader, rest []Protocol, err error)
}

// Reader reads a table. It is not safe for concurrent use.
type Reader interface {
	// Read appends a batch of sockets, such as those of one kernel reply, and
	// returns the extended slice. At the end it returns io.EOF with no sockets
	// added. After any other error the rows read so far are not the whole table.
	Read(dst []Socket) ([]Socket, error)
	// Close ends the reading early or after the end.
	io.Closer
}

// Sourcer is a Reader that can say where its sockets come from.
type Sourcer interface {
	// Source names the way and, in parentheses, why it was taken if it is not the
	// best one, such as "/proc/net/tcp (no tcp_diag: no such file or directory)". It
	// is final after the first Read.
	Source() string
}

// Limiter is a Reader whose way may tell less than the best one does.
type Limiter interface {
	// Limits says for people, in a line, what it does not tell; "" if it is the best way. It
	// is final after the first Read.
	Limits() string
}

// Clocker is Tables whose sockets have an Origin, and that know the clock of its times.
type Clocker interface {
	Clock() (Clock, error)
}

// SocketCounter is Tables that knows how many sockets there are without reading them.
type SocketCounter interface {
	// Count returns the number of sockets of all protocols, also those that have no table.
	Count(ctx context.Context) (int, error)
}

// Saver is Tables that can save what the kernel answers, also if the answer is wrong; the
// error then says how.
type Saver interface {
	Save(ctx context.Context, w io.Writer) error
}

// ReadAll reads the tables of some protocols to their end. Those of which the system does not
// tell have no sockets; if it tells of none, the error is ErrNoProtocol.
func ReadAll(ctx context.Context, t Tables, protocols []Protocol, filter Filter) (sockets []Socket, err error) {
	missing, asked := 0, len(protocols)
	for len(protocols) > 0 {
		r, rest, err := t.Open(ctx, protocols, filter)
		if err == ErrNoProtocol && missing+1 < asked {
			protocols, missing = protocols[1:], missing+1
			continue
		} else if err != nil {
			return nil, err
		}
		protocols = rest
		for err == nil {
			sockets, err = r.Read(sockets)
		}
		if closing := r.Close(); err == io.EOF {
			err = closing
		}
		if err != nil {
			return nil, err
		}
	}
	return sockets, nil
}

// Unsupported is the Tables of a system whose sockets cannot be read: all that it returns is
// ErrUnsupported.
var Unsupported Tables = unsupported{}

type unsupported struct{}

func (unsupported) Open(context.Context, []Protocol, Filter) (Reader, []Protocol, error) {
	return nil, nil, ErrUnsupported
}
