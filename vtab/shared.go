package vtab

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"sockstat/internal/ahead"
	"sockstat/mib2"
	"sockstat/vtab/table"
)

// sharedTables are socket tables that several tables of a statement show. Each of those is
// read once for all of them, so that none has a socket that another lacks: two dumps of the
// kernel's differ by what was opened and closed in between. The others are read as ever.
type sharedTables struct {
	mib2.Tables
	readings []*sharedReading
}

// socketTables returns where a query gets the sockets of a zone from: what it shares with the
// other queries of its moment.
func socketTables(q *table.Query, m *Machine, zone string, tables mib2.Tables) mib2.Tables {
	moment := q.Moment()
	if moment == nil {
		return tables
	}
	type key struct {
		*Machine
		zone string
	}
	return moment.Shared(key{m, zone}, func(ctx context.Context) any {
		return newShared(ctx, zone, tables, moment.Queries())
	}).(mib2.Tables)
}

// newShared starts to read what more than one of some queries wants of a zone, "" if its name is
// not known.
func newShared(ctx context.Context, zone string, tables mib2.Tables, queries []*table.Query) *sharedTables {
	t := &sharedTables{Tables: tables}
	wanted := map[mib2.Protocol][]*table.Query{}
	for _, q := range queries {
		if zone != "" && !wants(q, "zone", zone) {
			continue
		}
		for _, p := range protocols(q, protocolsOf(q.Table())) {
			wanted[p] = append(wanted[p], q)
		}
	}
	shared := slices.DeleteFunc(slices.Clone(mib2.Protocols), func(p mib2.Protocol) bool { return len(wanted[p]) < 2 })
	for len(shared) > 0 {
		r := &sharedReading{}
		shared = r.start(ctx, tables, shared, wanted)
		t.readings = append(t.readings, r)
	}
	return t
}

// protocolsOf returns the protocols whose sockets a table shows.
func protocolsOf(name string) []mib2.Protocol {
	if name == socketsName || name == creatorsName {
		return all()
	}
	return slices.DeleteFunc(slices.Clone(mib2.Protocols), func(p mib2.Protocol) bool { return p.String() != name })
}

// Open takes part in the reading of the first protocol, if that is shared.
func (t *sharedTables) Open(ctx context.Context, protocols []mib2.Protocol, filter mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
	for _, r := range t.readings {
		if !slices.Contains(r.protocols, protocols[0]) {
			continue
		}
		var now, rest []mib2.Protocol
		for _, p := range protocols {
			if slices.Contains(r.protocols, p) {
				now = append(now, p)
			} else {
				rest = append(rest, p)
			}
		}
		return &sharedReader{reading: r, protocols: now, filter: filter}, rest, nil
	}
	alone := slices.IndexFunc(protocols, t.isShared)
	if alone < 0 {
		alone = len(protocols)
	}
	reader, rest, err := t.Tables.Open(ctx, protocols[:alone], filter)
	return reader, append(slices.Clone(rest), protocols[alone:]...), err
}

func (t *sharedTables) isShared(p mib2.Protocol) bool {
	return slices.ContainsFunc(t.readings, func(r *sharedReading) bool { return slices.Contains(r.protocols, p) })
}

// Close ends the readings. Their context has ended.
func (t *sharedTables) Close() error {
	for _, r := range t.readings {
		if r.reading != nil {
			r.reading.Close(ahead.Patience)
		}
	}
	return nil
}

// sharedReading reads sockets once and keeps them for all who take part.
type sharedReading struct {
	protocols []mib2.Protocol
	names     []string // of the tables that take part

	mutex   sync.Mutex
	reading *ahead.Reader[[]mib2.Socket] // nil if it could not be opened
	batches [][]mib2.Socket
	err     error // what it ended with

	sourceMutex sync.Mutex
	source      string
}

// start opens the tables of the first of some protocols, and returns the protocols that are
// still to be opened. A failure to do so is that of all who take part.
func (r *sharedReading) start(ctx context.Context, tables mib2.Tables, protocols []mib2.Protocol, wanted map[mib2.Protocol][]*table.Query) []mib2.Protocol {
	queries := wanted[protocols[0]]
	reader, rest, err := tables.Open(ctx, protocols, unionOf(queries))
	opened := except(protocols, rest)
	if err == nil {
		for _, p := range opened {
			queries = union(queries, wanted[p])
		}
		if len(queries) > len(wanted[protocols[0]]) { // several are read together, and of the others more is wanted
			reader.Close()
			reader, _, err = tables.Open(ctx, opened, unionOf(queries))
		}
	}
	for _, q := range queries {
		r.names = append(r.names, q.Table())
	}
	if err != nil {
		r.protocols, r.err = protocols[:1], err
		return protocols[1:]
	}
	r.protocols = opened
	r.reading = ahead.Start(ctx, r.protocols[0].String(), sharedAhead, func(_ context.Context, send func([]mib2.Socket) bool) error {
		return r.read(reader, send)
	})
	return rest
}

// unionOf returns a filter that lets through what any of some queries wants.
func unionOf(queries []*table.Query) mib2.Filter {
	var filters []mib2.Filter
	for _, q := range queries {
		filters = append(filters, filter(q))
	}
	return mib2.Union(filters...)
}

// union returns all of some queries and those of others that are not among them.
func union(queries, others []*table.Query) []*table.Query {
	return append(slices.Clip(queries), slices.DeleteFunc(slices.Clone(others), func(q *table.Query) bool { return slices.Contains(queries, q) })...)
}

// except returns the protocols that are not among others.
func except(protocols, others []mib2.Protocol) []mib2.Protocol {
	return slices.DeleteFunc(slices.Clone(protocols), func(p mib2.Protocol) bool { return slices.Contains(others, p) })
}

// sharedAhead is how many replies of the kernel may wait to be looked at: so many that it is
// asked for the next one at once, and all is of one moment.
const sharedAhead = 1 << 12

// read sends every batch.
func (r *sharedReading) read(from mib2.Reader, send func([]mib2.Socket) bool) (err error) {
	defer func() {
		if closing := from.Close(); err == nil {
			err = closing
		}
	}()
	for {
		batch, err := from.Read(make([]mib2.Socket, 0, replyRows))
		r.setSource(from)
		switch {
		case err == io.EOF, err == nil && !send(batch):
			return nil
		case err != nil:
			return err
		}
	}
}

func (r *sharedReading) setSource(from mib2.Reader) {
	r.sourceMutex.Lock()
	defer r.sourceMutex.Unlock()
	if s, ok := from.(mib2.Sourcer); ok {
		r.source = s.Source()
	}
}

// batch waits for the numbered batch. It returns io.EOF after the last one.
func (r *sharedReading) batch(n int) ([]mib2.Socket, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for n >= len(r.batches) && r.err == nil {
		var batch []mib2.Socket
		if batch, r.err = r.reading.Next(); r.err == nil {
			r.batches = append(r.batches, batch)
		}
	}
	if n < len(r.batches) {
		return r.batches[n], nil
	}
	return nil, r.err
}

// sharedReader is one who takes part in a reading: what it gives are the sockets of its own
// protocols that its own filter lets through.
type sharedReader struct {
	reading   *sharedReading
	protocols []mib2.Protocol
	filter    mib2.Filter
	next      int
}

func (r *sharedReader) Read(dst []mib2.Socket) ([]mib2.Socket, error) {
	for have := len(dst); len(dst) == have; r.next++ {
		batch, err := r.reading.batch(r.next)
		if err != nil {
			return dst, err
		}
		for i := range batch {
			if s := &batch[i]; slices.Contains(r.protocols, s.Proto) && r.filter.Match(s) {
				dst = append(dst, *s)
			}
		}
	}
	return dst, nil
}

// Close leaves the reading to the others.
func (r *sharedReader) Close() error { return nil }

// Source says where the sockets come from and who else is given them.
func (r *sharedReader) Source() string {
	r.reading.sourceMutex.Lock()
	defer r.reading.sourceMutex.Unlock()
	return fmt.Sprintf("%s, once for %s", r.reading.source, strings.Join(r.reading.names, " and "))
}
