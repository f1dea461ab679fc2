package vtab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"sockstat/mib2"
	"sockstat/proc"
)

// endpointMachine is a machine like one of illumos: process 1 holds the first endpoint, process 2
// the second and so on, and any process may be shown as the creator of a socket.
func endpointMachine(sockets mib2.Rows, hidden int, held ...proc.Endpoint) *Machine {
	m, tables, processes := rowMachine()
	tables.rows = sockets
	processes.processes = nil
	var found []proc.HeldEndpoint
	for i, e := range held {
		pid := int32(i + 1)
		found = append(found, proc.HeldEndpoint{Endpoint: e, Holder: proc.Holder{PID: pid, FD: 10 + pid}})
		processes.processes = append(processes.processes, proc.Process{PID: pid, Name: fmt.Sprint("p", pid), Zone: 1, Has: everything})
	}
	m.Holders = holdersFunc(func(context.Context, []int32) (*proc.SocketHolders, error) {
		return proc.NewEndpointHolders(found, hidden), nil
	})
	m.Creators, m.ZoneOfProcess = true, true
	return m
}

// illumosSocket is a socket as illumos tells of it, with inode 5 if it has a file.
func illumosSocket(p mib2.Protocol, f mib2.Family, file *mib2.File) mib2.Socket {
	return mib2.Socket{Proto: p, Family: f, State: mib2.Idle, Inode: 5, Origin: &mib2.Origin{File: file}}
}

// An inode alone does not identify a socket: type, family and, of devices, the major number have
// to be the same as far as they are known.
func TestHoldersOfEndpoints(t *testing.T) {
	socket := &mib2.File{}
	endpoint := func(t proc.EndpointType, f proc.EndpointFamily) proc.Endpoint {
		return proc.Endpoint{Inode: 5, Type: t, Family: f}
	}
	by := func(pid int32, e proc.Endpoint) proc.HeldEndpoint {
		return proc.HeldEndpoint{Endpoint: e, Holder: proc.Holder{PID: pid}}
	}
	held := []proc.HeldEndpoint{
		by(1, endpoint(proc.TypeStream, proc.FamilyInet)), by(2, endpoint(proc.TypeStream, proc.FamilyInet6)),
		by(3, endpoint(proc.TypeDatagram, proc.FamilyInet)), by(4, endpoint(proc.TypeDatagram, proc.FamilyUnix)),
		by(5, endpoint(proc.TypeSeqPacket, proc.FamilyUnix)), by(6, proc.Endpoint{Inode: 5, Device: true, Major: 42}),
		by(7, proc.Endpoint{Inode: 6, Type: proc.TypeStream, Family: proc.FamilyInet}),
	}
	unix := func(typ mib2.UnixType) mib2.Socket {
		return mib2.Socket{Proto: mib2.Unix, Family: mib2.Local, Inode: 5, Unix: &mib2.UnixInfo{Type: typ}}
	}
	for _, test := range []struct {
		s    mib2.Socket
		held []proc.HeldEndpoint
		want string // PIDs, or the status
	}{
		{illumosSocket(mib2.TCP, mib2.Inet, socket), held, "1"}, {illumosSocket(mib2.TCP, mib2.Inet6, socket), held, "2"},
		{illumosSocket(mib2.UDP, mib2.Inet, socket), held, "3"}, {illumosSocket(mib2.UDP, mib2.Inet6, socket), held, "unknown"},
		{unix(mib2.Datagram), held, "4"}, {unix(mib2.SeqPacket), held, "5"}, {unix(mib2.Stream), held, "unheld"},
		{illumosSocket(mib2.TCP, mib2.Inet, &mib2.File{Device: true, Major: 42}), held, "6"},
		{illumosSocket(mib2.UDP, mib2.Inet6, &mib2.File{Device: true, Major: 42}), held, "6"},
		{illumosSocket(mib2.TCP, mib2.Inet, &mib2.File{Device: true, Major: 41}), held, "unknown"},
		{illumosSocket(mib2.TCP, mib2.Inet, nil), held, "unknown"}, // before October 2019
		// an IPv6 socket that is listed with those of IPv4, and of both families the one that is meant
		{illumosSocket(mib2.TCP, mib2.Inet, &mib2.File{Inet6: true}), held[1:], "2"},
		{illumosSocket(mib2.TCP, mib2.Inet, &mib2.File{Inet6: true}), held, "1"},
		{illumosSocket(mib2.TCP, mib2.Inet, socket), held[1:], "unknown"},
		// descriptors of which not all is known hold every socket with their inode
		{illumosSocket(mib2.TCP, mib2.Inet, socket), []proc.HeldEndpoint{by(1, endpoint(0, 0))}, "1"},
		{illumosSocket(mib2.TCP, mib2.Inet, socket), []proc.HeldEndpoint{held[0], by(11, endpoint(0, 0)), by(12, endpoint(proc.TypeDatagram, 0)), by(13, endpoint(0, proc.FamilyInet))}, "1 11 13"},
		{illumosSocket(mib2.TCP, mib2.Inet, socket), []proc.HeldEndpoint{by(1, endpoint(proc.TypeOther, proc.FamilyInet)), by(2, endpoint(proc.TypeStream, proc.FamilyOther))}, "unknown"},
		{unix(mib2.Stream), []proc.HeldEndpoint{by(1, endpoint(0, proc.FamilyUnix)), by(2, endpoint(0, proc.FamilyInet))}, "1"},
	} {
		m := &Machine{Sockets: mib2.Rows{test.s}, Holders: holdersFunc(func(context.Context, []int32) (*proc.SocketHolders, error) {
			return proc.NewEndpointHolders(test.held, 0), nil
		})}
		got := strings.Join(query(t, openMachine(t, m), "SELECT coalesce(pid, owner_status) FROM sockets"), " ")
		if got != test.want {
			t.Errorf("%+v held %v: %s instead of %s", test.s, test.held, got, test.want)
		}
	}
}

// What sockets shows on such a machine, and what creators does: there an internet socket has the
// process that created it, whoever holds it.
func TestHoldersAndCreators(t *testing.T) {
	held := proc.Endpoint{Inode: 5, Type: proc.TypeStream, Family: proc.FamilyInet}
	tcp := func(cookie uint64, inode uint64, state mib2.State, creator int32) mib2.Socket {
		return mib2.Socket{Proto: mib2.TCP, Family: mib2.Inet, State: state, Inode: inode, Cookie: cookie,
			Origin: &mib2.Origin{PID: creator, File: &mib2.File{}}}
	}
	sockets := mib2.Rows{
		tcp(1, 5, mib2.Listen, 2), tcp(2, 6, mib2.Listen, 2), tcp(3, 6, mib2.Listen, 77), tcp(4, 0, mib2.TimeWait, 0),
		tcp(5, 0, mib2.FinWait2, 0), tcp(6, 7, mib2.Established, 0), tcp(7, 0, mib2.Closing, 0), tcp(8, 0, mib2.LastAck, 77),
		{Proto: mib2.Unix, Family: mib2.Local, State: mib2.Bound, Inode: 5, Cookie: 9, Unix: &mib2.UnixInfo{Type: mib2.Stream}},
		{Proto: mib2.Unix, Family: mib2.Local, State: mib2.Bound, Cookie: 10, Unix: &mib2.UnixInfo{Type: mib2.Stream, NoInode: true}},
	}
	unix := proc.Endpoint{Inode: 5, Type: proc.TypeStream, Family: proc.FamilyUnix}
	m := endpointMachine(sockets, 0, held, unix)
	db := openMachine(t, m)
	equal(t, query(t, db, "SELECT cookie, pid, fd, command, owner_status FROM sockets"),
		"1 1 11 p1 ok", "2 2 - p2 creator", "3 - - - gone", "4 - - - time_wait", "5 - - - orphan", "6 - - - unknown", "7 - - - orphan",
		"8 - - - gone", "9 2 12 p2 ok", "10 - - - unknown")
	equal(t, query(t, db, "SELECT cookie, pid, fd, owner_status FROM creators WHERE cookie IN (1, 2, 3, 9, 10)"),
		"1 2 - creator", "2 2 - creator", "3 - - gone", "9 2 12 ok", "10 - - unknown")
	equal(t, query(t, db, "SELECT cookie, pid, owner_status, creator FROM creators WHERE proto = 'tcp' AND cookie < 4"),
		"1 2 creator 2", "2 2 creator 2", "3 - gone 77")
	equal(t, query(t, db, "SELECT cookie FROM creators WHERE pid = 2"), "1", "2", "9")
	equal(t, query(t, db, "SELECT cookie FROM sockets WHERE pid = 2"), "2", "9")
	equal(t, query(t, db, "SELECT cookie FROM sockets WHERE pid = 1"), "1")
}

// Where processes are hidden, one of them may hold what seems to be its creator's no more.
func TestHiddenEndpoints(t *testing.T) {
	sockets := mib2.Rows{
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Listen, Inode: 5, Cookie: 1, Origin: &mib2.Origin{PID: 77, File: &mib2.File{}}},
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Listen, Cookie: 2, Origin: &mib2.Origin{PID: 77}},
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Listen, Inode: 5, Cookie: 3, Origin: &mib2.Origin{PID: 1, File: &mib2.File{}}},
		{Proto: mib2.Unix, Family: mib2.Local, State: mib2.Bound, Inode: 5, Cookie: 4, Unix: &mib2.UnixInfo{Type: mib2.Stream}},
	}
	db := openMachine(t, endpointMachine(sockets, 3, proc.Endpoint{Inode: 99, Type: proc.TypeStream, Family: proc.FamilyInet}))
	equal(t, query(t, db, "SELECT cookie, pid, owner_status FROM sockets"), "1 - hidden", "2 - gone", "3 1 creator", "4 - hidden")
	equal(t, query(t, db, "SELECT cookie, pid, owner_status FROM creators"), "1 - gone", "2 - gone", "3 1 creator", "4 - hidden")
}

// Of a machine of which only the sockets are known, creators are numbers.
func TestCreatorsWithoutProcesses(t *testing.T) {
	sockets := mib2.Rows{
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Listen, Inode: 5, Cookie: 1, Origin: &mib2.Origin{PID: 77, Created: 5}},
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.TimeWait, Cookie: 2, Origin: &mib2.Origin{}},
	}
	db := openMachine(t, &Machine{Sockets: sockets, Creators: true})
	for _, name := range []string{"sockets", "creators"} {
		equal(t, query(t, db, "SELECT cookie, pid, fd, user, command, args, zone, owner_status, creator, created_ticks FROM %s", name),
			"1 77 - - - - - creator 77 5", "2 - - - - - - time_wait - -")
	}
}

// The zone of a socket is that of the process shown with it, also if the process began after the
// zones were read; of others it is the caller's own.
func TestZonesOfEndpoints(t *testing.T) {
	sockets := mib2.Rows{
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Listen, Cookie: 1, Origin: &mib2.Origin{PID: 1}},
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Listen, Cookie: 2, Origin: &mib2.Origin{PID: 2}},
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Listen, Cookie: 3, Origin: &mib2.Origin{PID: 3}},
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Listen, Cookie: 4, Origin: &mib2.Origin{PID: 4}},
	}
	m := endpointMachine(sockets, 0)
	m.Processes = &rowProcesses{processes: []proc.Process{
		{PID: 1, Zone: 1, Has: everything}, {PID: 2, Zone: 2, Has: everything}, {PID: 3, Zone: 8, Has: everything}, {PID: 4, Zone: 2, Has: proc.PartStat},
	}}
	db := openMachine(t, m)
	equal(t, query(t, db, "SELECT cookie, zone FROM creators"), "1 here", "2 there", "3 zone 8", "4 here")
	equal(t, query(t, db, "SELECT cookie FROM creators WHERE zone = 'there'"), "2")
	equal(t, query(t, db, "SELECT cookie, zone FROM tcp"), "1 here", "2 here", "3 here", "4 here")
	m.Zones = nil
	equal(t, query(t, db, "SELECT DISTINCT zone FROM creators"), "-")
}

// A saved reply is a machine with creators and nothing else but sockets; only illumos can save one.
func TestSavedReply(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "reply")
	m := SavedReply(missing)
	db := openMachine(t, m)
	for _, name := range []string{"sockets", "creators", "tcp", "udp"} {
		if err := fails(t, db, "SELECT 1 FROM "+name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"unix", "processes", "zones", "users"} {
		equal(t, query(t, db, "SELECT 1 FROM %s", name))
	}
	var saved bytes.Buffer
	if err := m.SaveReply(t.Context(), &saved); !errors.Is(err, errors.ErrUnsupported) || saved.Len() > 0 {
		t.Errorf("%v, %d bytes", err, saved.Len())
	}
	m.Sockets = saver{text: "reply"}
	if err := m.SaveReply(t.Context(), &saved); err != nil || saved.String() != "reply" {
		t.Errorf("%v, %q", err, saved.String())
	}
}

// saver are tables that can be saved.
type saver struct {
	mib2.Tables
	text string
}

func (s saver) Save(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, s.text)
	return err
}
