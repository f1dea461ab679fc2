package linux

import (
	"context"
	"errors"
	"fmt"

	"sockstat/proc"
)

// manyFiles is how many open files there are before the first of them are looked at alone, and
// firstFiles how many descriptors that are: the search for all of so many takes a tenth of a
// second, and that for the first a hundredth.
const (
	manyFiles  = 1 << 18
	firstFiles = 1 << 14
)

// errEnough ends an iterator that has more to tell.
var errEnough = errors.New("enough")

// FirstHolders finds some of the holders of sockets where there are very many, and BPF may be
// asked; else it returns nil.
func (p Proc) FirstHolders(ctx context.Context) (*proc.SocketHolders, error) {
	f := p.finder()
	defer f.close()
	if f.Way != "" || f.openFiles() <= manyFiles || !f.mayAskBPF() {
		return nil, nil
	}
	return f.first(ctx)
}

// first returns the holders that the first descriptors tell of. Those of a process come in
// ascending order.
func (f *finder) first(ctx context.Context) (*proc.SocketHolders, error) {
	began, err := f.calls.SinceBoot()
	if err != nil {
		return nil, fmt.Errorf("read the clock: %w", err)
	}
	f.enough = firstFiles
	records, err := f.heldRecords(ctx, nil)
	if err != nil {
		return nil, err
	}
	h := proc.NewSocketHolders(records.found, 0)
	h.Began = began.Truncate(tick)
	return h, nil
}
