package illumos

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"slices"

	"sockstat/mib2"
)

// mibTable says where a table of connections is in a reply and how its entries are laid
// out, inet/mib2.h. All is packed to 4 bytes, so 64-bit fields are not aligned. The size of
// an entry is in the counters; newer kernels append fields.
type mibTable struct {
	what     string
	entries  group
	sockInfo group // EXPER_SOCK_INFO
	family   mib2.Family

	sizeAt int // of the entry size in the counters
	least  int // bytes of the addresses, ports and state

	address, port, remoteAddress, remotePort, scope, state int // offsets; scope 0: none
}

// mibProtocol is the tables of a protocol.
type mibProtocol struct {
	counters    group
	countersLen int // up to the entry sizes
	tables      [2]mibTable
	// info returns where pid, time and the numbers of a connection are in an entry.
	info func(size int, family mib2.Family) mibInfo
}

const (
	sockInfoLen  = 32
	maxEntryLen  = 4096
	sockInfoName = 106
)

var mibProtocols = map[mib2.Protocol]*mibProtocol{
	mib2.UDP: {counters: group{levelUDP, 0}, countersLen: 20, info: udpInfo, tables: [2]mibTable{
		{what: "UDP/IPv4 table", entries: group{levelUDP, 5}, sockInfo: group{levelUDP, sockInfoName}, family: mib2.Inet,
			sizeAt: 12, least: 20, address: 0, port: 4, state: 8, remoteAddress: 12, remotePort: 16},
		{what: "UDP/IPv6 table", entries: group{levelUDP6, 6}, sockInfo: group{levelUDP6, sockInfoName}, family: mib2.Inet6,
			sizeAt: 16, least: 48, address: 0, port: 16, scope: 20, state: 24, remoteAddress: 28, remotePort: 44},
	}},
	mib2.TCP: {counters: group{levelTCP, 0}, countersLen: 212, info: tcpInfo, tables: [2]mibTable{
		{what: "TCP/IPv4 table", entries: group{levelTCP, 13}, sockInfo: group{levelTCP, sockInfoName}, family: mib2.Inet,
			sizeAt: 48, least: 20, state: 0, address: 4, port: 8, remoteAddress: 12, remotePort: 16},
		{what: "TCP/IPv6 table", entries: group{levelTCP6, 14}, sockInfo: group{levelTCP6, sockInfoName}, family: mib2.Inet6,
			sizeAt: 208, least: 48, address: 0, port: 16, remoteAddress: 20, remotePort: 36, scope: 40, state: 44},
	}},
}

// groups returns what a reply is read for.
func (p *mibProtocol) groups() []group {
	return []group{p.counters, p.tables[0].entries, p.tables[0].sockInfo, p.tables[1].entries, p.tables[1].sockInfo}
}

// mibInfo says where the later part of an entry is; -1 where it has none.
type mibInfo struct {
	pid, created, snxt, suna, rnxt, rack, state int

	figures mib2.TCPFigures // 0 if it has none
	block   int             // where tcpConnEntryInfo_t begins
}

var noInfo = mibInfo{pid: -1, created: -1, snxt: -1, suna: -1, rnxt: -1, rack: -1, state: -1}

// udpInfo is that of an entry of UDP: only pid and time, if it is long enough for both.
func udpInfo(size int, family mib2.Family) mibInfo {
	info, at := noInfo, 24
	if family == mib2.Inet6 {
		at = 52
	}
	if size >= at+12 {
		info.pid, info.created = at, at+4
	}
	return info
}

// tcpInfo is that of an entry of TCP. tcpConnEntryInfo_t grew from 36 to 140 bytes in August
// 2019 (illumos issue 11547), in the middle of the entry: only the size tells which it is.
func tcpInfo(size int, family mib2.Family) mibInfo {
	info, base := noInfo, 20
	if family == mib2.Inet6 {
		base = 48
	}
	end := 0
	switch {
	case size >= base+140:
		info.snxt, info.suna, info.rnxt, info.rack, info.state = base+88, base+92, base+104, base+108, base+136
		info.figures, info.block = mib2.FiguresMIBLong, base
		end = base + 140
	case size >= base+36:
		info.snxt, info.suna, info.rnxt, info.rack, info.state = base, base+4, base+12, base+16, base+32
		info.figures, info.block = mib2.FiguresMIBShort, base
		end = base + 36
	}
	if end > 0 && size >= end+12 {
		info.pid, info.created = end, end+4
	}
	return info
}

// sockets decodes the tables of a protocol in a reply that has ended, and appends the
// sockets that the filter lets through. An error leaves none.
func (r *reply) sockets(dst []mib2.Socket, proto mib2.Protocol, filter *mib2.Filter) ([]mib2.Socket, error) {
	p := mibProtocols[proto]
	counters, err := r.counters(p)
	if err != nil {
		return dst, err
	}
	var plans [2]tablePlan
	total := 0
	for i := range p.tables {
		if plans[i], err = r.plan(&p.tables[i], counters); err != nil {
			return dst, fmt.Errorf("%s: %w", p.tables[i].what, err)
		}
		total += plans[i].rows
	}
	rows := slices.Grow(dst, total)
	for i := range p.tables {
		d := entryDecoder{proto: proto, table: &p.tables[i], info: p.info(plans[i].size, p.tables[i].family), filter: filter,
			origins: make([]mib2.Origin, plans[i].rows), files: plans[i].files}
		if d.info.figures != 0 && filter.Parts&mib2.PartInfo != 0 {
			d.infos = make([]mib2.Info, plans[i].rows)
		}
		if rows, err = d.appendAll(rows, plans[i]); err != nil {
			return dst, fmt.Errorf("%s: %w", p.tables[i].what, err)
		}
	}
	return rows, nil
}

// reports reports whether there is anything of a protocol in the reply.
func (r *reply) reports(proto mib2.Protocol) bool {
	return slices.ContainsFunc(mibProtocols[proto].groups(), func(g group) bool { return r.chunks[g] != nil })
}

// counters returns the counters of a protocol, nil if the reply has none. A reply that has
// nothing else of it either is not one: tables are sent even if they are empty.
func (r *reply) counters(p *mibProtocol) ([]byte, error) {
	chunks := r.chunks[p.counters]
	if len(chunks) == 0 && r.chunks[p.tables[0].entries] == nil && r.chunks[p.tables[1].entries] == nil {
		return nil, replyError("empty", "the kernel reported no %s and no %s", p.tables[0].what, p.tables[1].what)
	}
	for _, c := range chunks {
		if len(c) < p.countersLen {
			return nil, replyError("counters", "counters of group %d are %d bytes instead of %d", p.counters.level, len(c), p.countersLen)
		}
		for _, t := range p.tables {
			if string(c[t.sizeAt:t.sizeAt+4]) != string(chunks[0][t.sizeAt:t.sizeAt+4]) {
				return nil, replyError("entry_size", "two sizes are announced for entries of the %s", t.what)
			}
		}
	}
	if len(chunks) == 0 {
		return nil, nil
	}
	return chunks[0], nil
}

// tablePlan is a table whose sizes agree with each other.
type tablePlan struct {
	size, rows int
	chunks     [][]byte
	files      []file // nil, or one for each row
}

// plan checks the sizes of a table. Its messages follow each other, and so do the row
// numbers that the socket info refers to.
func (r *reply) plan(t *mibTable, counters []byte) (p tablePlan, err error) {
	if p.chunks = r.chunks[t.entries]; p.chunks == nil {
		return p, replyError("empty", "the kernel did not report it")
	}
	if p.size, err = t.entrySize(counters, p.chunks); err != nil {
		return p, err
	}
	for _, c := range p.chunks {
		if len(c) > 0 && len(c)%p.size != 0 {
			return p, replyError("table_length", "%d bytes are not a multiple of its entries of %d", len(c), p.size)
		}
		p.rows += len(c) / max(p.size, 1)
	}
	p.files, err = r.files(t, p.rows)
	return p, err
}

// entrySize returns the size of the entries, which nobody needs if there are none.
func (t *mibTable) entrySize(counters []byte, chunks [][]byte) (int, error) {
	empty := true
	for _, c := range chunks {
		empty = empty && len(c) == 0
	}
	switch {
	case empty:
		return 0, nil
	case counters == nil:
		return 0, replyError("entry_size", "the size of its entries was not announced")
	}
	size := int(int32(binary.LittleEndian.Uint32(counters[t.sizeAt:])))
	if size < t.least || size > maxEntryLen {
		return 0, replyError("entry_size", "entries of %d bytes, not %d to %d", size, t.least, maxEntryLen)
	}
	return size, nil
}

// file is what the socket info says of a row.
type file struct {
	inode uint64
	mib2.File
	known bool
}

// files decodes the socket info of a table, mib2_socketInfoEntry_t, by row. Not every row has
// one, and what refers to no row is passed over.
func (r *reply) files(t *mibTable, rows int) ([]file, error) {
	var files []file
	for _, c := range r.chunks[t.sockInfo] {
		if len(c)%sockInfoLen != 0 {
			return nil, replyError("table_length", "%d bytes of socket info are not a multiple of %d", len(c), sockInfoLen)
		}
		if files == nil {
			files = make([]file, rows)
		}
		for ; len(c) > 0; c = c[sockInfoLen:] {
			const device, inet6 = 0x1, 0x2
			row, flags := binary.LittleEndian.Uint64(c), binary.LittleEndian.Uint64(c[16:])
			if row >= uint64(rows) {
				continue
			}
			files[row] = file{binary.LittleEndian.Uint64(c[8:]), mib2.File{
				Device: flags&device != 0,
				Inet6:  flags&inet6 != 0 || t.family == mib2.Inet6,
				Major:  uint32(binary.LittleEndian.Uint64(c[24:]) >> 32),
			}, true}
		}
	}
	return files, nil
}

// entryDecoder decodes the entries of one table.
type entryDecoder struct {
	proto   mib2.Protocol
	table   *mibTable
	info    mibInfo
	filter  *mib2.Filter
	origins []mib2.Origin // one for each row, allocated at once
	infos   []mib2.Info   // the same, nil if they are not asked for
	files   []file        // nil, or one for each row
}

// appendAll appends the sockets in a table.
func (d *entryDecoder) appendAll(dst []mib2.Socket, p tablePlan) (rows []mib2.Socket, err error) {
	n := 0
	for _, c := range p.chunks {
		for ; len(c) > 0; c = c[p.size:] {
			if dst, err = d.append(dst, c[:p.size], n); err != nil {
				return dst, err
			}
			n++
		}
	}
	return dst, nil
}

// append appends the socket in entry b, row n of the table, if the filter lets it through.
func (d *entryDecoder) append(dst []mib2.Socket, b []byte, n int) ([]mib2.Socket, error) {
	number := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	t := d.table
	local, remote := number(t.port), number(t.remotePort)
	if local > math.MaxUint16 || remote > math.MaxUint16 {
		return dst, replyError("entry", "entry %d has the ports %d and %d", n, int32(local), int32(remote))
	}
	dst = append(dst, mib2.Socket{Proto: d.proto})
	s := &dst[len(dst)-1]
	peer := t.addressAt(b, t.remoteAddress)
	if remote == 0 {
		peer = t.addressAt(noAddress[:], 0) // without a port it is no peer
	}
	s.SetAddresses(t.family, netip.AddrPortFrom(t.addressAt(b, t.address), uint16(local)), netip.AddrPortFrom(peer, uint16(remote)))
	if t.scope > 0 {
		s.Interface = number(t.scope)
	}
	s.State = d.state(b)
	s.Origin = &d.origins[n]
	d.origin(s, b)
	if d.infos != nil {
		s.Info = &d.infos[n]
		setFigures(s.Info, d.info.figures, b[d.info.block:])
	}
	if d.files != nil && d.files[n].known {
		f := &d.files[n]
		s.Inode, s.Origin.File = f.inode, &f.File
		s.V4Mapped = s.V4Mapped || t.family == mib2.Inet && f.Inet6
	}
	if !d.filter.Match(s) {
		dst = dst[:len(dst)-1]
	}
	return dst, nil
}

var noAddress [16]byte

// addressAt returns an address, which is in network order.
func (t *mibTable) addressAt(b []byte, at int) netip.Addr {
	if t.family == mib2.Inet {
		return netip.AddrFrom4([4]byte(b[at:]))
	}
	return netip.AddrFrom16([16]byte(b[at:]))
}

// origin sets what the later part of an entry says. The queues are computed as netstat
// does: what was sent less what was acknowledged and a byte, and what was received less
// what the peer was told. Callers without privileges are given just the differences.
func (d *entryDecoder) origin(s *mib2.Socket, b []byte) {
	number := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	i := &d.info
	if i.pid >= 0 {
		if pid := number(i.pid); pid <= math.MaxInt32 {
			s.Origin.PID = int32(pid)
		}
		s.Origin.Created = binary.LittleEndian.Uint64(b[i.created:])
	}
	if i.snxt >= 0 && s.State != mib2.Listen {
		s.Origin.Queues = true
		s.SendQ = uint32(max(int32(number(i.snxt)-number(i.suna)-1), 0))
		s.RecvQ = uint32(max(int32(number(i.rnxt)-number(i.rack)), 0))
	}
}

// state returns the state of a connection. That of the MIB calls three states closed; the
// kernel's own, TCPS_* of inet/tcp.h, tells them apart.
func (d *entryDecoder) state(b []byte) mib2.State {
	n := binary.LittleEndian.Uint32(b[d.table.state:])
	states := illumosTCPStates
	if d.proto == mib2.UDP {
		states = illumosUDPStates
	}
	if n >= uint32(len(states)) || states[n] == 0 {
		return mib2.Unknown
	}
	if states[n] == mib2.Closed && d.info.state >= 0 {
		switch int32(binary.LittleEndian.Uint32(b[d.info.state:])) {
		case -5:
			return mib2.Idle
		case -4:
			return mib2.Bound
		}
	}
	return states[n]
}

// The states by their number in tcpConnState and ue_state.
var (
	illumosTCPStates = []mib2.State{1: mib2.Closed, 2: mib2.Listen, 3: mib2.SynSent, 4: mib2.SynRcvd, 5: mib2.Established, 6: mib2.FinWait1,
		7: mib2.FinWait2, 8: mib2.CloseWait, 9: mib2.LastAck, 10: mib2.Closing, 11: mib2.TimeWait}
	illumosUDPStates = []mib2.State{1: mib2.Unbound, 2: mib2.Idle, 3: mib2.Connected}
)
