package vtab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

// event is a row of events: what happened, and the socket that it happened to.
type event struct {
	*socket
	event   *mib2.Event
	reading *eventsReader
}

// eventsName is the name of the table, secondsName that of its argument.
const (
	eventsName  = "events"
	secondsName = "seconds"
)

// events declares the table of what happens to connections while it is read.
func (m *Machine) events() *table.Spec[event] {
	return &table.Spec[event]{Name: eventsName, Rows: 1000, Columns: eventColumns(),
		Doc: "TCP connections opened, accepted, refused and closed in the next seconds: FROM events(10)",
		Open: func(ctx context.Context, q *table.Query) (table.Reader[event], error) {
			return m.openEvents(ctx, q)
		},
	}
}

// eventColumns are the columns of events: its own, and those of sockets that make sense.
func eventColumns() []table.Column[event] {
	columns := []table.Column[event]{
		{Name: "time", Type: table.Real, Doc: "When it happened, in seconds since 1970 (Unix time); of netlink, when it was told",
			Get: func(e *event) table.Value { return table.Float(float64(e.event.Time.UnixMicro()) / 1e6) }},
		{Name: "event", Type: table.Text, Pushed: true, Values: textsOf(mib2.ConnectionEvents),
			Doc: "What happened: opened (connect succeeded), accepted, refused, failed (not established for another reason) or closed",
			Get: func(e *event) table.Value { return table.Static(e.event.Kind.String()) }},
	}
	columns = append(columns, socketColumns("proto", "family", "label", "local_address", "local_port", "remote_address", "remote_port",
		"local", "remote", "interface")...)
	columns = append(columns, eventProcessColumns...)
	columns = slices.Concat(columns, eventEndColumns, eventSourceColumns, socketColumns("cookie", "v4mapped", "scope", "remote_scope"))
	for i := range columns {
		c := &columns[i]
		c.Hidden = c.Argument || slices.Contains(eventsHidden, c.Name)
	}
	// What a call gives is for the hidden columns in their order: the argument comes first.
	slices.SortStableFunc(columns, func(a, b table.Column[event]) int {
		return cmp.Compare(hiddenOrder(a), hiddenOrder(b))
	})
	return columns
}

// eventsHidden are the columns that only experts read.
var eventsHidden = []string{"proto", "family", "interface", "uid", "cookie", "v4mapped", "scope", "remote_scope"}

// hiddenOrder is where a column stands: those that are shown, arguments, and what else is hidden.
func hiddenOrder(c table.Column[event]) int {
	switch {
	case c.Argument:
		return 1
	case c.Hidden:
		return 2
	}
	return 0
}

var eventProcessColumns = []table.Column[event]{
	{Name: "pid", Type: table.Integer,
		Doc: "Process that connected or closed; of accepted and of what nobody closed, that which connected or listened; NULL if not known",
		Get: func(e *event) table.Value { return table.NonZero(e.event.PID) }},
	{Name: "command", Type: table.Text, Doc: "Name of the process's program at that moment",
		Get: func(e *event) table.Value { return staticOrNull(e.event.Command) }},
	{Name: "user", Type: table.Text, Doc: "Owner of the socket, the user id if it has no name",
		Get: func(e *event) table.Value { return e.user() }},
	{Name: "uid", Type: table.Integer, Doc: "User id of the owner of the socket as the kernel records it; NULL if not known",
		Get: func(e *event) table.Value { return unless(!e.event.HasUID, e.event.UID) }},
	{Name: "zone", Type: table.Text, Doc: "Zone it lives in, on Linux the network namespace; joins zones.name",
		Get: func(e *event) table.Value { return e.reading.zone(e.event.Zone) }},
}

var eventEndColumns = []table.Column[event]{
	{Name: "opening", Type: table.Text, Values: []string{mib2.ByConnect.String(), mib2.ByAccept.String()},
		Doc: "How the connection was opened: connect or accept; NULL if that was before, or is not known",
		Get: func(e *event) table.Value {
			if e.event.Opening == 0 {
				return table.Null()
			}
			return table.Static(e.event.Opening.String())
		}},
	{Name: "ending", Type: table.Text, Values: textsOf(mib2.Endings),
		Doc: "How it ended: closed (FIN), reset (by the peer), aborted (by this end), timed_out, unreachable, refused, failed; NULL if it did not, or not known",
		Get: func(e *event) table.Value {
			if e.event.Ending == 0 {
				return table.Null()
			}
			return table.Static(e.event.Ending.String())
		}},
	{Name: "bytes_sent", Type: table.Integer, Doc: "Bytes of data sent, retransmissions included; NULL before it ended",
		Get: func(e *event) table.Value { return e.bytes(e.event.BytesSent) }},
	{Name: "bytes_received", Type: table.Integer, Doc: "Bytes of data received; of netlink, the peer's FIN counts as one; NULL before it ended",
		Get: func(e *event) table.Value { return e.bytes(e.event.BytesReceived) }},
	{Name: "duration_us", Type: table.Integer, Doc: "Microseconds since connect, or since it was accepted by the kernel; NULL if that was before, or is not known",
		Get: func(e *event) table.Value {
			if e.event.Duration < 0 {
				return table.Null()
			}
			return table.Int(e.event.Duration.Microseconds())
		}},
}

var eventSourceColumns = []table.Column[event]{
	{Name: "source", Type: table.Text, Doc: "What tells of it: bpf, or netlink, which tells less",
		Get: func(e *event) table.Value { return table.Static(e.reading.source) }},
	{Name: secondsName, Type: table.Real, Argument: true, Doc: "Argument: for how many seconds events are noted",
		Get: func(e *event) table.Value { return e.reading.seconds }},
}

// socketColumns returns columns of sockets for rows that are events.
func socketColumns(names ...string) (columns []table.Column[event]) {
	all := socketsColumns()
	for _, name := range names {
		c := all[slices.IndexFunc(all, func(c table.Column[socket]) bool { return c.Name == name })]
		columns = append(columns, table.Column[event]{Name: c.Name, Type: c.Type, Doc: c.Doc, Values: c.Values, Part: c.Part & partEnds,
			Get: func(e *event) table.Value { return c.Get(e.socket) }})
	}
	return columns
}

func (e *event) bytes(n uint64) table.Value {
	if !e.event.HasBytes {
		return table.Null()
	}
	return table.Uint(n)
}

// user returns the name of the owner, or the user id.
func (e *event) user() table.Value {
	if !e.event.HasUID {
		return table.Null()
	}
	if name := e.reading.users[e.event.UID]; name != "" {
		return table.Static(name)
	}
	return table.String(table.Int(e.event.UID).String())
}

// eventsReader reads events for some seconds.
type eventsReader struct {
	machine   *Machine
	query     *table.Query
	cancel    context.CancelFunc
	from      mib2.EventReader
	kinds     mib2.EventKinds // that are shown
	acceptors *acceptors      // nil if nobody asks for processes
	ends      bool            // the texts of both ends are wanted

	only map[uint64]bool // ids of the zones whose events are shown, 0 for the caller's own; nil for all that come

	where   *place
	users   map[uint32]string
	zones   map[uint64]string
	source  string
	seconds table.Value
}

// errOver ends the reading when the seconds are over.
var errOver = errors.New("the seconds are over")

// openEvents begins to note what happens, and then learns what it takes to describe it.
func (m *Machine) openEvents(ctx context.Context, q *table.Query) (_ table.Reader[event], err error) {
	seconds, limit, err := eventSeconds(q)
	if err != nil {
		return nil, err
	}
	if m.Events == nil {
		return nil, fmt.Errorf("%s: %w", eventsName, mib2.ErrNoEvents)
	}
	if !wants(q, "proto", mib2.TCP.String()) || !wants(q, "label", mib2.TCP.Labels()...) {
		q.Note(table.Notice{Text: "events are those of TCP: of other protocols nothing is told"})
		return &table.List[event]{}, nil
	}
	r := &eventsReader{machine: m, query: q, ends: q.Parts()&partEnds != 0, seconds: seconds}
	var filter mib2.EventFilter
	for _, kind := range mib2.ConnectionEvents {
		if wants(q, "event", kind.String()) {
			r.kinds |= mib2.EventKindsOf(kind)
		}
	}
	filter.Kinds, filter.AllZones = r.kinds, !m.Selection.Own()
	if r.only, err = m.selectedZones(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", eventsName, err)
	}
	if q.Uses("pid", "command") {
		filter.Kinds |= mib2.EventKindsOf(mib2.Listening, mib2.Unlistened)
	}
	limited, cancel := context.WithTimeoutCause(ctx, limit, errOver)
	r.cancel = cancel
	if r.from, err = m.Events.Watch(limited, filter); err != nil {
		cancel()
		return nil, fmt.Errorf("%s: %w", eventsName, err)
	}
	if err := r.prepare(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// eventSeconds returns the argument and how long it is.
func eventSeconds(q *table.Query) (table.Value, time.Duration, error) {
	v, given := q.Argument(secondsName)
	if !given {
		return v, 0, errors.New("events: say for how many seconds, as in FROM events(10)")
	}
	seconds := math.NaN()
	switch v.Kind() {
	case table.KindInteger:
		seconds = float64(v.Int())
	case table.KindReal:
		seconds = v.Float()
	}
	if !(seconds >= 0) { // not a number either
		text := "NULL"
		if !v.IsNull() {
			text = fmt.Sprintf("%q", v.String())
		}
		return v, 0, fmt.Errorf("events: %s is not a number of seconds", text)
	}
	const most = math.MaxInt64 / int64(time.Second)
	return v, time.Duration(min(seconds, float64(most-1)) * float64(time.Second)), nil
}

// prepare learns the names that are asked for.
func (r *eventsReader) prepare(ctx context.Context) (err error) {
	q := r.query
	r.source = r.from.Source()
	q.Way("connections from " + r.source)
	if limits := r.from.Limits(); limits != "" {
		q.Note(table.Notice{Text: limits, Hint: rootHint()})
	}
	r.source, _, _ = strings.Cut(r.source, " ") // then why
	if r.where, err = r.machine.newPlace(q); err != nil {
		return err
	}
	if q.Uses("user") {
		if r.users, err = r.machine.userNames(q); err != nil {
			return err
		}
	}
	if q.Uses("pid", "command") {
		r.acceptors = &acceptors{}
		return r.machine.findAcceptors(ctx, q, r.acceptors)
	}
	return nil
}

// Read waits for events that are wanted.
func (r *eventsReader) Read(dst []event) ([]event, error) {
	for have := len(dst); len(dst) == have; {
		batch, err := r.from.Read(nil)
		dst = r.append(dst, batch)
		switch {
		case errors.Is(err, errOver):
			return dst, io.EOF
		case err != nil:
			return dst, err
		}
	}
	return dst, nil
}

// append appends the events of a batch that are wanted.
func (r *eventsReader) append(dst []event, batch []mib2.Event) []event {
	sockets := make([]socket, 0, len(batch))
	for i := range batch {
		e := &batch[i]
		r.acceptors.look(e)
		if !r.kinds.Has(e.Kind) || r.only != nil && !r.only[e.Zone] {
			continue
		}
		sockets = append(sockets, socket{Socket: &e.Socket, where: r.where})
		dst = append(dst, event{event: e, reading: r})
	}
	if r.ends {
		setEnds(sockets)
	}
	for i := range sockets {
		dst[len(dst)-len(sockets)+i].socket = &sockets[i]
	}
	return dst
}

// zone returns the name of a zone, of the caller's own for 0.
func (r *eventsReader) zone(id uint64) table.Value {
	switch {
	case id == 0:
		return table.NonEmpty(r.where.zone)
	case r.machine.Zones == nil:
		return table.Null()
	}
	return table.String(r.zoneName(id))
}

// zoneName returns the name of another zone. SQLite's goroutine asks for it.
func (r *eventsReader) zoneName(id uint64) string {
	if r.zones == nil {
		r.zones, _ = r.machine.zoneNames(context.Background(), r.query)
	}
	if name := r.zones[id]; name != "" {
		return name
	}
	return r.machine.Zones.ZoneName(id)
}

// Close ends the reading and says what was lost.
func (r *eventsReader) Close() error {
	r.cancel()
	if lost := r.from.Lost(); lost > 0 {
		r.query.Note(table.Notice{Text: fmt.Sprintf("%s lost: they came faster than they could be read", count(int(min(lost, math.MaxInt32)), "event was", "events were"))})
	}
	return r.from.Close()
}

// acceptors are who listens where, so that an accepted connection has a process before one
// closes it.
type acceptors struct {
	at map[acceptorPlace][]listening
}

// acceptorPlace is a zone and a port.
type acceptorPlace struct {
	zone uint64
	port uint16
}

type listening struct {
	pid     int32
	command string
}

// look notes an event that is about listening, and tells an accepted connection that has no
// process who listens. If several processes do, and nobody knows which one accepts, it has
// none; and no command unless that is the same.
func (l *acceptors) look(e *mib2.Event) {
	if l == nil {
		return
	}
	at := acceptorPlace{e.Zone, e.Local.Port()}
	switch {
	case e.Kind == mib2.Listening:
		l.add(at, listening{e.PID, e.Command})
	case e.Kind == mib2.Unlistened:
		l.remove(at, listening{e.PID, e.Command})
	case e.Opening == mib2.ByAccept && e.PID == 0:
		for i, other := range l.at[at] {
			if i == 0 {
				e.PID, e.Command = other.pid, other.command
			}
			if other.pid != e.PID {
				e.PID = 0
			}
			if other.command != e.Command {
				e.Command = ""
			}
		}
	}
}

func (l *acceptors) add(at acceptorPlace, who listening) {
	if l.at == nil {
		l.at = map[acceptorPlace][]listening{}
	}
	if !slices.Contains(l.at[at], who) {
		l.at[at] = append(l.at[at], who)
	}
}

// remove removes a listener, or any one if whoever ended it is another process.
func (l *acceptors) remove(at acceptorPlace, who listening) {
	of := l.at[at]
	if len(of) < 2 {
		delete(l.at, at)
		return
	}
	l.at[at] = slices.Delete(of, max(0, slices.Index(of, who)), max(0, slices.Index(of, who))+1)
}

// findAcceptors finds who listens now, as a statement about sockets would.
func (m *Machine) findAcceptors(ctx context.Context, q *table.Query, into *acceptors) error {
	spec := m.sockets()
	info := spec.Info()
	scan := table.Scan{Terms: []table.Term{
		{Column: info.Column("proto"), Op: table.OpEq, Values: []table.Value{table.String("tcp")}},
		{Column: info.Column("state"), Op: table.OpEq, Values: []table.Value{table.String("LISTEN")}},
	}}
	for _, name := range []string{"proto", "state", "local_port", "pid", "command"} {
		scan.Used |= 1 << info.Column(name)
	}
	sockets, err := spec.Open(ctx, table.NewQuery(info, nil, scan))
	if err != nil {
		return err
	}
	defer sockets.Close()
	for {
		rows, err := sockets.Read(nil)
		for i := range rows {
			if s := &rows[i]; s.Socket != nil && s.State == mib2.Listen && s.holder != nil {
				into.add(acceptorPlace{0, s.Local.Port()}, listening{s.holder.pid, s.holder.command.Bytes()})
			}
		}
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}
