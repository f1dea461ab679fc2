package mib2

import (
	"context"
	"errors"
	"io"
	"time"
)

// Events tells of TCP connections as they come and go, however short they live. Other
// protocols have none, or no sign of them that a kernel would show.
type Events interface {
	// Watch begins to note what happens, before it returns. The EventReader ends with the
	// context.
	Watch(ctx context.Context, filter EventFilter) (EventReader, error)
}

// EventFilter says which events are wanted. Others may come as well.
type EventFilter struct {
	Kinds EventKinds
	// AllZones has the events of all zones come. Otherwise there are those of the caller's own.
	AllZones bool
}

// EventReader reads events in about the order in which they happened. It is not safe for
// concurrent use, but for Lost.
type EventReader interface {
	// Read waits for an event, appends those that there are and returns the extended slice.
	// It waits no longer than the context lasts, and then returns its cause.
	Read(dst []Event) ([]Event, error)
	// Lost returns how many events were lost so far because they were not read in time.
	Lost() uint64
	// Source names the way, as that of a [Sourcer].
	Sourcer
	// Limits says what the way does not tell, as that of a [Limiter].
	Limiter
	io.Closer
}

// Event is something that happened to a socket.
type Event struct {
	// Socket is what is known of the socket: Proto, Family, V4Mapped, Local, Remote,
	// Interface, UID and Cookie. Its state is that before the event.
	Socket
	Kind EventKind
	Time time.Time
	// Zone is the id of the zone, 0 if it is the caller's own.
	Zone uint64
	// PID is the process that made it happen: that connected, listened or closed the socket.
	// Of Accepted, and where nobody closed it, it is that which opened the socket. It is 0 if
	// it is not known: of an accepted socket, nobody told who holds it.
	PID int32
	// Command is the name of that process's program at that moment, "" if it is not known.
	Command string

	Opening  Opening       // how the connection was opened, 0 if not known
	Ending   Ending        // how it ended; 0 if it did not, or if not known
	Duration time.Duration // since connect(2), or since it could be accepted; negative if not known
	// BytesSent are the bytes of data that were sent, those that were sent again as well, and
	// BytesReceived those that were received. HasBytes says whether they are known.
	BytesSent, BytesReceived uint64
	HasBytes, HasUID         bool
}

// EventKind is what happened.
type EventKind uint8

// The kinds of events.
const (
	Opened       EventKind = iota + 1 // a connection that this side asked for is established
	Accepted                          // one that the other side asked for is, and waits for accept(2)
	Refused                           // the other side refused one
	Failed                            // one was not established for another reason
	Disconnected                      // an established one has ended
	Listening                         // a socket listens
	Unlistened                        // it does so no more

)

var eventKindNames = []string{Opened: "opened", Accepted: "accepted", Refused: "refused", Failed: "failed",
	Disconnected: "closed", Listening: "listening", Unlistened: "unlistened"}

// String returns a lower-case name, such as "opened".
func (k EventKind) String() string { return name(eventKindNames, k) }

// EventKinds is a set of kinds.
type EventKinds uint16

// EventKindsOf returns the set of some kinds.
func EventKindsOf(kinds ...EventKind) (set EventKinds) {
	for _, k := range kinds {
		set |= 1 << k
	}
	return set
}

// Has reports whether a kind is in the set.
func (s EventKinds) Has(k EventKind) bool { return s>>k&1 != 0 }

// ConnectionEvents are the kinds of events of connections.
var ConnectionEvents = []EventKind{Opened, Accepted, Refused, Failed, Disconnected}

// Opening is how a connection was opened.
type Opening uint8

// How connections are opened.
const (
	ByConnect Opening = iota + 1 // this side asked for it, by connect(2)
	ByAccept                     // the other side did
)

var openingNames = []string{ByConnect: "connect", ByAccept: "accept"}

// String returns "connect" or "accept".
func (o Opening) String() string { return name(openingNames, o) }

// Ending is how a connection ended.
type Ending uint8

// How connections end.
const (
	Orderly     Ending = iota + 1 // both sides, or this one, said that there is no more: FIN
	Refusal                       // RST in answer to SYN, or an ICMP message that says so
	Reset                         // RST from the other side
	Aborted                       // by this side: RST, or nothing where there was no connection yet
	TimedOut                      // no answer, for too long
	Unreachable                   // an ICMP message, or the routing table, says so
	OtherEnding                   // not even begun: no port was free, and the like
)

var endingNames = []string{Orderly: "closed", Refusal: "refused", Reset: "reset", Aborted: "aborted",
	TimedOut: "timed_out", Unreachable: "unreachable", OtherEnding: "failed"}

// Endings lists every way in which a connection ends.
var Endings = []Ending{Orderly, Refusal, Reset, Aborted, TimedOut, Unreachable, OtherEnding}

// String returns a lower-case name, such as "timed_out".
func (e Ending) String() string { return name(endingNames, e) }

// ErrNoEvents says that a system does not tell of connections as they come and go.
var ErrNoEvents = errors.New("this system does not tell of connections as they come and go")

// UnsupportedEvents is the Events of a system whose sockets cannot be read.
var UnsupportedEvents Events = unsupported{}

func (unsupported) Watch(context.Context, EventFilter) (EventReader, error) {
	return nil, ErrUnsupported
}
