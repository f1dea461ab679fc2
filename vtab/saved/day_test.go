package saved_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/saved"
)

// churn closes some connections and opens others.
func churn(w *world, g *rand.Rand, next *uint64) {
	for range 10 {
		if i := g.IntN(len(w.rows)); len(w.rows) > 200 {
			w.rows = slices.Delete(w.rows, i, i+1)
		}
	}
	for range 10 {
		*next++
		w.rows = append(w.rows, mib2.Socket{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Established, Inode: *next, Cookie: *next,
			Local:  netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), 443),
			Remote: netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(g.IntN(50))}), uint16(1024+*next%50000))})
		w.held = append(w.held, proc.Held{Inode: *next, Holder: proc.Holder{PID: 101, FD: int32(*next)}})
	}
}

// A day of minutes gives the right answer for each of them, and takes the room of what changed.
func TestDay(t *testing.T) {
	minutes := 24 * 60
	if testing.Short() {
		minutes = 100
	}
	g := rand.New(rand.NewPCG(1, 2))
	w, next := newWorld(), uint64(1000)
	w.hidden = 0
	for range 20 {
		churn(w, g, &next)
	}
	file := path(t)
	r, err := saved.NewRecorder(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	start := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	const sql = "SELECT count(*), sum(remote_port), count(DISTINCT remote_address), sum(fd) FROM sockets"
	asked := map[int][]string{}
	first := int64(0)
	for minute := range minutes {
		churn(w, g, &next)
		if _, err := r.Add(context.Background(), w.machine(), saved.Choice{Tables: []string{"sockets", "tcp", "processes"}, Lean: true,
			Time: start.Add(time.Duration(minute) * time.Minute)}); err != nil {
			t.Fatal(err)
		}
		if minute%37 == 0 {
			asked[minute], _ = query(t, w.machine(), sql)
		}
		if minute == 0 {
			first = size(t, file)
		}
	}
	perMinute := float64(size(t, file)-first) / float64(minutes-1)
	t.Logf("%d bytes, then %.0f a minute", first, perMinute)
	if changed := 20.0; perMinute > 250*changed { // a socket is in two tables, with their indexes
		t.Errorf("a minute takes %.0f bytes", perMinute)
	}
	f := open(t, file)
	for minute, want := range asked {
		moment, err := f.At(start.Add(time.Duration(minute)*time.Minute + 30*time.Second).Format(time.RFC3339))
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := query(t, f.Machine(moment), sql); !slices.Equal(got, want) {
			t.Errorf("minute %d: %q instead of %q", minute, got, want)
		}
	}
}

// What is beyond an age or a size goes, and what is kept stays as it was.
func TestKeep(t *testing.T) {
	g := rand.New(rand.NewPCG(3, 4))
	for _, limit := range []string{"20m", "1KB", "40m,1KB"} { // the size is that of the file after some moments
		w, next := newWorld(), uint64(1000)
		for range 20 {
			churn(w, g, &next)
		}
		file := path(t)
		r, err := saved.NewRecorder(file)
		if err != nil {
			t.Fatal(err)
		}
		keep, err := saved.ParseLimit(limit)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
		const sql = "SELECT count(*), sum(remote_port), count(DISTINCT command), sum(fd) FROM sockets"
		want := map[int64][]string{}
		limited := keep.Size > 0
		keep.Size = 0
		for minute := range 70 {
			if limited && minute == 20 {
				keep.Size = size(t, file)
			}
			churn(w, g, &next)
			w.processes[0].Args = fmt.Sprint("web ", minute)
			moment, err := r.Add(context.Background(), w.machine(), saved.Choice{Tables: []string{"sockets", "processes"}, Keep: keep,
				Time: start.Add(time.Duration(minute) * time.Minute)})
			if err != nil {
				t.Fatal(err)
			}
			if minute%5 == 4 {
				want[moment.Number], _ = query(t, w.machine(), sql)
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		f := open(t, file)
		moments := f.Moments()
		age := moments[len(moments)-1].Time.Sub(moments[0].Time)
		if keep.Age > 0 && (age > keep.Age+3*time.Minute || keep.Size == 0 && age < keep.Age) {
			t.Errorf("%s: kept %v", limit, age)
		}
		if n := size(t, file); keep.Size > 0 && n > keep.Size*5/4 {
			t.Errorf("%s: %d bytes", limit, n)
		}
		if len(moments) < 10 || len(moments) > 68 {
			t.Errorf("%s: %d moments", limit, len(moments))
		}
		for _, m := range moments {
			if w := want[m.Number]; w != nil {
				if got, _ := query(t, f.Machine(m), sql); !slices.Equal(got, w) {
					t.Errorf("%s: moment %d: %q instead of %q", limit, m.Number, got, w)
				}
			}
		}
	}
	file := path(t)
	for range 3 { // more than the limit stays where one moment alone takes it
		save(t, file, newWorld().machine(), saved.Choice{Keep: saved.Limit{Size: 1}})
	}
	if n := len(open(t, file).Moments()); n != 1 {
		t.Errorf("%d moments", n)
	}
	for _, text := range []string{"", "7", "-1d", "0s", "GB", "7d,", "x"} {
		if l, err := saved.ParseLimit(text); err == nil {
			t.Errorf("%q is %v", text, l)
		}
	}
}

// The times that users write are those that were meant.
func TestParseTime(t *testing.T) {
	before := time.Date(2026, 11, 26, 5, 0, 0, 0, time.Local)
	for text, want := range map[string]string{
		"03:12": "2026-11-26 03:12:00", "23:59": "2026-11-25 23:59:00", "03:12:30": "2026-11-26 03:12:30", "2026-11-20 01:02": "2026-11-20 01:02:00",
		"2026-11-20": "2026-11-20 00:00:00", "2026-11-20T01:02": "2026-11-20 01:02:00", "-10min": "2026-11-26 04:50:00", "-1d12h": "2026-11-24 17:00:00", "-1.5h": "2026-11-26 03:30:00", "-90m": "2026-11-26 03:30:00", "-1d": "2026-11-25 05:00:00",
	} {
		got, err := saved.ParseTime(text, before)
		if err != nil || got.Local().Format(time.DateTime) != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	if got, err := saved.ParseTime("@1700000000", before); err != nil || got.Unix() != 1700000000 {
		t.Error(got, err)
	}
	for _, text := range []string{"", "noon", "25:00", "@x", "-", "--1h", "2026-13-01", "-1", "-h", "-1h2", "-99999999d", "-1..5h"} {
		if got, err := saved.ParseTime(text, before); err == nil {
			t.Errorf("%q is %v", text, got)
		} else if strings.Contains(err.Error(), "\n") {
			t.Error(err)
		}
	}
}

// The clock may be set back while moments are saved: the one that is asked for is the latest by
// its time, not by its number, and those that come later are there.
func TestClockSetBack(t *testing.T) {
	file := path(t)
	start := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	for _, minutes := range []int{0, 60, 30, 90} {
		save(t, file, newWorld().machine(), saved.Choice{Tables: []string{"users"}, Time: start.Add(time.Duration(minutes) * time.Minute),
			Keep: saved.Limit{Age: 24 * time.Hour}})
	}
	f := open(t, file)
	for minutes, want := range map[int]int64{0: 1, 29: 1, 30: 3, 59: 3, 60: 2, 89: 2, 90: 4, 9999: 4} {
		if m, err := f.At(start.Add(time.Duration(minutes) * time.Minute).Format(time.RFC3339)); err != nil || m.Number != want {
			t.Errorf("after %d minutes: %v, %v instead of %d", minutes, m, err, want)
		}
	}
	if m, err := f.At("now"); err != nil || m.Time.After(time.Now()) {
		t.Error(m, err)
	}
}
