package vtab

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"sockstat/proc"
	"sockstat/vtab/table"
)

// hiddenHolders tells the user, once, that sockets may have holders which are not shown.
// Whoever asks for no holder is not told, nor is one about sockets that, as far as can be
// judged, nobody else holds: of those that root opened any process may have inherited one;
// but what an ordinary user opened is, if not with processes of that user, hardly with
// another's.
type hiddenHolders struct {
	machine *Machine
	ctx     context.Context
	query   *table.Query
	user    uint32 // effective user of the caller
	found   *holders
	noted   atomic.Bool
	// own reports whether processes of the caller himself may not be looked at.
	own func() bool
}

// newHiddenHolders returns nil if all holders are known.
func (m *Machine) newHiddenHolders(ctx context.Context, q *table.Query, found *holders) *hiddenHolders {
	if found.sockets.Partial() == "" {
		return nil
	}
	h := &hiddenHolders{machine: m, ctx: ctx, query: q, user: uint32(os.Geteuid()), found: found}
	h.own = sync.OnceValue(h.hidesOwn)
	return h
}

// look looks at a socket of which a holder is asked for.
func (h *hiddenHolders) look(s *socket) {
	switch {
	case h == nil || h.noted.Load():
	case s.status == ownerHidden:
		h.note("the holders of some sockets are hidden")
	case s.holder != nil && h.mayHaveMore(s):
		h.note("more holders of some sockets may be hidden")
	}
}

// mayHaveMore reports whether a hidden process may hold a socket besides the one shown.
func (h *hiddenHolders) mayHaveMore(s *socket) bool {
	switch {
	case h.found.onlyUnix && s.Unix == nil:
		return false
	case s.Origin != nil && s.status == ownerOK:
		return !slices.ContainsFunc(h.found.of(s), func(by proc.Holder) bool { return by.PID == s.Origin.PID })
	case s.Origin != nil, !s.hasUID(), s.UID != h.user:
		return true
	case h.found.sockets.Hidden == 0: // some are not listed
		return false
	}
	return s.UID == 0 || h.own()
}

// hidesOwn reports whether among the hidden processes are such of the caller, or it is not
// known whose they are.
func (h *hiddenHolders) hidesOwn() bool {
	pids := h.found.sockets.HiddenPIDs
	if h.machine.Processes == nil || len(pids) == 0 {
		return true
	}
	r, err := h.machine.Processes.Processes(h.ctx, pids, proc.PartStatus)
	if err != nil {
		return true
	}
	defer r.Close()
	for {
		batch, err := r.Read(nil)
		if err != nil {
			return err != io.EOF
		}
		if slices.ContainsFunc(batch, func(p proc.Process) bool {
			return p.Has&proc.PartStatus == 0 || p.UID == h.user || p.EUID == h.user
		}) {
			return true
		}
	}
}

// note tells the user.
func (h *hiddenHolders) note(what string) {
	if h.noted.Swap(true) {
		return
	}
	n := table.Notice{Text: what + ": " + h.found.sockets.Partial()}
	switch hidden := h.found.sockets.Hidden; hidden {
	case 0:
	case 1:
		n.Text += ": 1 process could not be looked at"
	default:
		n.Text += fmt.Sprintf(": %d processes could not be looked at", hidden)
	}
	n.Hint = rootHint()
	h.query.Note(n)
}
