package vtab

import (
	"time"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/table"
)

// holder is a process that holds sockets, its values made once for all of them.
type holder struct {
	pid                 int32
	user, command, args table.Value
	zone                table.Value   // NULL where sockets know it themselves
	sinceBoot           time.Duration // when it began; 0 if not known

	// again is what a process holds that began after the search for holders, so that it
	// may not be the one that was found: it has just got its PID. nil if that may not be
	// seen, and of a process that needs no second look.
	again   *proc.SocketHolders
	isYoung bool
}

// ownerStatus says whether the holder of a socket is known, and why not.
type ownerStatus uint8

const (
	ownerOK         ownerStatus = iota
	ownerHidden                 // some process may not be looked at, or not even be known
	ownerTimeWait               // closed, lives on in TIME_WAIT
	ownerUnaccepted             // connection that waits for accept
	ownerOrphan                 // closed, but still being shut down
	ownerKernel                 // known to be the kernel's own
	ownerUnheld                 // open, but no process is found to hold it: in a message on its way, or the kernel's own
	ownerCreator                // the process shown created it; holders are not known
	ownerGone                   // its creator is not to be seen, most likely as it ended; holders are not known
	ownerUnknown                // the kernel does not tell
)

var ownerStatusNames = [...]string{"ok", "hidden", "time_wait", "unaccepted", "orphan", "kernel", "unheld", "creator", "gone", "unknown"}

// String returns the value of owner_status.
func (o ownerStatus) String() string { return ownerStatusNames[o] }

// unheld returns why a socket has no holder, and makes its creator the process to show if
// that is known.
func (h *holders) unheld(s *socket) ownerStatus {
	partial := h.sockets.Partial() != "" || h.unsure
	switch {
	case s.Origin != nil:
		status := h.byCreator(s)
		if s.holder == nil && s.Inode != 0 && !h.onlyUnix && partial {
			return ownerHidden
		}
		return status
	case s.kernelOwn():
		return ownerKernel
	case h.sockets == nil, s.Unix != nil && s.Unix.NoInode, !h.doubts.believe(s):
		return ownerUnknown
	case s.Unix != nil && s.Inode == 0:
		return ownerUnaccepted
	case s.Inode != 0 && h.sockets.IsKernels(s.Inode):
		return ownerKernel
	case s.Inode != 0 && partial:
		return ownerHidden
	case s.Inode != 0:
		return ownerUnheld
	case s.State == mib2.TimeWait:
		return ownerTimeWait
	case s.State == mib2.SynRcvd, s.State == mib2.Established, s.State == mib2.CloseWait:
		return ownerUnaccepted // a closed socket has left these states
	}
	return ownerOrphan
}

// byCreator makes the creator of a socket its holder if it is still there, and returns the
// status. On illumos a connection whose last descriptor was closed has no creator.
func (h *holders) byCreator(s *socket) ownerStatus {
	pid := s.Origin.PID
	if pid == 0 {
		switch s.State {
		case mib2.TimeWait:
			return ownerTimeWait
		case mib2.FinWait1, mib2.FinWait2, mib2.CloseWait, mib2.Closing, mib2.LastAck:
			return ownerOrphan
		}
		return ownerUnknown
	}
	if h.processes == nil { // nothing is known of processes
		s.holder = &holder{pid: pid}
		return ownerCreator
	}
	p := h.processes[pid]
	if p == nil || h.reused(p, s.Origin.Created) {
		return ownerGone
	}
	s.holder = p
	return ownerCreator
}

// reused reports whether a process began after a socket was created, so that it is not the
// creator but has its PID. Where that is not sure it says no: a creator that is there is not to
// be called gone.
func (h *holders) reused(p *holder, created uint64) bool {
	return h.clock != nil && created > 0 && p.sinceBoot > h.clock.SinceBoot(created)+time.Second
}

// endpointTypes are the types of Unix sockets among descriptors.
var endpointTypes = [...]proc.EndpointType{mib2.Stream: proc.TypeStream, mib2.Datagram: proc.TypeDatagram, mib2.SeqPacket: proc.TypeSeqPacket}

// endpoint returns what identifies a socket among the descriptors of processes. Where the
// inode alone does, the rest is not looked at. It is not ok if the kernel does not tell.
func (s *socket) endpoint() (e proc.Endpoint, ok bool) {
	e = proc.Endpoint{Inode: s.Inode, Type: proc.TypeStream, Family: proc.FamilyInet}
	if s.Proto == mib2.UDP {
		e.Type = proc.TypeDatagram
	}
	switch {
	case s.Unix != nil:
		e.Type, e.Family = endpointTypes[s.Unix.Type], proc.FamilyUnix
		return e, true
	case s.Origin == nil:
		if s.Proto != mib2.TCP && s.Proto != mib2.UDP { // so that nobody looks for it among those
			e.Type = proc.TypeUnknown
		}
		return e, true
	case s.Origin.File == nil:
		return e, false
	case s.Origin.File.Device:
		return proc.Endpoint{Inode: s.Inode, Device: true, Major: s.Origin.File.Major}, true
	}
	if s.Family == mib2.Inet6 {
		e.Family = proc.FamilyInet6
	}
	return e, true
}

// of returns the holders of a socket. An IPv6 socket may be listed as one of IPv4.
func (h *holders) of(s *socket) []proc.Holder {
	if s.Inode == 0 || h.onlyUnix && s.Unix == nil {
		return nil
	}
	e, ok := s.endpoint()
	if !ok || !h.doubts.believe(s) {
		return nil
	}
	if e.Family == proc.FamilyInet && s.Origin != nil && s.Origin.File != nil && s.Origin.File.Inet6 {
		return h.sockets.OfFamilies(e, proc.FamilyInet, proc.FamilyInet6)
	}
	return h.sockets.Of(e)
}
