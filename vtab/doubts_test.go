package vtab

import (
	"context"
	"slices"
	"testing"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/table"
)

// onlyHolders cannot tell who made sockets.
type onlyHolders struct{ all proc.Holders }

func (o onlyHolders) Holders(ctx context.Context, pids []int32) (*proc.SocketHolders, error) {
	return o.all.Holders(ctx, pids)
}

// A row that a name may have forged shows a process only if who named it is root or made the
// socket of the row himself, whatever processes are asked for; the user is told once of others.
func TestForgedRows(t *testing.T) {
	unix := func(inode uint64, doubtful bool, after uint64) mib2.Socket {
		return mib2.Socket{Proto: mib2.Unix, Family: mib2.Local, State: mib2.Listen, Inode: inode,
			Unix: &mib2.UnixInfo{Type: mib2.Stream, Path: "/run/x", Doubtful: doubtful, After: after}}
	}
	m := savedMachine([]mib2.Socket{
		unix(1, false, 0), unix(2, false, 0), unix(3, false, 0), // named by root, by user 5, by nobody knows whom
		unix(11, true, 1), unix(12, true, 2), unix(13, true, 3), unix(14, true, 0), unix(15, true, 2), unix(16, true, 99),
	}, map[uint64][]int32{1: {1}, 2: {2}, 3: {3}, 11: {4}, 12: {4}, 13: {4}, 14: {4}, 15: {5}, 16: {4}})
	m.Holders.(*rowProcesses).madeBy = map[uint64]uint32{1: 0, 2: 5, 11: 7, 12: 7, 13: 7, 14: 7, 15: 5, 16: 7}
	const sql = "SELECT inode, pid, owner_status FROM sockets WHERE %s"
	believed := []string{"1 1 ok", "2 2 ok", "3 3 ok", "11 4 ok", "15 5 ok"}
	doubted := []string{"12 - unknown", "13 - unknown", "14 - unknown", "16 - unknown"}
	for condition, want := range map[string][]string{
		"true":            slices.Concat(believed, doubted),
		"pid IS NULL":     doubted,
		"pid IN (4)":      {"11 4 ok"},
		"pid IN (4, 5)":   {"11 4 ok", "15 5 ok"},
		"inode = 12":      {"12 - unknown"},
		"state = 'BOUND'": nil,
	} {
		db := openMachine(t, m)
		notices := 0
		db.OnNotice(func(n table.Notice) {
			if !n.Detail {
				notices++
			}
		})
		equal(t, query(t, db, sql, condition), want...)
		if said := len(want) > 0; notices != 1 && said {
			t.Errorf("%s: said %d times", condition, notices)
		}
	}
	m.Holders = onlyHolders{m.Holders}
	equal(t, query(t, openMachine(t, m), sql, "inode > 10"), "11 - unknown", "12 - unknown", "13 - unknown", "14 - unknown", "15 - unknown", "16 - unknown")
}
