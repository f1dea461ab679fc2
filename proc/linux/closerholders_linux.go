package linux

import (
	"context"
	"fmt"
	"slices"

	"sockstat/proc"
)

// HoldersOf looks more closely for holders of some sockets, see [proc.CloserHolders]. The
// search for all leaves out tables of descriptors that threads have for themselves, unshare(2),
// and files that are registered with io_uring: few processes have them, and to look takes
// several system calls for every thread.
func (p Proc) HoldersOf(ctx context.Context, sockets []proc.Endpoint, pids []int32, first *proc.SocketHolders, kernels bool) (
	*proc.SocketHolders, error,
) {
	f := p.finder()
	defer f.close()
	f.closer, f.sockets = true, sockets
	f.besides = make(map[int32]struct{}, len(first.HiddenPIDs))
	for _, pid := range first.HiddenPIDs {
		f.besides[pid] = struct{}{}
	}
	h, err := f.search(ctx, pids)
	if err != nil || pids != nil || !f.mayAskBPF() {
		return h, err
	}
	var own []uint64
	if kernels {
		if own, err = f.kernelSockets(ctx, f.without(h)); err != nil && ctx.Err() != nil {
			return nil, err
		} else if err != nil {
			h.Way += ", not known which are the kernel's own: " + err.Error()
		}
		h.SetKernels(own)
	}
	if f.Way != "" || f.seen != nil || h.Hidden == 0 || len(f.without(h)) == 0 {
		return h, nil
	}
	// A security module may keep something from who walks, but not from BPF.
	more, err := bpfWay.run(ctx, f, pids, fmt.Sprintf("processes that may not be walked: %d", h.Hidden))
	if err != nil {
		return h, ctx.Err()
	}
	more.Began = h.Began
	more.SetKernels(own)
	return more, nil
}

// without returns the wanted sockets of which no holder was found, and that are not the
// kernel's own.
func (f *finder) without(h *proc.SocketHolders) []proc.Endpoint {
	return slices.DeleteFunc(slices.Clone(f.sockets), func(e proc.Endpoint) bool { return h.Of(e) != nil || h.IsKernels(e.Inode) })
}

// keepHidden counts the processes that were passed over because they were hidden before,
// but for those that BPF saw.
func (f *finder) keepHidden(h *proc.SocketHolders) {
	for pid := range f.besides {
		if _, ok := f.seen[pid]; !ok && !slices.Contains(h.HiddenPIDs, pid) {
			h.HiddenPIDs = append(h.HiddenPIDs, pid)
		}
	}
	slices.Sort(h.HiddenPIDs)
	h.Hidden = len(h.HiddenPIDs)
}
