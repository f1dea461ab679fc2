package vtab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"sockstat/internal/ahead"
	"sockstat/proc"
	"sockstat/vtab/table"
)

// zonesReader reads the sockets of several zones, those of some while those of the one before
// are being taken, and gives them zone by zone.
type zonesReader struct {
	ctx   context.Context
	query *table.Query
	zones func() ([]proc.Zone, error)   // nil once they are known
	open  func(proc.Zone) *kernelReader // nil if nothing of the zone is wanted

	rest    []proc.Zone // still to be opened
	running []zoneReader
	what    string   // what is read of them, "sockets" if empty
	unread  []string // the names of zones that may not be read
	why     error    // of the first
}

// zoneReader reads one zone.
type zoneReader struct {
	zone proc.Zone
	*ahead.Reader[batch]
}

// zonesAhead is how many zones are read at once. Most of it is the kernel's work.
const zonesAhead = 4

// next returns the next batch.
func (r *zonesReader) next() (batch, error) {
	if err := r.begin(); err != nil {
		return batch{}, err
	}
	for len(r.running) > 0 {
		of := r.running[0]
		b, err := of.Next()
		if err == nil {
			return b, nil
		}
		of.Reader.Close(0)
		r.running = r.running[1:]
		if err != io.EOF {
			if err := r.orLeaveOut(of.zone, err); err != nil {
				return batch{}, err
			}
		}
		r.start()
	}
	r.noteUnread()
	return batch{}, io.EOF
}

// begin starts to read the first zones.
func (r *zonesReader) begin() (err error) {
	if r.zones == nil {
		return nil
	}
	if r.rest, err = r.zones(); err != nil {
		return err
	}
	r.zones = nil
	r.start()
	return nil
}

// start starts to read as many zones as may be.
func (r *zonesReader) start() {
	for len(r.running) < zonesAhead && len(r.rest) > 0 {
		z := r.rest[0]
		r.rest = r.rest[1:]
		if kernel := r.open(z); kernel != nil {
			r.running = append(r.running, zoneReader{z, ahead.Start(r.ctx, "sockets of zone "+z.Name, batchesAhead, kernel.readAll)})
		}
	}
}

// orLeaveOut returns an error unless it says that a zone other than the caller's own is gone, or
// may not be read.
func (r *zonesReader) orLeaveOut(z proc.Zone, err error) error {
	switch {
	case z.Own:
		return err
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, fs.ErrPermission):
		r.unread = append(r.unread, z.Name)
		if r.why == nil {
			r.why = err
		}
		return nil
	}
	return fmt.Errorf("zone %q: %w", z.Name, err)
}

// noteUnread tells the user which zones may not be read.
func (r *zonesReader) noteUnread() {
	switch n := len(r.unread); n {
	case 0:
		return
	case 1:
		r.query.Note(table.Notice{Text: fmt.Sprintf("the %s of zone %q are not shown: %v", cmp.Or(r.what, "sockets"), r.unread[0], r.why), Hint: rootHint()})
	default:
		r.query.Note(table.Notice{Text: fmt.Sprintf("the %s of %d zones are not shown: %v", cmp.Or(r.what, "sockets"), n, r.why), Hint: rootHint()})
	}
	r.unread = nil
}

// Close ends the reading.
func (r *zonesReader) Close() error {
	for _, of := range r.running {
		of.Reader.Close(0)
	}
	for _, of := range r.running {
		of.Reader.Close(ahead.Patience)
	}
	r.running, r.rest, r.zones = nil, nil, nil
	return nil
}

// sendAll sends every batch of kernel rows, and closes them.
func sendAll(rows kernelRows, send func(batch) bool) (err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		b, err := rows.next()
		if err == io.EOF || err == nil && !send(b) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
