package mib2

import (
	"context"
	"io"
	"os"
)

// OpenTables starts reading the tables of the first of some protocols: of as many as this
// system tells of at one moment. It returns the protocols that are still to be opened.
func OpenTables(ctx context.Context, protocols []Protocol, filter Filter) (r Reader, rest []Protocol, err error) {
	read := readTables
	if replayed != "" {
		read = readReplayed
	}
	if read != nil {
		return newReplyReader(ctx, protocols, filter, read), nil, nil
	}
	r, err = Open(protocols[0], filter)
	return r, protocols[1:], err
}

// readTables reads the tables of several protocols by one request. The OS file of a system
// that has such a request sets it.
var readTables func(context.Context, []Protocol, *Filter) ([]Socket, error)

// HasOrigin reports whether sockets have an Origin: whether they come from an illumos
// kernel, this machine's or a saved reply's.
func HasOrigin() bool { return readTables != nil || replayed != "" }

// replayed is the file that Replay was called with.
var replayed string

// Replay has sockets come from a file that [Save] wrote, on whatever machine.
func Replay(file string) { replayed = file }

// Replaying reports whether Replay was called: the processes are not those of this machine.
func Replaying() bool { return replayed != "" }

func readReplayed(_ context.Context, protocols []Protocol, filter *Filter) ([]Socket, error) {
	f, err := os.Open(replayed)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return DecodeCapture(nil, f, protocols, *filter)
}

// replyReader gives out sockets that are read at once, since only a whole reply can be
// trusted.
type replyReader struct {
	read func() ([]Socket, error) // nil once they are read
	rows []Socket
}

func newReplyReader(ctx context.Context, protocols []Protocol, filter Filter,
	read func(context.Context, []Protocol, *Filter) ([]Socket, error)) *replyReader {
	return &replyReader{read: func() ([]Socket, error) { return read(ctx, protocols, &filter) }}
}

func (r *replyReader) Read(dst []Socket) (_ []Socket, err error) {
	if r.read != nil {
		if r.rows, err = r.read(); err != nil {
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

func (r *replyReader) Close() error {
	r.rows = nil
	return nil
}

// Source names the saved reply; the kernel's own has but one way.
func (r *replyReader) Source() string {
	if replayed != "" {
		return replayed
	}
	return "/dev/arp"
}
