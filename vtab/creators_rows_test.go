package vtab

import (
	"context"
	"slices"
	"testing"

	"sockstat/mib2"
	"sockstat/proc"
)

// askedProcesses notes which processes are read.
type askedProcesses struct {
	of    proc.Processes
	asked [][]int32 // nil for all
}

func (a *askedProcesses) Processes(ctx context.Context, pids []int32, parts proc.Parts) (proc.ProcessReader, error) {
	a.asked = append(a.asked, slices.Clone(pids))
	return a.of.Processes(ctx, pids, parts)
}

// Only those processes are read that created a socket or hold one.
func TestOnlyCreatorsAreRead(t *testing.T) {
	for _, test := range []struct {
		sql  string
		want []int32
	}{
		{"SELECT pid FROM creators WHERE proto IN ('tcp', 'udp')", []int32{100, 999}},
		{"SELECT pid FROM creators WHERE proto IN ('tcp', 'udp') AND pid IN (5, 999)", []int32{999}},
		{"SELECT pid FROM creators WHERE proto IN ('tcp', 'udp') AND pid = 5", []int32{}},
		{"SELECT pid FROM creators WHERE proto = 'tcp' AND state = 'FIN_WAIT_1'", []int32{}},
		{"SELECT pid FROM sockets WHERE proto = 'tcp' AND state = 'LISTEN'", []int32{100, 100, 101, 200}},
	} {
		m, tables, processes := rowMachine()
		asked := &askedProcesses{of: processes}
		m.Creators, m.Processes = true, asked
		for i := range tables.rows {
			if tables.rows[i].Unix == nil {
				tables.rows[i].Origin = &mib2.Origin{PID: []int32{100, 999, 0}[i%3]}
			}
		}
		query(t, openMachine(t, m), "%s", test.sql)
		if len(asked.asked) != 1 || asked.asked[0] == nil || !slices.Equal(asked.asked[0], test.want) {
			t.Errorf("%s: read %v instead of %v", test.sql, asked.asked, test.want)
		}
	}
}

// A socket of IPv6 that is listed with those of IPv4 has all its holders, whatever is not known of
// other descriptors with its inode.
func TestUnknownFamilyHidesNobody(t *testing.T) {
	m, tables, _ := rowMachine()
	tables.rows = mib2.Rows{{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Listen, Inode: 7, Origin: &mib2.Origin{PID: 100, File: &mib2.File{Inet6: true}}}}
	m.Creators = true
	held := func(f proc.EndpointFamily, pid int32) proc.HeldEndpoint {
		return proc.HeldEndpoint{Endpoint: proc.Endpoint{Inode: 7, Type: proc.TypeStream, Family: f}, Holder: proc.Holder{PID: pid, FD: 3}}
	}
	m.Holders = endpointHolders{held(proc.FamilyUnknown, 100), held(proc.FamilyInet6, 101)}
	equal(t, query(t, openMachine(t, m), "SELECT pid, owner_status FROM sockets"), "100 ok", "101 ok")
}

type endpointHolders []proc.HeldEndpoint

func (e endpointHolders) Holders(context.Context, []int32) (*proc.SocketHolders, error) {
	return proc.NewEndpointHolders(slices.Clone(e), 0), nil
}
