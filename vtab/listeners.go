package vtab

import (
	"context"
	"io"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/table"
)

// listeners are how many sockets processes hold that listen.
type listeners struct {
	count map[int32]int
	zone  uint64 // the caller's, 0 if zones are not known
	all   bool   // the sockets of all zones were read
}

// findListeners counts the rows of the table sockets.
func (m *Machine) findListeners(ctx context.Context, q *table.Query) (*listeners, error) {
	own, err := m.ownZone()
	if err != nil && !isUnseen(err) {
		return nil, err
	}
	sockets := m.sockets()
	info := sockets.Info()
	pid, state := info.Column("pid"), info.Column("state")
	inner := table.NewQuery(info, q.Note, table.Scan{Used: 1<<min(pid, 63) | 1<<min(state, 63), Terms: []table.Term{
		{Column: state, Op: table.OpEq, Values: []table.Value{table.String(mib2.Listen.String())}},
		{Column: pid, Op: table.OpNotNull},
	}})
	rows, err := sockets.Read(ctx, inner)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	l := &listeners{count: map[int32]int{}, zone: own.ID, all: m.Selection.All}
	for {
		batch, err := rows.Next()
		if err == io.EOF {
			return l, nil
		} else if err != nil {
			return nil, err
		}
		for i := range batch.Len() {
			if holder := batch.Value(i, pid); !holder.IsNull() && batch.Value(i, state).Bytes() == mib2.Listen.String() {
				l.count[int32(holder.Int())]++
			}
		}
	}
}

// of returns how many a process holds. Of one in a zone whose sockets were not read, that is not
// known unless it holds some of another.
func (l *listeners) of(p *proc.Process) table.Value {
	n, ok := l.count[p.PID]
	if !ok && p.Zone != l.zone && !l.all {
		return table.Null()
	}
	return table.Int(n)
}
