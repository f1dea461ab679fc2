package table

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
)

// Moment is the reading of several tables together, for one statement or transaction. They
// begin at the same time, and what two of them show can be read once for both, so that a row
// of one is not missing in the other.
type Moment struct {
	ctx     context.Context
	cancel  context.CancelFunc
	queries []*Query

	mutex  sync.Mutex
	shared map[any]any
}

// NewMoment makes queries ones of a moment, which ends with ctx or with [Moment.Close].
func NewMoment(ctx context.Context, queries ...*Query) *Moment {
	m := &Moment{queries: queries, shared: map[any]any{}}
	m.ctx, m.cancel = context.WithCancel(ctx)
	for _, q := range queries {
		q.moment = m
	}
	return m
}

// Moment returns what the query has in common with those of other tables, nil if its table
// is read alone.
func (q *Query) Moment() *Moment { return q.moment }

// Table returns the name of the table that is asked.
func (q *Query) Table() string { return q.info.Name }

// Queries returns the queries of the moment, one for each of its tables.
func (m *Moment) Queries() []*Query { return slices.Clone(m.queries) }

// Shared returns what tables share under a key. The first who asks for it makes it, with a
// context that ends with the moment. If it is an [io.Closer], the end of the moment closes
// it. Any goroutine may call it.
func (m *Moment) Shared(key any, create func(context.Context) any) any {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	v, ok := m.shared[key]
	if !ok {
		v = create(m.ctx)
		m.shared[key] = v
	}
	return v
}

// Close ends the moment. The readers of the tables are to be closed before.
func (m *Moment) Close() (err error) {
	if m == nil {
		return nil
	}
	m.cancel()
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for key, v := range m.shared {
		if c, ok := v.(io.Closer); ok {
			err = errors.Join(err, c.Close())
		}
		delete(m.shared, key)
	}
	return err
}
