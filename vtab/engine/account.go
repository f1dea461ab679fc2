package engine

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"sockstat/vtab/table"
)

// account tells who asks for details how the reading of a table went.
type account struct {
	name  string
	query *table.Query
	note  func(table.Notice)
	watch stopwatch
	told  bool
}

// close tells it, unless that was done: how many rows were read, and whether they are all.
func (a *account) close(rows int32, all bool) {
	if a.told {
		return
	}
	a.told = true
	a.note(table.Notice{Detail: true, Text: a.text(rows, all)})
}

// text words it: "sockets: tcp from netlink; holders by /proc/*/fd; 52 rows in 3.1 ms".
func (a *account) text(rows int32, all bool) string {
	least, s := "at least ", "s"
	if all {
		least = ""
	}
	if rows == 1 {
		s = ""
	}
	ms := float64(a.watch.total()) / float64(time.Millisecond)
	parts := append(a.query.Ways(), fmt.Sprintf("%s%d row%s in %.1f ms", least, rows, s, ms))
	return a.name + ": " + strings.Join(parts, "; ")
}

// stopwatch adds up the time that reading takes, without the time that what was read waits
// for SQLite. Any goroutine may look at it.
type stopwatch struct {
	mutex sync.Mutex
	spent time.Duration
	since time.Time // zero if it does not run
}

func (w *stopwatch) start() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.since = time.Now()
}

func (w *stopwatch) stop() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if !w.since.IsZero() {
		w.spent += time.Since(w.since)
		w.since = time.Time{}
	}
}

func (w *stopwatch) total() time.Duration {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.since.IsZero() {
		return w.spent
	}
	return w.spent + time.Since(w.since)
}
