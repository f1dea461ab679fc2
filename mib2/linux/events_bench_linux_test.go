package linux

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockstat/mib2"
)

// BenchmarkConnections makes short connections on loopback while they are watched in each of
// the ways, and without. Processor time is that of both ends, the kernel's part, and the
// reader: what a way adds to it is what it costs.
func BenchmarkConnections(b *testing.B) {
	for _, way := range []string{"none", "bpf", "bpf-closed", "netlink"} {
		b.Run(way, func(b *testing.B) {
			var w *watching
			kinds := mib2.EventKindsOf(mib2.ConnectionEvents...)
			switch way {
			case "none":
			case "bpf-closed":
				w = watch(b, "bpf", mib2.EventKindsOf(mib2.Disconnected))
			default:
				w = watch(b, way, kinds)
			}
			if w != nil {
				go func() {
					for range w.found {
					}
				}()
			}
			l := newSock(b, mib2.TCP, mib2.Inet).bind(loop4).listen(16)
			at := l.local()
			before := cpuTime(b)
			for b.Loop() {
				shortConnection(b, at, l, false)
			}
			b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op")
			if w != nil {
				b.ReportMetric(float64(w.reader.Lost()), "lost")
			}
		})
	}
}

// cpuTime returns the processor time that this process took.
func cpuTime(b *testing.B) time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func BenchmarkWatch(b *testing.B) {
	for _, way := range []string{"bpf", "netlink"} {
		b.Run(way, func(b *testing.B) {
			for b.Loop() {
				r, err := Events{Way: way}.Watch(b.Context(), mib2.EventFilter{Kinds: mib2.EventKindsOf(mib2.ConnectionEvents...)})
				if err != nil {
					b.Skip(err)
				}
				r.Close()
			}
		})
	}
}
