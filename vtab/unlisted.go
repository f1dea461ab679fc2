package vtab

import (
	"context"
	"io"
	"slices"
	"strings"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/table"
)

// unlisted finds the sockets that processes hold but that are in no table of the kernel:
// sockets of TCP and UDP that were never bound or whose connection was reset, and those of
// families that have no table here, such as netlink and vsock. Only those in the zones that are
// read are shown: that others are in no table here means nothing.
type unlisted struct {
	machine   *Machine
	query     *table.Query
	describer proc.Describer
	reading   *zoneReading // nil if only the caller's own zone is read
	unseen    *proc.Unseen // held sockets that were in no table yet
}

// newUnlisted returns nil if a query cannot want such sockets: of one it is known who holds it
// and perhaps its protocol, but neither addresses nor state.
func (m *Machine) newUnlisted(q *table.Query) *unlisted {
	describer, ok := m.Holders.(proc.Describer)
	if !ok || m.Sockets == nil {
		return nil
	}
	for _, column := range []string{"family", "label", "state", "local_port", "remote_port"} {
		if null, _ := q.Nulls(column); !null {
			return nil
		}
	}
	if _, other := q.Nulls("pid"); !other || !wantsOther(q) {
		return nil
	}
	return &unlisted{machine: m, query: q, describer: describer}
}

// wantsOther reports whether a query lets proto be something else than protocols of which the
// kernel lists all sockets.
func wantsOther(q *table.Query) bool {
	texts, limited := q.Texts("proto")
	return !limited || slices.ContainsFunc(texts, func(t string) bool { return !protocolNamed(strings.TrimRight(t, " ")).ListsAll() })
}

// protocolNamed returns the protocol with a name, whatever its case, 0 if there is none.
func protocolNamed(name string) mib2.Protocol {
	for _, p := range mib2.Protocols {
		if strings.EqualFold(p.String(), name) {
			return p
		}
	}
	return 0
}

// in notes which zones are read.
func (u *unlisted) in(reading *zoneReading) {
	if u != nil {
		u.reading = reading
	}
}

// zones returns the zones that are read and wanted.
func (u *unlisted) zones() ([]proc.Zone, error) {
	if u.reading == nil {
		own, err := u.machine.ownZone()
		own.Own = true
		if isUnseen(err) {
			err = nil
		}
		if u.query.Uses("zone") && own.Name != "" && !wants(u.query, "zone", own.Name) {
			return nil, err
		}
		return []proc.Zone{own}, err
	}
	zones, _, err := u.reading.zones()
	return slices.DeleteFunc(slices.Clone(zones), func(z proc.Zone) bool { return !wants(u.query, "zone", z.Name) }), err
}

// start begins with all held sockets.
func (u *unlisted) start(found *holders) {
	if u != nil {
		u.unseen = found.sockets.Unseen()
	}
}

// see notes that a socket is in a table.
func (u *unlisted) see(inode uint64) {
	if u != nil && u.unseen != nil {
		u.unseen.See(inode)
	}
}

// unlistedSocket is a held socket that was in no table when the tables were read.
type unlistedSocket struct {
	inode  uint64
	zone   uint64
	by     []proc.Held // its descriptors
	proto  string      // empty if not known
	uid    uint32
	unseen bool // its descriptors may not be looked at: neither proto nor uid are known
}

// append appends the rows, of which no value is pushed down but proto.
func (u *unlisted) append(ctx context.Context, dst []socket, found *holders) ([]socket, error) {
	if u == nil || u.unseen == nil {
		return dst, nil
	}
	zones, err := u.zones()
	if err != nil || len(zones) == 0 {
		return dst, err
	}
	sockets, err := u.describe(ctx, u.candidates(found), zones)
	if err != nil {
		return dst, err
	}
	if sockets, err = u.verify(ctx, sockets, zones); err != nil {
		return dst, err
	}
	names := map[uint64]string{}
	for _, z := range zones {
		names[z.ID] = z.Name
	}
	type likeness struct {
		proto  string
		unseen bool
		zone   uint64
	}
	places := map[likeness]*place{}
	for _, s := range sockets {
		like := likeness{s.proto, s.unseen, s.zone}
		if places[like] == nil {
			places[like] = &place{noUID: s.unseen, proto: table.NonEmpty(s.proto), zone: names[s.zone]}
		}
		row := &socket{Socket: &mib2.Socket{Inode: s.inode, UID: s.uid}, where: places[like]}
		dst = found.append(dst, row)
	}
	return dst, nil
}

// candidates returns the held sockets that were in no table.
func (u *unlisted) candidates(found *holders) (list []unlistedSocket) {
	for _, inode := range u.unseen.Rest() {
		s := unlistedSocket{inode: inode}
		for _, by := range found.sockets.Of(proc.Endpoint{Inode: inode}) {
			s.by = append(s.by, proc.Held{Inode: inode, Holder: by})
		}
		list = append(list, s)
	}
	return list
}

// describe looks at the descriptors of sockets and returns those that are held still, and that
// the query wants.
func (u *unlisted) describe(ctx context.Context, sockets []unlistedSocket, zones []proc.Zone) ([]unlistedSocket, error) {
	var all []proc.Held
	for _, s := range sockets {
		all = append(all, s.by...)
	}
	if len(all) == 0 {
		return nil, nil
	}
	descriptions, err := u.describer.Describe(ctx, all, zones)
	if err != nil {
		return nil, err
	}
	kept := sockets[:0]
	for _, s := range sockets {
		of := descriptions[:len(s.by)]
		descriptions = descriptions[len(s.by):]
		if s.fill(of) && u.wants(&s) {
			kept = append(kept, s)
		}
	}
	return kept, nil
}

// fill sets what the descriptors show, and reports whether one stands for the socket still and
// it is in a zone that is read.
func (s *unlistedSocket) fill(of []proc.Description) bool {
	here, held := false, false
	s.unseen = true
	for _, d := range of {
		if d.Here {
			here, s.zone = true, d.Zone
		}
		held = held || d.Held || d.Unseen
		if d.Held {
			s.unseen, s.proto, s.uid = false, protocolName(d.Protocol), d.UID
		}
	}
	return here && held
}

// wants reports whether a query can want a socket. A Unix socket that is in no table was opened
// since, or is of a zone that is not read.
func (u *unlisted) wants(s *unlistedSocket) bool {
	_, limited := u.query.Texts("proto")
	return s.proto != mib2.Unix.String() && (!limited || wants(u.query, "proto", s.proto))
}

// protocolName returns what the kernel calls a protocol as it is called here.
func protocolName(kernel string) string {
	name := strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(kernel, "AF_"), "v6"))
	switch {
	case strings.HasPrefix(name, "unix"): // by type: UNIX, UNIX-STREAM
		return mib2.Unix.String()
	case name == "ping":
		return "icmp"
	case name == "udp-lite":
		return "udplite"
	case name == "smc6":
		return "smc"
	}
	return name
}

// verify leaves out the sockets that have come into a table since it was read, or that were
// in one when they were closed: the tables that can list them are read once more, and then it
// is seen whether the sockets are held still.
func (u *unlisted) verify(ctx context.Context, sockets []unlistedSocket, zones []proc.Zone) ([]unlistedSocket, error) {
	var tables []mib2.Protocol
	for _, s := range sockets {
		for _, p := range s.tables() {
			if !slices.Contains(tables, p) {
				tables = append(tables, p)
			}
		}
	}
	if len(tables) == 0 {
		return sockets, nil
	}
	in := slices.DeleteFunc(slices.Clone(zones), func(z proc.Zone) bool {
		return !slices.ContainsFunc(sockets, func(s unlistedSocket) bool { return s.zone == z.ID })
	})
	listed, err := u.inodes(ctx, tables, in)
	if err != nil {
		return nil, err
	}
	sockets = slices.DeleteFunc(sockets, func(s unlistedSocket) bool { return listed[s.inode] })
	if sockets, err = u.describe(ctx, sockets, zones); err != nil {
		return nil, err
	}
	return u.stillHeld(ctx, sockets)
}

// tables returns the protocols whose tables can list a socket. One of Multipath TCP has the
// inode of its first subflow.
func (s *unlistedSocket) tables() []mib2.Protocol {
	if s.proto == "" {
		return all()
	}
	if p := protocolNamed(s.proto); p != 0 {
		return []mib2.Protocol{p.ShownBy()}
	}
	return nil
}

// inodes returns the inodes of all sockets of some protocols in some zones.
func (u *unlisted) inodes(ctx context.Context, protocols []mib2.Protocol, zones []proc.Zone) (map[uint64]bool, error) {
	rows := &zonesReader{ctx: ctx, query: u.query, zones: func() ([]proc.Zone, error) { return zones, nil }}
	rows.open = func(z proc.Zone) *kernelReader {
		tables := u.machine.Sockets
		if !z.Own {
			tables = u.reading.elsewhere.Tables(z)
		}
		return &kernelReader{ctx: ctx, tables: tables, protocols: slices.Clone(protocols), query: u.query, where: &place{}, basic: true, several: true}
	}
	defer rows.Close()
	listed := map[uint64]bool{}
	for {
		b, err := rows.next()
		if err == io.EOF {
			return listed, nil
		} else if err != nil {
			return nil, err
		}
		for i := range b.sockets {
			listed[b.sockets[i].Inode] = true
		}
	}
}

// stillHeld leaves out the sockets whose descriptors may not be looked at, if another search
// finds them no more.
func (u *unlisted) stillHeld(ctx context.Context, sockets []unlistedSocket) ([]unlistedSocket, error) {
	pids := []int32{}
	for _, s := range sockets {
		if s.unseen {
			for _, by := range s.by {
				pids = append(pids, by.PID)
			}
		}
	}
	if len(pids) == 0 {
		return sockets, nil
	}
	found, err := u.machine.Holders.Holders(ctx, pids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(sockets, func(s unlistedSocket) bool {
		return s.unseen && found.Of(proc.Endpoint{Inode: s.inode}) == nil
	}), nil
}
