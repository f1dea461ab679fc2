package vtab

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// rowCloser are processes of which a closer search finds more.
type rowCloser struct {
	*rowProcesses
	closer  []proc.Held
	kernels []uint64
	asked   []proc.Endpoint
}

func (r *rowCloser) HoldersOf(_ context.Context, sockets []proc.Endpoint, _ []int32, first *proc.SocketHolders, kernels bool) (*proc.SocketHolders, error) {
	r.asked = sockets
	h := proc.NewSocketHolders(r.closer, first.Hidden)
	if kernels {
		h.SetKernels(r.kernels)
	}
	h.Way = "a closer look"
	return h, nil
}

// warnings collects what a database notes that is no detail.
func warnings(db *engine.DB) *[]string {
	var texts []string
	db.OnNotice(func(n table.Notice) {
		if !n.Detail {
			texts = append(texts, n.Text)
		}
	})
	return &texts
}

// A socket that no search finds is the kernel's own only if that is known.
func TestUnheld(t *testing.T) {
	m, tables, processes := rowMachine()
	tables.rows[6].UID = uint32(os.Geteuid()) // the one with cookie 17
	c := &rowCloser{rowProcesses: processes}
	m.Holders = c
	db := openMachine(t, m)
	const sql = "SELECT pid, fd, command, owner_status FROM sockets WHERE cookie = 17"
	equal(t, query(t, db, sql), "- - - unheld")
	if want := []proc.Endpoint{{Inode: 4, Type: proc.TypeDatagram, Family: proc.FamilyInet}}; !slices.Equal(c.asked, want) || processes.searches.Load() != 1 {
		t.Errorf("asked for %+v after %d searches", c.asked, processes.searches.Load())
	}
	c.kernels = []uint64{4}
	equal(t, query(t, db, sql), "- - - kernel")
	c.closer = []proc.Held{{Inode: 4, Holder: proc.Holder{PID: 200, FD: proc.NoFD}}}
	equal(t, query(t, db, sql), "200 - resolver ok")
	c.closer = append(c.closer, proc.Held{Inode: 4, Holder: proc.Holder{PID: 200, FD: 7}})
	equal(t, query(t, db, sql), "200 7 resolver ok")

	// Where a process is hidden, that is why none is shown, unless it is known to be the kernel's.
	processes.hidden = 1
	equal(t, query(t, db, sql), "200 7 resolver ok")
	c.closer = nil
	equal(t, query(t, db, sql), "- - - kernel")
	c.kernels = nil
	equal(t, query(t, db, sql), "- - - hidden")
}

// Where processes are hidden, another's sockets are looked for once only.
func TestCloserLookAtOwn(t *testing.T) {
	for _, test := range []struct {
		user, owner uint32
		want        bool
	}{{0, 0, true}, {0, 33, true}, {33, 33, true}, {33, 0, false}, {33, 34, false}} {
		r := &socketsReader{machine: &Machine{Holders: &rowCloser{}}, user: test.user}
		s := &socket{Socket: &mib2.Socket{Proto: mib2.TCP, Inode: 4, UID: test.owner}, status: ownerHidden}
		if got := r.deservesAnotherLook(s); got != test.want {
			t.Errorf("user %d, socket of %d: %v", test.user, test.owner, got)
		}
	}
}

// A holder is shown, but there may be more of them: that is said once, and how many processes
// could not be looked at.
func TestSecondHolderHidden(t *testing.T) {
	m, tables, processes := rowMachine()
	processes.hidden = 2
	me := uint32(os.Geteuid())
	tables.rows[1].UID = me // held by the caller's own process, with cookie 12
	for _, test := range []struct {
		owner uint32
		sql   string
		want  int
	}{
		{me + 1, "SELECT pid FROM sockets WHERE cookie = 12", 1},
		{me + 1, "SELECT command, fd FROM sockets WHERE cookie IN (11, 12)", 1},
		{me + 1, "SELECT cookie, state FROM sockets", 0}, // no holder is asked for
		{0, "SELECT pid FROM sockets WHERE cookie = 12", 1},
	} {
		tables.rows[1].UID = test.owner
		db := openMachine(t, m)
		texts := warnings(db)
		query(t, db, "%s", test.sql)
		if len(*texts) != test.want || test.want > 0 && !strings.HasSuffix((*texts)[0], "2 processes could not be looked at") {
			t.Errorf("%s: noted %q", test.sql, *texts)
		}
	}
}

// Who may hold a socket besides the holder that is shown.
func TestMayHaveMore(t *testing.T) {
	const user = 1000
	m := &Machine{Processes: &rowProcesses{processes: []proc.Process{
		{PID: 1, UID: 0, Has: everything}, {PID: 2, UID: user, EUID: user, Has: everything}, {PID: 3, UID: 5, Has: everything}, {PID: 4},
	}}}
	for _, test := range []struct {
		hidden []int32
		unlist bool
		socket mib2.Socket
		want   bool
	}{
		{nil, false, mib2.Socket{UID: 0}, false},                                                   // nothing is hidden
		{[]int32{1, 3}, false, mib2.Socket{UID: user}, false},                                      // opened by the caller, who is not hidden
		{[]int32{1, 2}, false, mib2.Socket{UID: user}, true},                                       // a process of the caller is
		{[]int32{4}, false, mib2.Socket{UID: user}, true},                                          // whose it is is not known
		{[]int32{3}, false, mib2.Socket{UID: 0}, true},                                             // may be inherited from root
		{[]int32{3}, false, mib2.Socket{UID: 5}, true},                                             // opened by another
		{[]int32{3}, false, mib2.Socket{Unix: &mib2.UnixInfo{NoUID: true}}, true},                  // by whom is not known
		{nil, true, mib2.Socket{UID: user}, false},                                                 // in a container
		{nil, true, mib2.Socket{UID: 0}, true},                                                     //
		{[]int32{3}, false, mib2.Socket{Origin: &mib2.Origin{PID: 70, File: &mib2.File{}}}, false}, // held by its creator
		{[]int32{3}, false, mib2.Socket{Origin: &mib2.Origin{PID: 71, File: &mib2.File{}}}, true},  // the creator may hold it too
		{nil, false, mib2.Socket{Origin: &mib2.Origin{PID: 71, File: &mib2.File{}}}, false},        //
		{[]int32{2, 3}, true, mib2.Socket{UID: user}, true},                                        //
		{[]int32{1, 3}, true, mib2.Socket{UID: user, Unix: &mib2.UnixInfo{}}, false},               //
	} {
		found := proc.NewSocketHolders([]proc.Held{{Inode: 7, Holder: proc.Holder{PID: 70, FD: 3}}}, len(test.hidden))
		found.HiddenPIDs, found.Unlisted = test.hidden, test.unlist
		noted := 0
		q := table.NewQuery(table.Info{}, func(table.Notice) { noted++ })
		h := m.newHiddenHolders(t.Context(), q, &holders{sockets: found})
		if h != nil {
			h.user = user
		}
		s := test.socket
		s.Proto, s.Inode = mib2.TCP, 7
		for range 3 {
			h.look(&socket{Socket: &s, holder: &holder{pid: 70}, status: ownerOK})
		}
		if noted != map[bool]int{true: 1}[test.want] {
			t.Errorf("%+v: noted %d times", test, noted)
		}
	}
}

// The creator of a socket is shown, but holders are hidden: that is said.
func TestCreatorWithHiddenHolders(t *testing.T) {
	m, tables, processes := rowMachine()
	m.Creators = true
	for i := range tables.rows {
		if tables.rows[i].Unix == nil {
			tables.rows[i].Origin = &mib2.Origin{PID: 100}
		}
	}
	processes.hidden, processes.found = 3, nil
	for sql, want := range map[string]int{
		"SELECT pid, owner_status FROM sockets WHERE cookie = 11":  1,
		"SELECT pid, owner_status FROM creators WHERE cookie = 11": 0, // which tells nothing of holders
	} {
		db := openMachine(t, m)
		texts := warnings(db)
		equal(t, query(t, db, "%s", sql), "100 creator")
		if len(*texts) != want || want > 0 && !strings.HasSuffix((*texts)[0], "3 processes could not be looked at") {
			t.Errorf("%s: noted %q", sql, *texts)
		}
	}
}

// youngProcesses began at some times after the boot, the search for holders at another.
type youngProcesses struct {
	*rowProcesses
	began  time.Duration
	unseen int32 // its sockets may not be looked at
}

func (y *youngProcesses) Holders(ctx context.Context, pids []int32) (*proc.SocketHolders, error) {
	h, err := y.rowProcesses.Holders(ctx, pids)
	h.Began = y.began
	return h, err
}

func (y *youngProcesses) Processes(ctx context.Context, pids []int32, parts proc.Parts) (proc.ProcessReader, error) {
	r, err := y.rowProcesses.Processes(ctx, pids, parts)
	rows := r.(*processRows).rows
	for i := range rows {
		if rows[i].PID == y.unseen {
			rows[i].Has &^= proc.PartHeld
		}
	}
	return r, err
}

// A process that began after the search for holders has just got the PID of a holder: it is
// shown with what it holds itself.
func TestPIDGivenAgain(t *testing.T) {
	m, _, processes := rowMachine()
	at := 90 * time.Second
	for i := range processes.processes {
		processes.processes[i].SinceBoot = at - time.Second
	}
	y := &youngProcesses{rowProcesses: processes, began: at}
	m.Holders, m.Processes = y, y
	db := openMachine(t, m)
	const sql = "SELECT cookie, pid, fd, command, owner_status FROM sockets WHERE cookie IN (11, 12)"
	before := []string{"11 100 6 web ok", "11 101 9 web ok", "12 101 10 web ok"}
	equal(t, query(t, db, sql), before...)

	impostor := &processes.processes[1] // 101
	impostor.Name, impostor.SinceBoot = "impostor", at
	impostor.Held = proc.NewSocketHolders(nil, 0)
	equal(t, query(t, db, sql), "11 100 6 web ok", "12 - - - unheld")
	impostor.Held = proc.NewSocketHolders([]proc.Held{{Inode: 1, Holder: proc.Holder{PID: 101, FD: 44}}}, 0)
	equal(t, query(t, db, sql), "11 100 6 web ok", "11 101 44 impostor ok", "12 - - - unheld")
	y.unseen = 101
	equal(t, query(t, db, sql), "11 100 6 web ok", "12 - - - hidden")

	impostor.Has &^= proc.PartStat // when it began is not known
	impostor.SinceBoot, y.unseen = 0, 0
	equal(t, query(t, db, sql), "11 100 6 web ok", "11 101 44 impostor ok", "12 - - - unheld")
}

// rowDescriber are processes whose descriptors tell the protocols of their sockets.
type rowDescriber struct {
	*rowProcesses
	protocols map[uint64]string // "-" if they may not be looked at
	elsewhere int32             // a process in another zone
	closed    map[uint64]int    // after so many looks
}

func (r *rowDescriber) Describe(_ context.Context, held []proc.Held, zones []proc.Zone) (list []proc.Description, err error) {
	for _, h := range held {
		d := proc.Description{Held: true, Zone: zones[0].ID, Here: h.PID != r.elsewhere, Protocol: r.protocols[h.Inode], UID: 33}
		if d.Protocol == "-" {
			d = proc.Description{Unseen: true, Zone: d.Zone, Here: d.Here}
		}
		if n, ok := r.closed[h.Inode]; ok {
			d.Held = n > 0
			r.closed[h.Inode]--
		}
		list = append(list, d)
	}
	return list, nil
}

// rowUnlisted returns a machine whose processes hold sockets that are in no table.
func rowUnlisted() (*Machine, *rowTables, *rowDescriber) {
	m, tables, processes := rowMachine()
	d := &rowDescriber{rowProcesses: processes, closed: map[uint64]int{}, elsewhere: 200,
		protocols: map[uint64]string{90: "TCPv6", 91: "UDP", 92: "NETLINK", 93: "UNIX-STREAM", 94: "TCP", 95: "AF_VSOCK", 96: "-"}}
	for inode := uint64(90); inode <= 96; inode++ {
		pid := int32(100)
		if inode == 94 {
			pid = 200
		}
		processes.found = append(processes.found, proc.Held{Inode: inode, Holder: proc.Holder{PID: pid, FD: int32(inode)}})
	}
	m.Holders = d
	return m, tables, d
}

// Sockets that processes hold and no table lists have rows of their own, with what their
// descriptors show.
func TestUnlisted(t *testing.T) {
	m, _, d := rowUnlisted()
	db := openMachine(t, m)
	const sql = `SELECT inode, proto, pid, fd, command, owner_status, uid, coalesce(family, label, state, local_address, local_port, local, remote_address,
		remote_port, remote, interface, recv_q, send_q, backlog, backlog_max, cookie, v4mapped, scope, remote_scope), zone FROM sockets WHERE inode >= 90`
	all := []string{"90 tcp 100 90 web ok 33 - here", "91 udp 100 91 web ok 33 - here", "92 netlink 100 92 web ok 33 - here",
		"95 vsock 100 95 web ok 33 - here", "96 - 100 96 web ok - - here"}
	equal(t, query(t, db, sql), all...)
	equal(t, query(t, db, "SELECT count(*) FROM sockets"), "15")
	d.closed[90], d.closed[92] = 1, 0 // one of them while the tables are read once more
	equal(t, query(t, db, sql), all[1], all[3], all[4])
}

// A socket that came into a table while others were read is not unlisted.
func TestListedSince(t *testing.T) {
	m, tables, _ := rowUnlisted()
	reads := 0
	m.Sockets = openFunc(func(ctx context.Context, protocols []mib2.Protocol, filter mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
		if protocols[0] == mib2.TCP {
			if reads++; reads == 2 {
				tables.rows = append(tables.rows, mib2.Socket{Proto: mib2.TCP, Family: mib2.Inet6, State: mib2.Listen, Inode: 90})
			}
		}
		return tables.Open(ctx, protocols, filter)
	})
	db := openMachine(t, m)
	equal(t, query(t, db, "SELECT inode FROM sockets WHERE inode BETWEEN 90 AND 91"), "91")

	// The same of other families, also if one of them is refused.
	reads = 0
	tables.fails = map[mib2.Protocol]error{mib2.SMC: fs.ErrPermission, mib2.XDP: mib2.ErrNoProtocol}
	m.Sockets = openFunc(func(ctx context.Context, protocols []mib2.Protocol, filter mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
		if protocols[0] == mib2.Netlink {
			if reads++; reads == 2 {
				tables.rows = append(tables.rows, mib2.Socket{Proto: mib2.Netlink, Family: mib2.NetlinkFamily, State: mib2.Bound, Inode: 92})
			}
		}
		return tables.Open(ctx, protocols, filter)
	})
	equal(t, query(t, openMachine(t, m), "SELECT inode FROM sockets WHERE inode BETWEEN 92 AND 95"), "95")
}

// Descriptors are not looked at one by one where the kernel lists all sockets that are wanted.
func TestNothingIsUnlisted(t *testing.T) {
	m, _, d := rowUnlisted()
	looks := 0
	m.Holders = &countedDescriber{d, &looks}
	for condition, want := range map[string]bool{"proto = 'packet'": false, "proto IN ('raw', 'unix')": false, "proto = 'tcp'": true, "1": true, "proto = 'vsock'": true} {
		looks = 0
		query(t, openMachine(t, m), "SELECT count(*) FROM sockets WHERE %s", condition)
		if looks > 0 != want {
			t.Errorf("%s: looked %d times", condition, looks)
		}
	}
}

// countedDescriber counts how often it is asked.
type countedDescriber struct {
	*rowDescriber
	looks *int
}

func (c *countedDescriber) Describe(ctx context.Context, held []proc.Held, zones []proc.Zone) ([]proc.Description, error) {
	*c.looks++
	return c.rowDescriber.Describe(ctx, held, zones)
}

type openFunc func(context.Context, []mib2.Protocol, mib2.Filter) (mib2.Reader, []mib2.Protocol, error)

func (f openFunc) Open(ctx context.Context, protocols []mib2.Protocol, filter mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
	return f(ctx, protocols, filter)
}

// Which sockets there are does not depend on whether a condition reaches the table.
func TestConditionsOnUnlisted(t *testing.T) {
	for _, condition := range []string{
		"1", "proto = 'tcp'", "proto = 'TCP'", "proto = 'TCP' COLLATE NOCASE", "proto IN ('udp', 'netlink')", "proto IS NULL", "proto IS NOT NULL",
		"proto = 'unix'", "proto <> 'tcp'", "proto IN ('unix', 'vsock')", "family IS NULL", "family = 'inet6'", "label IS NULL", "state IS NULL",
		"state = 'LISTEN'", "state IS NULL OR state = 'LISTEN'", "local_port IS NULL", "local_port > 0", "remote_port IS NULL",
		"remote_port IS NULL AND local_port IS NULL AND proto = 'udp'", "local_port IS NULL OR local_port = 80", "zone IS NULL", "zone = 'here'",
		"pid = 100", "pid = 200", "pid IS NULL", "pid IS NOT NULL AND proto = 'tcp'", "pid IN (100, 101) AND state IS NULL",
	} {
		m, _, _ := rowUnlisted()
		db := openMachine(t, m)
		want := query(t, db, "SELECT inode, cookie, pid FROM sockets WHERE CASE WHEN %s THEN 1 END", condition)
		equal(t, query(t, db, "SELECT inode, cookie, pid FROM sockets WHERE %s", condition), want...)
	}
}

func TestProtocolName(t *testing.T) {
	for kernel, want := range map[string]string{"TCP": "tcp", "TCPv6": "tcp", "UDPv6": "udp", "UDP-Lite": "udplite", "UDPLITEv6": "udplite",
		"PING": "icmp", "PINGv6": "icmp", "RAWv6": "raw", "UNIX": "unix", "UNIX-STREAM": "unix", "NETLINK": "netlink", "AF_VSOCK": "vsock", "SMC6": "smc", "SCTPv6": "sctp", "MPTCP": "mptcp", "": ""} {
		if got := protocolName(kernel); got != want {
			t.Errorf("%s: %s, want %s", kernel, got, fmt.Sprintf("%q", want))
		}
	}
}
