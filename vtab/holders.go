package vtab

import (
	"context"
	"io"
	"strconv"
	"time"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/engine"
)

// holder is a process that holds sockets, its values made once for all of them.
type holder struct {
	pid                 int32
	user, command, args engine.Value
	zone                engine.Value // NULL where sockets know it themselves
	start               time.Time
}

// ownerStatus says whether the holder of a socket is known, and why not.
type ownerStatus uint8

const (
	ownerOK         ownerStatus = iota
	ownerHidden                 // some process may not be looked at, or not even be known
	ownerTimeWait               // closed, lives on in TIME_WAIT
	ownerUnaccepted             // connection that waits for accept
	ownerOrphan                 // closed, but still being shut down
	ownerKernel                 // open, but in no process's descriptors
	ownerCreator                // the process shown created it; holders are not known
	ownerGone                   // its creator is not to be seen, most likely as it ended; holders are not known
	ownerUnknown                // the kernel does not tell
)

var ownerStatusNames = [...]string{"ok", "hidden", "time_wait", "unaccepted", "orphan", "kernel", "creator", "gone", "unknown"}

// String returns the value of owner_status.
func (o ownerStatus) String() string { return ownerStatusNames[o] }

// holders are the processes that hold sockets, as far as they can be seen.
type holders struct {
	sockets   *proc.SocketHolders
	processes map[int32]*holder
	clock     *mib2.Clock // nil if not known
	onlyUnix  bool        // holders of internet sockets are not wanted
}

// findHolders looks for the holders that a query wants.
func findHolders(ctx context.Context, q *engine.Query) (*holders, error) {
	pids := singles(q, "pid")
	if mib2.HasOrigin() {
		pids = nil // a creator counts only if no process holds the socket
	}
	var found *proc.SocketHolders
	if !mib2.Replaying() {
		var err error
		if found, err = proc.Sockets(ctx, pids); err != nil {
			return nil, err
		}
	}
	h := &holders{sockets: found, processes: map[int32]*holder{}}
	if mib2.HasOrigin() { // their creators too
		return h, h.describeAll(ctx, q, pids)
	}
	q.Note(engine.Notice{Detail: true, Text: "holders found by " + found.Way})
	if !q.Uses("user", "command", "args") {
		for _, pid := range found.PIDs() {
			h.processes[pid] = &holder{pid: pid}
		}
		return h, nil
	}
	return h, h.read(ctx, q, found.PIDs(), 0)
}

// read reads the processes with some PIDs, all if pids is nil.
func (h *holders) read(ctx context.Context, q *engine.Query, pids []int32, parts proc.Parts) error {
	users := map[uint32]string{}
	zones := map[uint64]string{}
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
	if parts&proc.PartZone != 0 {
		list, err := proc.Zones(ctx)
		if err != nil {
			return err
		}
		for _, z := range list {
			zones[z.ID] = z.Name
		}
	}
	r, err := proc.Processes(ctx, pids, parts)
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
			h.processes[p.PID] = &holder{p.PID, userOf(p, users), engine.Static(p.Name), staticOrNull(p.Args),
				zoneOf(p, zones), p.Start}
		}
	}
}

// zoneOf returns the name of a process's zone, or its id, if zones were read.
func zoneOf(p *proc.Process, zones map[uint64]string) engine.Value {
	if name := zones[p.Zone]; name != "" || len(zones) == 0 {
		return engine.NonEmpty(name)
	}
	return engine.String(strconv.FormatUint(p.Zone, 10))
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
func (h *holders) append(dst []socket, s *socket) []socket {
	if s.Inode == 0 {
		return dst
	}
	for _, by := range h.of(s) {
		if p := h.processes[by.PID]; p != nil {
			s.holder, s.fd, s.status = p, by.FD, ownerOK
			dst = append(dst, *s)
		}
	}
	return dst
}

// unheld returns why a socket has no holder.
func (h *holders) unheld(s *socket) ownerStatus {
	switch {
	case s.Origin != nil:
		status := h.byCreator(s)
		if s.holder == nil && s.Inode != 0 && !h.onlyUnix && h.sockets.Partial() != "" {
			return ownerHidden
		}
		return status
	case s.unix != nil && s.Inode == 0 && mib2.HasOrigin():
		return ownerUnknown // before October 2019
	case s.unix != nil && s.Inode == 0:
		return ownerUnaccepted
	case s.Inode != 0 && h.sockets.Partial() != "":
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
