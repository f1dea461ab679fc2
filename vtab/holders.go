package vtab

import (
	"context"
	"io"
	"strconv"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/engine"
)

// holder is a process that holds sockets, its values made once for all of them.
type holder struct {
	pid                 int32
	user, command, args engine.Value
}

// ownerStatus says whether the holder of a socket is known, and why not.
type ownerStatus string

const (
	ownerOK         ownerStatus = "ok"
	ownerHidden     ownerStatus = "hidden"     // some process may not be looked at
	ownerTimeWait   ownerStatus = "time_wait"  // closed, lives on in TIME_WAIT
	ownerUnaccepted ownerStatus = "unaccepted" // connection that waits for accept
	ownerOrphan     ownerStatus = "orphan"     // closed, but still being shut down
	ownerKernel     ownerStatus = "kernel"     // open, but in no process's descriptors
)

// holders are the processes that hold sockets, as far as they can be seen.
type holders struct {
	sockets   *proc.SocketHolders
	processes map[int32]*holder
}

// findHolders looks for the holders that a query wants.
func findHolders(ctx context.Context, q *engine.Query) (*holders, error) {
	pids, limited := singles(q, "pid")
	if !limited {
		pids = nil
	}
	found, err := proc.Sockets(ctx, pids)
	if err != nil {
		return nil, err
	}
	q.Note(engine.Notice{Detail: true, Text: "holders found by " + found.Way})
	h := &holders{found, map[int32]*holder{}}
	if !q.Uses("user", "command", "args") {
		for _, pid := range found.PIDs() {
			h.processes[pid] = &holder{pid: pid}
		}
		return h, nil
	}
	return h, h.describe(ctx, q)
}

// describe reads the processes.
func (h *holders) describe(ctx context.Context, q *engine.Query) error {
	var parts proc.Parts
	users := map[uint32]string{}
	if q.Uses("user") {
		parts |= proc.PartStatus
		var err error
		if users, err = proc.UserNames(); err != nil {
			return err
		}
	}
	if q.Uses("args") {
		parts |= proc.PartArgs
	}
	r, err := proc.Processes(ctx, h.sockets.PIDs(), parts)
	if err != nil {
		return err
	}
	defer r.Close()
	var batch []proc.Process
	for {
		if batch, err = r.Read(batch[:0]); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		for i := range batch {
			p := &batch[i]
			h.processes[p.PID] = &holder{p.PID, userOf(p, users), engine.Static(p.Name), staticOrNull(p.Args)}
		}
	}
}

// userOf returns the name of a process's user, or the user id.
func userOf(p *proc.Process, users map[uint32]string) engine.Value {
	if p.Has&proc.PartStatus == 0 {
		return engine.Null()
	}
	if name := users[p.UID]; name != "" {
		return engine.Static(name)
	}
	return engine.Static(strconv.FormatUint(uint64(p.UID), 10))
}

// append appends a row for every holder of a socket. Processes that ended since are left
// out.
func (h *holders) append(dst []socket, s *mib2.Socket, where *place) []socket {
	if s.Inode == 0 {
		return dst
	}
	for _, by := range h.sockets.Of(s.Inode) {
		if p := h.processes[by.PID]; p != nil {
			dst = append(dst, socket{Socket: *s, where: where, holder: p, fd: by.FD, status: ownerOK})
		}
	}
	return dst
}

// unheld returns why a socket has no holder.
func (h *holders) unheld(s *mib2.Socket) ownerStatus {
	switch {
	case s.Inode != 0 && h.sockets.Hidden > 0:
		return ownerHidden
	case s.Inode != 0:
		return ownerKernel
	case s.State == mib2.TimeWait:
		return ownerTimeWait
	case s.State == mib2.SynRcvd, s.State == mib2.Established, s.State == mib2.CloseWait:
		return ownerUnaccepted // a closed socket has left these states
	}
	return ownerOrphan
}
