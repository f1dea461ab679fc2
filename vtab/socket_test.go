package vtab

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

// Of the machine's interfaces a statement asks once, and only if it shows one.
func TestInterfacesAreAskedOnce(t *testing.T) {
	m, tables, _ := rowMachine()
	asked := 0
	m.Interfaces = func() map[uint32]string { asked++; return map[uint32]string{2: "lo", 3: ""} }
	for i := range tables.rows {
		tables.rows[i].Interface = uint32(i)
	}
	db := openMachine(t, m)
	query(t, db, "SELECT state FROM tcp")
	if asked != 0 {
		t.Errorf("asked %d times for nothing", asked)
	}
	equal(t, query(t, db, "SELECT interface FROM tcp"), "-", "1", "lo", "3", "4")
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	m.Interfaces = nil
	equal(t, query(t, db, "SELECT interface FROM tcp"), "-", "1", "2", "3", "4")
}

// What a table of the kernel needs costs is left out unless a column needs it.
func TestPartsAreAskedFor(t *testing.T) {
	asked := map[string]mib2.Parts{"1": 0, "state, inode, local": 0, "*": mib2.PartTimer | mib2.PartInfo}
	m, _, _ := rowMachine()
	for _, info := range openMachine(t, m).Tables() {
		if info.Name != "tcp" {
			continue
		}
		for _, c := range info.Columns { // also those beyond the 63rd
			asked[c.Name] = kernelParts(c.Part)
		}
	}
	for columns, want := range asked {
		m, tables, _ := rowMachine()
		var parts mib2.Parts
		m.Sockets = tablesFunc(func(ctx context.Context, protocols []mib2.Protocol, f mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
			parts |= f.Parts
			return tables.Open(ctx, protocols, f)
		})
		query(t, openMachine(t, m), "SELECT %s FROM tcp", columns)
		if parts != want {
			t.Errorf("%s: %v instead of %v", columns, parts, want)
		}
	}
	for part, want := range map[table.Parts]mib2.Parts{0: 0, partEnds: 0, partTimer: mib2.PartTimer, partInfo | partEnds: mib2.PartInfo,
		partMem: mib2.PartMem, partTimer | partInfo | partMem: mib2.PartTimer | mib2.PartInfo | mib2.PartMem} {
		if got := kernelParts(part); got != want {
			t.Errorf("%b: %v instead of %v", part, got, want)
		}
	}
}

// What is not asked for is not made: the ends of sockets are texts only then.
func TestEndsAreMadeOnDemand(t *testing.T) {
	m, _, _ := rowMachine()
	for name, want := range map[string]bool{"proto": false, "local_address": true, "remote_address": true, "local": true, "remote": true} {
		info := m.sockets().Info()
		q := table.NewQuery(info, nil, table.Scan{Used: 1 << info.Column(name)})
		r, err := m.openSockets(t.Context(), q, m.findHolders)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := r.Read(nil)
		if err != nil || len(rows) == 0 {
			t.Fatal(rows, err)
		}
		if got := rows[0].ends.text != ""; got != want {
			t.Errorf("%s: made %v", name, got)
		}
		r.Close()
	}
}

// Reach of addresses, in the blocks of the RFCs and just outside.
func TestScope(t *testing.T) {
	for want, addresses := range map[string]string{
		"any":      "0.0.0.0 ::",
		"loopback": "127.0.0.1 127.255.255.255 ::1",
		"link":     "169.254.0.1 fe80::1 febf::1 224.0.0.251 ff02::1 255.255.255.255",
		"private":  "10.255.0.1 172.16.0.1 172.31.255.255 192.168.0.1 100.64.0.0 100.127.255.255 fc00::1 fdff::1",
		"public":   "8.8.8.8 172.15.255.255 172.32.0.0 192.169.0.1 100.63.255.255 100.128.0.0 fec0::1 2001:db8::1 ff05::1 224.0.1.1 ::2 126.255.255.255 255.255.255.254",
	} {
		for address := range strings.FieldsSeq(addresses) {
			if got := scope(netip.AddrPortFrom(netip.MustParseAddr(address), 1)); got.String() != want {
				t.Errorf("%s: %s instead of %s", address, got, want)
			}
		}
	}
	if got := scope(netip.AddrPort{}); !got.IsNull() {
		t.Errorf("no address: %s", got)
	}
}

// The owner is 0 only where the kernel knows that.
func TestOwnersThatAreNotKnown(t *testing.T) {
	for _, test := range []struct {
		s    mib2.Socket
		want string
	}{
		{mib2.Socket{State: mib2.Listen, Inode: 1}, "0"}, {mib2.Socket{State: mib2.Listen}, "-"},
		{mib2.Socket{State: mib2.SynRcvd, UID: 5}, "5"}, {mib2.Socket{State: mib2.TimeWait, UID: 5, Inode: 1}, "-"},
		{mib2.Socket{State: mib2.Listen, Inode: 1, UID: 5, Origin: &mib2.Origin{}}, "-"},
		{mib2.Socket{State: mib2.Bound, Unix: &mib2.UnixInfo{}}, "0"}, {mib2.Socket{State: mib2.Bound, UID: 5, Unix: &mib2.UnixInfo{NoUID: true}}, "-"},
	} {
		if test.s.Unix == nil {
			test.s.Proto = mib2.TCP
		}
		s := &socket{Socket: &test.s, where: &place{}}
		if got := unless(!s.hasUID(), s.UID); got.String() != strings.Trim(test.want, "-") || got.IsNull() != (test.want == "-") {
			t.Errorf("%+v: %q instead of %s", test.s, got, test.want)
		}
	}
}

// Queues are NULL where the kernel does not tell them, and those of listeners count connections.
func TestQueues(t *testing.T) {
	for _, test := range []struct {
		s    mib2.Socket
		want string
	}{
		{mib2.Socket{Proto: mib2.TCP, State: mib2.Established}, "1 2 - -"},
		{mib2.Socket{Proto: mib2.TCP, State: mib2.Listen}, "- - 1 2"},
		{mib2.Socket{Proto: mib2.TCP, State: mib2.Listen, SendMeasure: mib2.MeasureUnknown}, "- - 1 -"},
		{mib2.Socket{Proto: mib2.TCP, State: mib2.Listen, Origin: &mib2.Origin{}}, "- - - -"},
		{mib2.Socket{Proto: mib2.TCP, State: mib2.Listen, Origin: &mib2.Origin{Queues: true}}, "- - 1 2"},
		{mib2.Socket{Proto: mib2.TCP, State: mib2.CloseWait, Origin: &mib2.Origin{Queues: true}}, "1 2 - -"},
		{mib2.Socket{Proto: mib2.UDP, State: mib2.Idle, Origin: &mib2.Origin{}}, "- - - -"},
		{mib2.Socket{Proto: mib2.UDP, State: mib2.Listen}, "1 2 - -"}, // none that there is
		{mib2.Socket{Proto: mib2.UDP, State: mib2.Connected, SendMeasure: mib2.MeasureMemory}, "1 - - -"},
	} {
		m, tables, _ := rowMachine()
		test.s.Family, test.s.RecvQ, test.s.SendQ = mib2.Inet, 1, 2
		tables.rows = mib2.Rows{test.s}
		if got := query(t, openMachine(t, m), "SELECT recv_q, send_q, backlog, backlog_max FROM %s", test.s.Proto); fmt.Sprint(got) != "["+test.want+"]" {
			t.Errorf("%+v: %q instead of %q", test.s, got, test.want)
		}
	}
}
