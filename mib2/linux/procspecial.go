package linux

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"

	"sockstat/mib2"
)

// openProcTable opens a file of /proc/net that lists the sockets of one of the less common
// protocols, a line each, which line decodes; why says why not netlink. A kernel without the
// protocol has no such file.
func (t *tables) openProcTable(proto mib2.Protocol, filter mib2.Filter, why string, decode func([]mib2.Socket, []byte) ([]mib2.Socket, error)) mib2.Reader {
	name := proto.ProcNet(proto.Families()[0])
	path := t.proc + "/net/" + name
	return mib2.ReadAtOnce(t.ctx, fmt.Sprintf("%s (%s)", path, why), func(context.Context) ([]mib2.Socket, error) {
		var all readings
		for !all.agree() {
			f, err := t.openProcNet(name)
			if errors.Is(err, fs.ErrNotExist) {
				return nil, nil
			} else if err != nil {
				return nil, err
			}
			text, err := io.ReadAll(f)
			f.Close()
			if err != nil {
				return nil, err
			}
			rows, err := decode(nil, text)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", path, err)
			}
			all.add(rows)
		}
		return matching(all.rows, &filter), nil
	})
}

// readings are the sockets that several readings of a file gave. The kernel finds its place again
// by counting, for each page, and walks over a table that grows and shrinks with the sockets of
// the whole machine: one reading may lack a socket that was there all the time, or have it twice.
type readings struct {
	rows  []mib2.Socket
	known map[specialKey]bool
	count int // readings
	last  int // rows of the last one
	more  bool
}

// specialKey tells a socket from others: by its inode, or the address of one without.
type specialKey struct {
	inode    uint64
	protocol uint8
	port     uint32
}

// mostReadings is after how many a table that changes all the time is taken as it is.
const mostReadings = 8

// agree reports whether the last reading told nothing new.
func (r *readings) agree() bool { return r.count == mostReadings || r.count > 1 && !r.more }

// add adds the rows of a reading that none had before. Those that cannot be told from others are
// those of the first.
func (r *readings) add(rows []mib2.Socket) {
	if r.known == nil {
		r.known = make(map[specialKey]bool, len(rows))
	}
	r.more = len(rows) != r.last
	for _, s := range rows {
		k := specialKey{inode: s.Inode}
		if n := s.Special.Netlink; n != nil {
			k = specialKey{s.Inode, n.Protocol, n.PortID}
		}
		unknown := k == specialKey{}
		if unknown && r.count == 0 || !unknown && !r.known[k] {
			r.rows, r.more = append(r.rows, s), true
			r.known[k] = true
		}
	}
	r.count, r.last = r.count+1, len(rows)
}

// matching returns the sockets that a filter lets through.
func matching(rows []mib2.Socket, filter *mib2.Filter) []mib2.Socket {
	wanted := rows[:0]
	for i := range rows {
		if filter.Match(&rows[i]) {
			wanted = append(wanted, rows[i])
		}
	}
	return wanted
}

// column is a field of a line: the base of its number, 0 if it is not looked at, and the
// bits that it has.
type column struct{ base, bits int }

// decodeLines calls row with the numbers of each line but the first, which are headings.
func decodeLines(file []byte, columns []column, row func(numbers []uint64)) error {
	numbers := make([]uint64, len(columns))
	_, rest, _ := bytes.Cut(file, []byte("\n"))
	for n := 2; len(rest) > 0; n++ {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		words := bytes.Fields(line)
		if len(words) < len(columns) {
			return fmt.Errorf("line %d has %d fields, %d short of %d", n, len(words), len(columns)-len(words), len(columns))
		}
		for i, c := range columns {
			if c.base == 0 {
				continue
			}
			var err error
			if numbers[i], err = strconv.ParseUint(string(words[i]), c.base, c.bits); err != nil {
				return fmt.Errorf("field %d of line %d is %.100q", i+1, n, words[i])
			}
		}
		row(numbers)
	}
	return nil
}

// appendProcPacket appends the sockets of /proc/net/packet: address, reference count, type,
// protocol, interface, whether it runs, queue, owner and inode.
func appendProcPacket(dst []mib2.Socket, file []byte) ([]mib2.Socket, error) {
	columns := []column{{}, {}, {10, 8}, {16, 16}, {10, 32}, {10, 1}, {10, 32}, {10, 32}, {10, 64}}
	err := decodeLines(file, columns, func(n []uint64) {
		s := mib2.Socket{Proto: mib2.Packet, Family: mib2.Link, Interface: uint32(n[4]), RecvQ: uint32(n[6]),
			RecvMeasure: mib2.MeasureMemory, SendMeasure: mib2.MeasureUnknown, UID: uint32(n[7]), Inode: n[8]}
		s.Special = &mib2.Special{Type: mib2.SocketType(n[2]), Packet: &mib2.PacketInfo{Ethertype: uint16(n[3]), Running: n[5] != 0}}
		setPacketState(&s)
		dst = append(dst, s)
	})
	return dst, err
}

// appendProcNetlink appends the sockets of /proc/net/netlink: address, protocol, port, the
// first 32 groups, two queues, dump, locks, drops and inode.
func appendProcNetlink(dst []mib2.Socket, file []byte) ([]mib2.Socket, error) {
	columns := []column{{}, {10, 8}, {10, 32}, {16, 32}, {10, 32}, {10, 32}, {}, {}, {}, {10, 64}}
	err := decodeLines(file, columns, func(n []uint64) {
		info := &mib2.NetlinkInfo{Protocol: uint8(n[1]), PortID: uint32(n[2]), GroupsCut: true}
		for group := uint32(1); group <= 32; group++ {
			if n[3]>>(group-1)&1 != 0 {
				info.Groups = append(info.Groups, group)
			}
		}
		s := mib2.Socket{Proto: mib2.Netlink, Family: mib2.NetlinkFamily, Inode: n[9]}
		setQueues(&s, uint32(n[4]), uint32(n[5]))
		s.Special = &mib2.Special{NoUID: true, Netlink: info}
		setNetlinkState(&s)
		dst = append(dst, s)
	})
	return dst, err
}

// mptcpNames are the names of MPTCP in /proc/net/protocols.
var mptcpNames = []string{"MPTCP", "MPTCPv6"}

// unused reports whether the kernel is sure that no socket of a protocol, under any of its
// names, is in use in this network namespace. That takes the kernel a hundredth of the time
// of a dump of MPTCP, which walks the table of all listeners.
func (t *tables) unused(names []string) bool {
	f, err := t.openProcNet("protocols")
	if err != nil {
		return false
	}
	defer f.Close()
	all, err := io.ReadAll(f)
	return err == nil && countInUse(all, names) == 0
}

// countInUse adds up the sockets of protocols in /proc/net/protocols: name, size, sockets.
// It returns -1 if the file is not what it should be.
func countInUse(file []byte, names []string) int {
	heading, rest, _ := bytes.Cut(file, []byte("\n"))
	if words := bytes.Fields(heading); len(words) < 3 || string(words[2]) != "sockets" {
		return -1
	}
	count := 0
	for line := range bytes.Lines(rest) {
		words := bytes.Fields(line)
		if len(words) < 3 {
			return -1
		}
		for _, name := range names {
			if string(words[0]) != name {
				continue
			}
			n, err := strconv.ParseUint(string(words[2]), 10, 31)
			if err != nil {
				return -1
			}
			count += int(n)
		}
	}
	return count
}
