package vtab

import (
	"context"
	"fmt"
	"net/netip"
	"testing"

	"sockstat/mib2"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// canned makes the rows of a machine with n connections and 100 processes.
func canned(n int) []socket {
	where := &place{zone: "global"}
	rows := make([]socket, n)
	for i := range rows {
		h := &holder{pid: int32(1000 + i%100), user: table.Static("root"), command: table.Static(fmt.Sprint("server", i%100))}
		rows[i] = socket{where: where, holder: h, fd: int32(i), status: ownerOK, Socket: &mib2.Socket{
			Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Established, Inode: uint64(i),
			Local:  netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, 1}), uint16(i)),
			Remote: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 443),
		}}
	}
	return rows
}

// The work of SQLite and the engine for the listing, without reading sockets and without
// printing.
func BenchmarkListing(b *testing.B) {
	rows := canned(61218)
	setEnds(rows)
	spec := *(&Machine{}).sockets()
	spec.Open = func(context.Context, *table.Query) (table.Reader[socket], error) {
		return &table.List[socket]{Rows: rows}, nil
	}
	db, err := engine.Open(&spec)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	b.ReportAllocs()
	for b.Loop() {
		st, _, err := db.Prepare(`SELECT user, command, pid, label, local, coalesce(remote, '*.*')
			FROM sockets WHERE local IS NOT NULL`)
		if err != nil {
			b.Fatal(err)
		}
		for {
			ok, err := st.Step(context.Background())
			if err != nil {
				b.Fatal(err)
			}
			if !ok {
				break
			}
			for i := range 6 {
				_ = st.Value(i)
			}
		}
		st.Close()
	}
}
