package linux

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"sockstat/proc"
)

// socketCounts are the numbers of descriptors that are sockets, by process, as BPF counted
// them.
type socketCounts struct {
	of    map[int32]int32
	began time.Duration // since the boot; what began later is another process with the same PID
}

// countSockets counts descriptors where BPF does that sooner than to walk all processes. Else,
// or if it cannot, no process has a count, and each is walked.
func (p Proc) countSockets(ctx context.Context, pids []int32) socketCounts {
	f := p.finder()
	defer f.close()
	if _, small := f.isSmall(pids); small || f.Way == walkWay.name || !f.mayAskBPF() {
		return socketCounts{}
	}
	began, err := f.calls.SinceBoot()
	if err != nil {
		return socketCounts{}
	}
	records, err := f.heldRecords(ctx, pids)
	if err != nil {
		return socketCounts{}
	}
	return socketCounts{countDescriptors(records), began.Truncate(tick)}
}

// countDescriptors counts the records of each process. Descriptors come in ascending order,
// but for a process whose first thread has ended, which comes once for each of the others:
// that has no count.
func countDescriptors(records *heldRecords) map[int32]int32 {
	counts := make(map[int32]int32, len(records.seen))
	for pid := range records.seen {
		counts[pid] = 0
	}
	repeated := map[int32]bool{}
	for i, held := range records.found {
		counts[held.PID]++
		if i > 0 && records.found[i-1].PID == held.PID && records.found[i-1].FD >= held.FD {
			repeated[held.PID] = true
		}
	}
	for pid := range repeated {
		delete(counts, pid)
	}
	return counts
}

// sockets counts the descriptors that are sockets.
func (r *processReader) sockets(p *proc.Process, dir int) error {
	if n, ok := r.counts.of[p.PID]; ok && r.start < r.counts.began {
		p.Sockets = n
		return nil
	}
	if r.sized && r.calls.stat(dir, "fd", &r.about) == nil && r.about.Size == 0 {
		return nil
	}
	w := r.fdWalker(false)
	if _, err := w.scan(p.PID, dir, w.path.name("fd")); err != nil {
		return err
	}
	p.Sockets = int32(len(w.found))
	return nil
}

// held looks at the sockets that a process holds in whatever way. What may not be looked at
// makes it unknown.
func (r *processReader) held(p *proc.Process, dir int) error {
	w := r.fdWalker(true)
	n, err := w.table(p.PID, dir, "")
	if err == nil {
		err = w.ownTables(p.PID, dir, n > 0)
	}
	if err == nil && len(w.hidden) > 0 {
		err = unix.EACCES
	}
	if err == nil {
		p.Held = newHolders(w.found, nil)
	}
	return err
}

// fdWalker returns a walker, with nothing found.
func (r *processReader) fdWalker(closer bool) *fdWalker {
	w := &r.walker
	if w.calls == nil {
		*w = fdWalker{calls: r.calls, root: r.fd(), buf: make([]byte, walkBuffer)}
	}
	w.closer, w.found, w.hidden = closer, w.found[:0], w.hidden[:0]
	return w
}
