package saved_test

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/saved"
)

// busy returns a host with many connections.
func busy(connections int) *world {
	w := newWorld()
	for i := range connections {
		inode := uint64(1000 + i)
		w.rows = append(w.rows, mib2.Socket{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Established, Inode: inode, Cookie: inode,
			Local:  netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), 443),
			Remote: netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, byte(i >> 14), byte(i >> 6)}), uint16(1024+i&63))})
		w.held = append(w.held, proc.Held{Inode: inode, Holder: proc.Holder{PID: 101, FD: int32(i)}})
	}
	return w
}

// A moment of a busy host in which next to nothing happened, and what it adds to the file.
func BenchmarkMoment(b *testing.B) {
	w := busy(61000)
	file := path(b)
	r, err := saved.NewRecorder(file)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	add := func() {
		if _, err := r.Add(context.Background(), w.machine(), saved.Choice{Lean: true}); err != nil {
			b.Fatal(err)
		}
	}
	add()
	add()
	before := size(b, file)
	for b.Loop() {
		add()
	}
	b.ReportMetric(float64(before), "bytes-first")
	b.ReportMetric(float64(size(b, file)-before)/float64(b.N), "bytes/op")
}

// What was open at noon of a day of minutes, on a host with many connections of which some come
// and go in each minute: the file is opened for it.
func BenchmarkAtOfADay(b *testing.B) {
	const minutes = 24 * 60
	g := rand.New(rand.NewPCG(1, 2))
	w, next := busy(5000), uint64(100000)
	w.hidden = 0
	file := path(b)
	r, err := saved.NewRecorder(file)
	if err != nil {
		b.Fatal(err)
	}
	start := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	for minute := range minutes {
		churn(w, g, &next)
		if _, err := r.Add(b.Context(), w.machine(), saved.Choice{Lean: true, Time: start.Add(time.Duration(minute) * time.Minute)}); err != nil {
			b.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		b.Fatal(err)
	}
	for _, at := range []string{"2026-11-26T00:00:30Z", "2026-11-26T12:00:30Z", "2026-11-26T23:59:30Z"} {
		b.Run(at, func(b *testing.B) {
			for b.Loop() {
				f := open(b, file)
				moment, err := f.At(at)
				if err != nil {
					b.Fatal(err)
				}
				if rows, _ := query(b, f.Machine(moment), "SELECT count(*), count(DISTINCT remote) FROM sockets"); len(rows) != 1 {
					b.Fatal(rows)
				}
				f.Close()
			}
			b.ReportMetric(float64(size(b, file)), "bytes")
		})
	}
}
