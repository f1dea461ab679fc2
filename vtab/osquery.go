package vtab

import (
	"context"
	"slices"
	"strconv"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/table"
)

// The tables of osquery have its columns, types and numbers, so that queries that were written
// for it run as they are: family and protocol are numbers, what is not known is -1, 0 or ”,
// states are spelled as there, and an IPv6 socket that talks IPv4 is one of IPv6. All that holds
// nowhere else: the other tables have NULL and names. osquery shows a socket with one of its
// processes; here it has a row for each. Neither has sockets of other families than those of
// osquery, nor those that are in no table of the kernel.

// foreignSocket is a row of these tables, over one of sockets.
type foreignSocket struct {
	batch table.Batch
	row   int
	from  *foreignReader
}

// foreignColumns are the columns of sockets that rows are made of.
var foreignColumns = []string{"pid", "fd", "inode", "proto", "family", "v4mapped", "local_address", "local_port", "remote_address",
	"remote_port", "state", "zone"}

// value returns the value of a column of sockets.
func (s *foreignSocket) value(name string) table.Value {
	return s.batch.Value(s.row, s.from.columns[name])
}

// foreignTables declares the tables of osquery over the table sockets, which is among others:
// that of open sockets, and that of those that listen, which are those without a peer and those
// with a path.
func (m *Machine) foreignTables(tables []table.Table) []table.Table {
	i := slices.IndexFunc(tables, func(t table.Table) bool { return table.NameOf(t) == socketsName })
	if i < 0 {
		return nil
	}
	return []table.Table{
		m.foreignTable(tables[i], "process_open_sockets", "Open sockets in the words of osquery", processOpenSocketsColumns,
			func(*foreignSocket) bool { return true }),
		m.foreignTable(tables[i], "listening_ports", "Sockets that listen, in the words of osquery: those without a peer, or with a path", listeningPortsColumns,
			func(s *foreignSocket) bool {
				if s.isUnix() {
					return !s.value("local_address").IsNull()
				}
				return s.value("remote_port").IsNull()
			}),
	}
}

var (
	foreignPID = table.Column[foreignSocket]{Name: "pid", Type: table.Integer, Pushed: true, Doc: "Process that holds the socket; -1 if none is visible",
		Get: func(s *foreignSocket) table.Value { return orElse(s.value("pid"), table.Int(-1)) }}
	foreignFD = table.Column[foreignSocket]{Name: "fd", Type: table.Integer, Doc: "Lowest of its file descriptors for the socket; -1 if not known",
		Get: func(s *foreignSocket) table.Value { return orElse(s.value("fd"), table.Int(-1)) }}
	foreignFamily = table.Column[foreignSocket]{Name: "family", Type: table.Integer, Doc: "Address family: 1 Unix, 2 IPv4, 10 IPv6, 17 packet",
		Get: func(s *foreignSocket) table.Value { return table.Int(s.family()) }}
	foreignProtocol = table.Column[foreignSocket]{Name: "protocol", Type: table.Integer, Doc: "Protocol above IP: 6 TCP, 17 UDP, 1 ICMP, 136 UDP-Lite, 255 raw; 0 of other families",
		Get: func(s *foreignSocket) table.Value { return table.Int(foreignProtocols[s.value("proto").Bytes()]) }}
	foreignNamespace = table.Column[foreignSocket]{Name: "net_namespace", Type: table.Text, Doc: "Inode of the network namespace; 0 if not known",
		Get: func(s *foreignSocket) table.Value { return s.from.namespace(s.value("zone")) }}
)

var processOpenSocketsColumns = []table.Column[foreignSocket]{
	foreignPID, foreignFD,
	{Name: "socket", Type: table.Integer, Doc: "Inode of the socket; 0 if it has none",
		Get: func(s *foreignSocket) table.Value { return orElse(s.value("inode"), table.Int(0)) }},
	foreignFamily, foreignProtocol,
	{Name: "local_address", Type: table.Text, Doc: "Local address; '' of a Unix socket",
		Get: func(s *foreignSocket) table.Value { return s.address("local_address") }},
	{Name: "remote_address", Type: table.Text, Doc: "Address of the peer, 0.0.0.0 or :: without one; '' of a Unix socket",
		Get: func(s *foreignSocket) table.Value { return s.address("remote_address") }},
	{Name: "local_port", Type: table.Integer, Doc: "Local port; 0 if none",
		Get: func(s *foreignSocket) table.Value { return orElse(s.value("local_port"), table.Int(0)) }},
	{Name: "remote_port", Type: table.Integer, Doc: "Port of the peer; 0 if none",
		Get: func(s *foreignSocket) table.Value { return orElse(s.value("remote_port"), table.Int(0)) }},
	{Name: "path", Type: table.Text, Doc: "Path of a Unix socket, @ first if abstract; '' if none",
		Get: func(s *foreignSocket) table.Value { return s.path() }},
	{Name: "state", Type: table.Text, Doc: "State of a TCP socket, such as SYN_RECV or FIN_WAIT1; NONE of a packet socket, '' of others",
		Get: func(s *foreignSocket) table.Value { return s.state() }},
	foreignNamespace,
}

var listeningPortsColumns = []table.Column[foreignSocket]{
	foreignPID,
	{Name: "port", Type: table.Integer, Doc: "Local port; 0 if none",
		Get: func(s *foreignSocket) table.Value { return orElse(s.value("local_port"), table.Int(0)) }},
	foreignProtocol, foreignFamily,
	{Name: "address", Type: table.Text, Doc: "Local address; '' of a Unix socket",
		Get: func(s *foreignSocket) table.Value { return s.address("local_address") }},
	foreignFD,
	{Name: "socket", Type: table.Integer, Doc: "Inode of the socket; 0 of a Unix socket",
		Get: func(s *foreignSocket) table.Value {
			if s.isUnix() {
				return table.Int(0)
			}
			return orElse(s.value("inode"), table.Int(0))
		}},
	{Name: "path", Type: table.Text, Doc: "Path of a Unix socket, @ first if abstract; '' if none",
		Get: func(s *foreignSocket) table.Value { return s.path() }},
	foreignNamespace,
}

// orElse returns a value, or another in the place of NULL.
func orElse(v, instead table.Value) table.Value {
	if v.IsNull() {
		return instead
	}
	return v
}

// foreignProtocols are the protocols whose sockets these tables have, and their numbers.
var foreignProtocols = func() map[string]uint16 {
	numbers := map[string]uint16{mib2.Unix.String(): 0, mib2.Packet.String(): 0, mib2.Raw.String(): 255, mib2.ICMP.String(): 1}
	for _, p := range []mib2.Protocol{mib2.TCP, mib2.UDP, mib2.UDPLite} {
		numbers[p.String()] = p.Number()
	}
	return numbers
}()

func (s *foreignSocket) isUnix() bool { return s.value("proto").Bytes() == mib2.Unix.String() }

// family returns AF_* of Linux.
func (s *foreignSocket) family() int {
	switch family := s.value("family").Bytes(); {
	case family == mib2.Local.String():
		return 1
	case family == mib2.Link.String():
		return 17
	case family == mib2.Inet6.String(), s.value("v4mapped").Int() == 1:
		return 10
	}
	return 2
}

// address returns an internet address.
func (s *foreignSocket) address(column string) table.Value {
	address := s.value(column)
	switch family := s.family(); {
	case family != 2 && family != 10:
		return table.Static("")
	case address.IsNull() && family == 2:
		return table.Static("0.0.0.0")
	case address.IsNull():
		return table.Static("::")
	case s.value("v4mapped").Int() == 1:
		return table.String("::ffff:" + address.Bytes())
	}
	return address
}

func (s *foreignSocket) path() table.Value {
	if !s.isUnix() {
		return table.Static("")
	}
	return orElse(s.value("local_address"), table.Static(""))
}

// foreignStates are the states of TCP that osquery spells in another way.
var foreignStates = map[string]string{mib2.SynRcvd.String(): "SYN_RECV", mib2.FinWait1.String(): "FIN_WAIT1", mib2.FinWait2.String(): "FIN_WAIT2"}

func (s *foreignSocket) state() table.Value {
	switch proto := s.value("proto").Bytes(); {
	case proto == mib2.Packet.String():
		return table.Static("NONE")
	case proto != mib2.TCP.String():
		return table.Static("")
	}
	state := s.value("state")
	if spelled, ok := foreignStates[state.Bytes()]; ok {
		return table.Static(spelled)
	}
	return orElse(state, table.Static(""))
}

// foreignTable declares a table over sockets.
func (m *Machine) foreignTable(sockets table.Table, name, doc string, columns []table.Column[foreignSocket], shows func(*foreignSocket) bool) table.Table {
	return &table.Lazy{Name: name, Derived: true, Declare: func() table.Table {
		return &table.Spec[foreignSocket]{Name: name, Doc: doc, Rows: 10000, Columns: columns,
			Open: func(ctx context.Context, q *table.Query) (table.Reader[foreignSocket], error) {
				return m.openForeign(ctx, q, sockets, shows)
			}}
	}}
}

// foreignReader reads sockets.
type foreignReader struct {
	machine *Machine
	query   *table.Query
	inner   *table.Query // of sockets
	batches table.Batches
	columns map[string]int
	shows   func(*foreignSocket) bool

	namespaces map[string]uint64 // inodes by the names of zones
}

func (m *Machine) openForeign(ctx context.Context, q *table.Query, sockets table.Table, shows func(*foreignSocket) bool) (*foreignReader, error) {
	info := sockets.Info()
	r := &foreignReader{machine: m, query: q, columns: map[string]int{}, shows: shows, namespaces: map[string]uint64{}}
	var scan table.Scan
	for _, name := range foreignColumns {
		n := info.Column(name)
		r.columns[name] = n
		if name != "zone" || q.Uses("net_namespace") {
			scan.Used |= 1 << min(n, 63)
		}
	}
	var protocols []table.Value
	for name := range foreignProtocols {
		protocols = append(protocols, table.String(name))
	}
	scan.Terms = []table.Term{{Column: r.columns["proto"], Op: table.OpIn, Values: protocols}, {Column: r.columns["family"], Op: table.OpNotNull}}
	if pids := knownPIDs(q); pids != nil {
		scan.Terms = append(scan.Terms, table.Term{Column: r.columns["pid"], Op: table.OpIn, Values: pids})
	}
	r.inner = table.NewQuery(info, q.Note, scan)
	if q.Uses("net_namespace") {
		if err := r.listNamespaces(ctx); err != nil {
			return nil, err
		}
	}
	var err error
	r.batches, err = sockets.Read(ctx, r.inner)
	return r, err
}

// knownPIDs returns the processes that a query is limited to, nil if it is not: -1 is whoever is
// not known.
func knownPIDs(q *table.Query) []table.Value {
	pids := singles(q, "pid")
	if pids == nil {
		return nil
	}
	values := []table.Value{}
	for _, pid := range pids {
		if pid < 0 {
			return nil
		}
		values = append(values, table.Int(pid))
	}
	return values
}

func (r *foreignReader) Read(dst []foreignSocket) ([]foreignSocket, error) {
	batch, err := r.batches.Next()
	if err != nil {
		return dst, err
	}
	for i := range batch.Len() {
		s := foreignSocket{batch, i, r}
		if _, ok := foreignProtocols[s.value("proto").Bytes()]; ok && !s.value("family").IsNull() && r.shows(&s) {
			dst = append(dst, s)
		}
	}
	return dst, nil
}

// namespace returns the inode of a zone.
func (r *foreignReader) namespace(zone table.Value) table.Value {
	return table.String(strconv.FormatUint(r.namespaces[zone.Bytes()], 10))
}

// listNamespaces finds the inodes of zones.
func (r *foreignReader) listNamespaces(ctx context.Context) error {
	names, err := r.machine.zoneNames(ctx, r.query)
	for id, name := range names {
		if id < proc.UnseenZone { // else it is no inode
			r.namespaces[name] = id
		}
	}
	return err
}

// Close ends the reading, and passes on how it went.
func (r *foreignReader) Close() error {
	err := r.batches.Close()
	for _, way := range r.inner.Ways() {
		r.query.Way(way)
	}
	return err
}
