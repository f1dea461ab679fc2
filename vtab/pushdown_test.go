package vtab

import (
	"context"
	"fmt"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/engine"
)

// everySocket returns sockets of every protocol, family, kind and state, with no port, the
// first, the last and some other at either end.
func everySocket() (rows mib2.Rows) {
	add := func(s mib2.Socket) {
		s.Cookie = uint64(len(rows) + 1)
		s.Inode = s.Cookie % 5 * s.Cookie // a fifth of them has none
		s.UID = uint32(s.Cookie % 3)
		rows = append(rows, s)
	}
	ports := []uint16{0, 1, 22, 65535}
	for _, p := range mib2.Protocols {
		for _, state := range p.States() {
			if p == mib2.Unix {
				for _, typ := range mib2.UnixTypes {
					add(mib2.Socket{Proto: p, Family: mib2.Local, State: state, Unix: &mib2.UnixInfo{Type: typ, Path: "/run/x"}})
				}
				continue
			}
			if !p.Internet() || p.PortBits() == 0 {
				for _, family := range p.Families() {
					for _, port := range []uint32{22, 65558, mib2.AnyVsock} {
						add(otherSocket(p, family, state, port))
					}
				}
				continue
			}
			for i, local := range ports {
				for k, remote := range ports {
					s := mib2.Socket{Proto: p, Family: mib2.Inet6, State: state, Dual: (i+k)%3 == 0 && p.TakesBoth()}
					address := netip.IPv6Loopback()
					if (i+k+len(rows))%2 == 0 {
						s.Family, s.Dual, address = mib2.Inet, false, netip.MustParseAddr("192.0.2.1")
					}
					if local != 0 {
						s.Local = netip.AddrPortFrom(address, local)
					}
					if remote != 0 {
						s.Remote = netip.AddrPortFrom(address, remote)
					}
					add(s)
				}
			}
		}
	}
	return rows
}

// otherSocket is a socket without internet ports; those of vsock may have more bits.
func otherSocket(p mib2.Protocol, family mib2.Family, state mib2.State, port uint32) mib2.Socket {
	s := mib2.Socket{Proto: p, Family: family, State: state}
	if p == mib2.Vsock {
		s.Special = &mib2.Special{Vsock: &mib2.VsockInfo{CID: 3, Port: port, PeerCID: 2, PeerPort: port}}
	}
	return s
}

// everyMachine is a machine of them, with processes of which some hold every other one.
func everyMachine() *Machine {
	m, tables, processes := rowMachine()
	tables.rows = everySocket()
	var held []proc.Held
	for i := range tables.rows {
		s := &tables.rows[i]
		if s.Inode != 0 && i%2 == 0 {
			held = append(held, proc.Held{Inode: s.Inode, Holder: proc.Holder{PID: []int32{100, 101, 200}[i%3], FD: int32(i)}})
		}
		if i%7 == 0 {
			held = append(held, proc.Held{Inode: s.Inode, Holder: proc.Holder{PID: 200, FD: int32(i)}})
		}
	}
	m.Holders = holdersFunc(func(_ context.Context, pids []int32) (*proc.SocketHolders, error) {
		return proc.NewSocketHolders(slices.DeleteFunc(slices.Clone(held), func(h proc.Held) bool {
			return h.Inode == 0 || pids != nil && !slices.Contains(pids, h.PID)
		}), 0), nil
	})
	processes.processes = append(processes.processes, proc.Process{PID: 1, Name: "init", Has: everything})
	return m
}

// conditions are what a statement may say of what the kernel knows, with what of it reaches a
// table: all kinds of comparisons with values of all kinds.
func conditions() (all []string) {
	for column, values := range map[string][]string{
		"local_port": nil, "remote_port": nil, "pid": {"100", "'101'", "200.0", "4294967396"},
	} {
		values = append(values, "0", "1", "22", "'22'", "' 22 '", "22.0", "22.5", "'22x'", "x'3232'", "65535", "65536", "65558", "-1", "NULL",
			"9223372036854775807", "1e300", "''")
		for i, v := range values {
			next := values[(i+1)%len(values)]
			all = append(all, column+" = "+v, column+" < "+v, column+" <= "+v, column+" > "+v, column+" >= "+v, column+" IS "+v,
				column+" <> "+v, column+" IN ("+v+", "+next+")", column+" NOT IN ("+v+")", column+" BETWEEN "+v+" AND "+next,
				column+" = "+v+" OR "+column+" = "+next, column+" > "+v+" AND "+column+" < "+next)
		}
		all = append(all, column+" IS NULL", column+" IS NOT NULL", column+" IN ()", column+" IS NULL OR "+column+" = 22",
			column+" IS NULL AND "+column+" > 0", "coalesce("+column+", 0) = 0", column+" = local_port", column+" = remote_port",
			column+" IN (SELECT 22 UNION SELECT NULL)", column+" = (SELECT max(pid) FROM processes WHERE pid < 150)")
	}
	texts := map[string][]string{"proto": nil, "family": nil, "label": nil, "state": {}, "zone": {"here", "there", "zone 7"}}
	for _, p := range mib2.Protocols {
		texts["proto"] = append(texts["proto"], p.String())
		texts["label"] = append(texts["label"], p.Labels()...)
	}
	for _, f := range mib2.Families {
		texts["family"] = append(texts["family"], f.String())
	}
	for _, s := range mib2.States {
		texts["state"] = append(texts["state"], s.String())
	}
	for column, values := range texts {
		values = append(values, "nope", "")
		for i, v := range values {
			next := values[(i+1)%len(values)]
			other := strings.ToUpper(v)
			if other == v {
				other = strings.ToLower(v)
			}
			for _, form := range []string{"%s = '%s'", "%s = '%[3]s'", "%s = '%[3]s' COLLATE NOCASE", "%s = '%s  '", "%s = '%s  ' COLLATE RTRIM",
				"%s IN ('%s', '%[4]s')", "%s IN ('%[3]s', NULL)", "%s COLLATE NOCASE IN ('%[3]s')", "%s <> '%s'", "%s > '%s'", "%s BETWEEN '%s' AND '%[4]s'",
				"%s IS '%s'", "%s NOT IN ('%s', '%[4]s')", "%s = '%s' OR %[1]s = '%[4]s'", "%s = '%s' AND %[1]s = '%[4]s'", "%s LIKE '%[3]s'",
				"%s = (SELECT '%s')", "%s IN (SELECT '%s' UNION SELECT '%[4]s')"} {
				all = append(all, fmt.Sprintf(form+"%.0[2]s%.0[3]s%.0[4]s", column, v, other, next))
			}
		}
		all = append(all, column+" = NULL", column+" IS NULL", column+" IS NOT NULL", column+" = 5", column+" IN ()", column+" = x'74'", column+" = proto")
	}
	slices.Sort(all)
	return all
}

// sum tells the rows apart that a statement leaves.
func sum(t *testing.T, db *engine.DB, name, condition string) string {
	t.Helper()
	return query(t, db, "SELECT count(*), sum(cookie), sum(cookie * cookie), sum(cookie * coalesce(pid, 3)) FROM "+
		"(SELECT cookie, %s AS pid FROM %s WHERE %s)", map[bool]string{true: "pid", false: "0"}[name == "sockets" || name == "creators"], name, condition)[0]
}

// sparsely returns a step through many cases of which each takes long: a larger one where the race
// detector makes SQLite take twenty times as long.
func sparsely(step int) int {
	info, _ := debug.ReadBuildInfo()
	if slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "-race" && s.Value == "true" }) {
		return 23 * step
	}
	return step
}

// Each condition gives the same rows whether the table can see it or not: one within CASE does
// not reach it.
func TestConditionsChangeNothing(t *testing.T) {
	for _, creators := range []bool{false, true} {
		m := everyMachine()
		name := "sockets"
		if creators {
			name, m.Creators, m.ZoneOfProcess = "creators", true, true
			// A system that tells creators tells of no other protocols.
			tables := m.Sockets.(*rowTables)
			tables.rows = slices.DeleteFunc(tables.rows, func(s mib2.Socket) bool { return !s.Proto.Common() })
		}
		db := openMachine(t, m)
		if n := sum(t, db, name, "1"); strings.HasPrefix(n, "0 ") {
			t.Fatal(n)
		}
		list, step := conditions(), sparsely(1)
		if creators {
			step *= 5
		}
		for i := 0; i < len(list); i += step {
			condition := list[i]
			if i%3 == 0 { // together with another one, for they narrow each other
				condition = "(" + condition + ") AND (" + list[(i*7919+13)%len(list)] + ")"
			}
			if got, want := sum(t, db, name, condition), sum(t, db, name, "CASE WHEN "+condition+" THEN 1 END"); got != want {
				t.Errorf("%s WHERE %s: %s instead of %s", name, condition, got, want)
			}
		}
	}
}

// The tables of protocols have the rows that sockets has of them, under every condition.
func TestTablesOfProtocolsAgreeWithSockets(t *testing.T) {
	m := everyMachine()
	db := openMachine(t, m)
	list := conditions()
	for i := 0; i < len(list); i += sparsely(1) {
		condition := list[i]
		for _, p := range mib2.Protocols {
			if _, has := kernelTables[p]; !has || p.ShownBy() != p || i%3 != int(p)%3 || strings.Contains(condition, "pid") || !p.Internet() && strings.Contains(condition, "_port") {
				continue
			}
			got := query(t, db, "SELECT count(*), sum(cookie) FROM %s WHERE %s", p, condition)
			want := query(t, db, "SELECT count(*), sum(cookie) FROM (SELECT DISTINCT cookie FROM sockets WHERE +proto = '%s' AND (%s))", p, condition)
			if !slices.Equal(got, want) {
				t.Errorf("%s WHERE %s: %s, in sockets %s", p, condition, got, want)
			}
		}
	}
}
