package vtab

import (
	"context"
	"slices"
	"testing"

	"sockstat/proc"
)

// earlyHolders find those of every second socket before the others.
type earlyHolders struct {
	onlyHolders
	asked  int
	closed bool // by the time all are looked for, those are not held any more
}

func (e *earlyHolders) Holders(ctx context.Context, pids []int32) (*proc.SocketHolders, error) {
	if e.closed {
		return e.half(ctx, 0)
	}
	return e.onlyHolders.Holders(ctx, pids)
}

func (e *earlyHolders) FirstHolders(ctx context.Context) (*proc.SocketHolders, error) {
	e.asked++
	return e.half(ctx, 1)
}

// half returns the holders of one half of the sockets.
func (e *earlyHolders) half(ctx context.Context, which int) (*proc.SocketHolders, error) {
	all, err := e.onlyHolders.Holders(ctx, nil)
	if err != nil {
		return nil, err
	}
	var some []proc.Held
	n := 0
	for endpoint, holders := range all.All() {
		for i := 0; n%2 == which && i < len(holders); i++ {
			some = append(some, proc.Held{Inode: endpoint.Inode, Holder: holders[i]})
		}
		n++
	}
	return proc.NewSocketHolders(some, 0), nil
}

// Rows that are given before all holders are known are those that would come later, once.
func TestFirstSockets(t *testing.T) {
	const sql = "SELECT proto, inode, pid, fd, user, command, owner_status, local, remote, zone FROM sockets"
	m := everyMachine()
	all := m.Holders
	m.Holders = onlyHolders{all}
	want := query(t, openMachine(t, m), sql)
	early := &earlyHolders{onlyHolders: onlyHolders{all}}
	m.Holders = early
	db := openMachine(t, m)
	got := query(t, db, sql)
	if early.asked != 1 || slices.Equal(got, want) {
		t.Errorf("asked %d times, and nothing came early", early.asked)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	if got := query(t, db, "SELECT owner_status FROM sockets LIMIT 2"); !slices.Equal(got, []string{"ok", "ok"}) {
		t.Errorf("first rows: %q", got)
	}
	early.asked = 0
	query(t, db, sql+" WHERE pid = 1")
	query(t, db, sql+" WHERE state = 'LISTEN'")
	if early.asked != 0 {
		t.Errorf("asked %d times where few rows are wanted", early.asked)
	}
	early.closed = true
	if got := query(t, db, "SELECT cookie FROM sockets WHERE owner_status <> 'ok' AND cookie IN (SELECT cookie FROM sockets WHERE owner_status = 'ok')"); len(got) > 0 {
		t.Errorf("sockets that were closed in between are held, and not held: %q", got)
	}
}
