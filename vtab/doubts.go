package vtab

import (
	"context"
	"sync"

	"sockstat/proc"
	"sockstat/vtab/table"
)

// doubts decides whose word counts. Where Unix sockets come from a text in which names may look
// like rows ([mib2.UnixInfo.Doubtful]), who names a socket could have another process seem to
// hold what he likes. So a row is believed if he is root, or the user who made the socket that
// the row is about: they could have made that socket and its name as well.
type doubts struct {
	users proc.SocketUsers                    // nil if nobody can tell
	all   func() (*proc.SocketHolders, error) // the holders of all sockets
	note  func()                              // tells the user of a row that is not believed
}

// newDoubts returns what decides on the rows that a query wants. The holders are those of some
// processes, or of all if there are no pids.
func (m *Machine) newDoubts(ctx context.Context, q *table.Query, holders *proc.SocketHolders, pids []int32) *doubts {
	d := &doubts{all: func() (*proc.SocketHolders, error) { return holders, nil }}
	d.users, _ = m.Holders.(proc.SocketUsers)
	if pids != nil && m.Holders != nil {
		d.all = sync.OnceValues(func() (*proc.SocketHolders, error) { return m.Holders.Holders(ctx, nil) })
	}
	d.note = func() {
		q.Note(table.Notice{Text: "rows that the name of a Unix socket may have forged are shown without a process"})
	}
	return d
}

// believe reports whether a socket is what its row says, and tells the user if it may not be.
func (d *doubts) believe(s *socket) bool {
	if s.Unix == nil || !s.Unix.Doubtful {
		return true
	}
	if d != nil && s.Unix.After != 0 && s.Inode != 0 {
		named, ok := d.user(s, s.Unix.After)
		own, okOwn := d.user(s, s.Inode)
		if ok && (named == 0 || okOwn && named == own) {
			return true
		}
	}
	if d != nil && s.Inode != 0 {
		d.note()
	}
	return false
}

// user returns who made a Unix socket, as far as a process holds it that may be looked at.
func (d *doubts) user(s *socket, inode uint64) (uid uint32, ok bool) {
	all, err := d.all()
	if err != nil || d.users == nil {
		return 0, false
	}
	e, _ := s.endpoint()
	e.Inode = inode
	for _, h := range all.Of(e) {
		if uid, ok := d.users.SocketUser(h, inode); ok {
			return uid, true
		}
	}
	return 0, false
}
