package vtab

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/table"
)

// asks returns what a machine is asked for by a statement: the protocols with their filter, and
// the processes whose sockets or rows are wanted.
func asks(t *testing.T, sql string) string {
	t.Helper()
	m, tables, processes := rowMachine()
	var asked calls
	m.Sockets = tablesFunc(func(ctx context.Context, protocols []mib2.Protocol, f mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
		asked.add(strings.TrimSpace(protocolNames(protocols) + " " + f.String()))
		r, _, err := tables.rows.Open(ctx, protocols, f)
		return r, nil, err
	})
	m.Holders = holdersFunc(func(ctx context.Context, of []int32) (*proc.SocketHolders, error) {
		if of != nil {
			asked.add(fmt.Sprint("pids ", of))
		}
		return processes.Holders(ctx, of)
	})
	query(t, openMachine(t, m), "%s", sql)
	return strings.Join(asked.all(), "; ")
}

// protocolNames says which protocols those are: all, all with ports, or their names.
func protocolNames(protocols []mib2.Protocol) string {
	ported := slices.DeleteFunc(all(), func(p mib2.Protocol) bool { return p.PortBits() == 0 })
	switch {
	case slices.Equal(protocols, all()):
		return "all"
	case slices.Equal(protocols, ported):
		return "with ports"
	}
	return fmt.Sprint(protocols)
}

// holdersFunc finds holders by a function.
type holdersFunc func(context.Context, []int32) (*proc.SocketHolders, error)

func (f holdersFunc) Holders(ctx context.Context, pids []int32) (*proc.SocketHolders, error) {
	return f(ctx, pids)
}

// Every condition that the kernel can check is handed to it, and none that it cannot.
func TestConditionsNarrow(t *testing.T) {
	for where, want := range map[string]string{
		"1":             "all",
		"proto = 'tcp'": "[tcp]", "proto IN ('udp', 'unix')": "[udp unix]", "proto = 'TCP ' COLLATE NOCASE": "all", "proto = 'sctp'": "[sctp]",
		"proto = NULL": "", "proto <> 'tcp'": "all", "proto = 'tcp' OR proto = 'udp'": "all",
		"family = 'inet'": "[udp tcp udplite sctp smc raw icmp] inet", "family = 'inet6' AND proto = 'tcp'": "[tcp] inet6",
		"label = 'tcp4'": "[tcp] inet", "label = 'tcp6'": "[tcp] inet6", "label = 'tcp46'": "[tcp] inet6", "label = 'udp4'": "[udp] inet",
		"label = 'udp6'": "[udp] inet6", "label = 'udp46'": "[udp] inet6", "label = 'stream'": "[unix] unix", "label = 'dgram'": "[unix] unix",
		"label = 'seqpac'": "[unix] unix", "label = 'Dgram' COLLATE NOCASE": "all", "label = 'unix'": "",
		"label IN ('tcp4', 'tcp46', 'dgram')": "[tcp unix] inet,inet6,unix", "label IN ('tcp4', 'udp46') AND proto = 'udp'": "[udp] inet,inet6", "label IN ('tcp4', 'stream')": "[tcp unix] inet,unix",
		"label = 'tcp4' AND family = 'inet6'": "[tcp] no family",
		"state = 'LISTEN'":                    "[udp tcp unix sctp smc vsock] LISTEN", "state IN ('LISTEN', 'IDLE', 'nope')": "[udp tcp unix udplite sctp smc raw icmp vsock] LISTEN,IDLE",
		"state = 'listen'": "[udp tcp unix sctp smc vsock] LISTEN", "state = 'nope'": "[udp tcp unix] no state",
		"local_port = 22 AND proto = 'tcp'": "[tcp] local port 22", "local_port = '22' AND proto = 'tcp'": "[tcp] local port 22",
		"local_port = 22": "with ports local port 22", "remote_port >= 0": "with ports remote ports 1-65535",
		"local_port IN (22, 80, 81)": "with ports local ports 22,80-81", "local_port BETWEEN 0 AND 3": "with ports local ports 1-3",
		"local_port > 65535": "with ports local port 65535", "local_port > 65536": "[udp tcp vsock] no local port", "local_port < 0": "[udp tcp vsock] no local port",
		"local_port = 65536": "[udp tcp vsock] no local port", "local_port = -1": "[udp tcp vsock] no local port", "local_port = 65535": "with ports local port 65535",
		"local_port IS NULL": "all local port 0", "remote_port IS NULL": "all remote port 0",
		"remote_port IS NOT NULL": "with ports remote ports 1-65535", "local_port = 7.5": "with ports local ports 1-65535",
		"remote_port IS NULL AND state = 'LISTEN'": "[udp tcp unix sctp smc vsock] LISTEN, remote port 0",
		"local_port = 22 OR remote_port = 22":      "all", // two scans, of which each leaves something open
		"local_port = 1 AND local_port IS NULL":    "",
		"pid = 100":                                "all; pids [100]", "pid IN (100, 7)": "all; pids [7 100]", "pid = '100'": "all; pids [100]",
		"pid > 100": "all", "pid BETWEEN 100 AND 100": "all; pids [100]", "pid IS NULL": "all",
		"pid = 4294967396": "all; pids []", // 100 in 32 bits
		"zone = 'here'":    "all", "zone = 'HERE ' COLLATE NOCASE": "all", "zone = 'there'": "",
		"zone IN ('there', 'here')": "all", "uid = 33": "all", "inode > 3": "all",
	} {
		if got := asks(t, "SELECT 1 FROM sockets WHERE "+where); got != want {
			t.Errorf("%s: %q instead of %q", where, got, want)
		}
	}
}

// In doubt a text is wanted: a collation may take it for another that differs in case or in
// trailing blanks, but in nothing else.
func TestTextsThatMayBeEqual(t *testing.T) {
	info := table.Info{Columns: []table.ColumnInfo{{Name: "n", Type: table.Text, Pushed: true}}}
	for text, want := range map[string]bool{"tcp": true, "TCP": true, "tcp  ": true, " tcp": false, "tc": false, "tcp\t": false, "": false} {
		q := table.NewQuery(info, nil, table.Scan{Used: 1, Terms: []table.Term{compares(table.OpEq, table.String(text))}})
		if got := wants(q, "n", "udp", "tcp"); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	blank := table.NewQuery(info, nil, table.Scan{Used: 1, Terms: []table.Term{compares(table.OpEq, table.String("x"))}})
	if !wants(blank, "n", "x ") || wants(blank, "n") || !wants(table.NewQuery(info, nil), "n", "x") || !wants(blank, "other", "y") {
		t.Error("blanks of the table, no value, no condition, or another column")
	}
}

// The labels of a family are those of every protocol that has it.
func TestLabelsOfFamilies(t *testing.T) {
	known := strings.Fields("udp4 tcp4 udp6 udp46 tcp6 tcp46 stream dgram seqpac") // there may be others
	for family, want := range map[mib2.Family]string{mib2.Inet: "udp4 tcp4", mib2.Inet6: "udp6 udp46 tcp6 tcp46", mib2.Local: "stream dgram seqpac", 9: ""} {
		got := slices.DeleteFunc(labels(family), func(label string) bool { return !slices.Contains(known, label) })
		equal(t, got, strings.Fields(want)...)
	}
}

// portQuery is a query with terms on column 0 of a table that has one.
func portQuery(scans ...[]table.Term) *table.Query {
	var all []table.Scan
	for _, terms := range scans {
		all = append(all, table.Scan{Used: 1, Terms: terms})
	}
	info := table.Info{Name: "t", Columns: []table.ColumnInfo{{Name: "n", Type: table.Integer, Pushed: true}}}
	return table.NewQuery(info, nil, all...)
}

// terms are what a scan may say of a number.
var (
	isNull  = table.Term{Op: table.OpIsNull}
	notNull = table.Term{Op: table.OpNotNull}
)

func compares(op table.Op, values ...table.Value) table.Term {
	return table.Term{Op: op, Values: values}
}

// Port 0 stands for none, which is NULL.
func TestPorts(t *testing.T) {
	n := table.Int[int64]
	for _, test := range []struct {
		q    *table.Query
		want []mib2.PortRange
	}{
		{portQuery(), nil}, {portQuery(nil), nil},
		{portQuery([]table.Term{isNull}), []mib2.PortRange{{Lo: 0, Hi: 0}}}, {portQuery([]table.Term{notNull}), []mib2.PortRange{{Lo: 1, Hi: 65535}}},
		{portQuery([]table.Term{isNull, notNull}), []mib2.PortRange{}}, {portQuery([]table.Term{isNull}, []table.Term{notNull}), nil},
		{portQuery([]table.Term{compares(table.OpEq, n(22))}), []mib2.PortRange{{Lo: 22, Hi: 22}}},
		{portQuery([]table.Term{compares(table.OpEq, n(22))}, []table.Term{isNull}), nil}, // the second has no range
		{portQuery([]table.Term{compares(table.OpEq, n(0))}), []mib2.PortRange{}},
		{portQuery([]table.Term{compares(table.OpGe, n(65535))}), []mib2.PortRange{{Lo: 65535, Hi: 65535}}},
		{portQuery([]table.Term{compares(table.OpLe, n(math.MinInt64))}), []mib2.PortRange{}},
		{portQuery([]table.Term{compares(table.OpGt, n(math.MaxInt64))}), []mib2.PortRange{}},
		{portQuery([]table.Term{compares(table.OpLt, n(1))}), []mib2.PortRange{{Lo: 1, Hi: 1}}}, // one more than needed
		{portQuery([]table.Term{compares(table.OpIn, n(65536), n(-65514), n(22))}), []mib2.PortRange{{Lo: 22, Hi: 22}}},
		{portQuery([]table.Term{compares(table.OpIn)}), []mib2.PortRange{}},
		{portQuery([]table.Term{compares(table.OpEq, n(22))}, []table.Term{compares(table.OpEq, n(80))}), []mib2.PortRange{{Lo: 22, Hi: 22}, {Lo: 80, Hi: 80}}},
	} {
		if got := ports(test.q, "n"); !slices.Equal(got, test.want) || (got == nil) != (test.want == nil) {
			t.Errorf("%+v: %v instead of %v", test.q, got, test.want)
		}
	}
}

// Numbers of processes are known one by one or not at all; those that are none are left out.
func TestSingles(t *testing.T) {
	n := table.Int[int64]
	for _, test := range []struct {
		q    *table.Query
		want []int32
	}{
		{portQuery(), nil}, {portQuery(nil), nil}, {portQuery([]table.Term{notNull}), nil},
		{portQuery([]table.Term{compares(table.OpEq, n(7))}), []int32{7}},
		{portQuery([]table.Term{compares(table.OpIn, n(7), n(8), n(7))}), []int32{7, 8}},
		{portQuery([]table.Term{compares(table.OpIn)}), []int32{}}, {portQuery([]table.Term{compares(table.OpEq, table.Null())}), []int32{}},
		{portQuery([]table.Term{compares(table.OpEq, n(1<<32+7))}), []int32{}},
		{portQuery([]table.Term{compares(table.OpEq, n(math.MaxInt32))}), []int32{math.MaxInt32}},
		{portQuery([]table.Term{compares(table.OpEq, table.Float(7))}), []int32{7}}, {portQuery([]table.Term{compares(table.OpEq, table.Float(7.5))}), nil},
		{portQuery([]table.Term{compares(table.OpGe, n(7))}), nil},
		{portQuery([]table.Term{compares(table.OpGe, n(7)), compares(table.OpLe, n(7))}), []int32{7}},
		{portQuery([]table.Term{compares(table.OpIn, n(7), n(9)), compares(table.OpGt, n(8))}), []int32{9}},
		{portQuery([]table.Term{compares(table.OpEq, n(7))}, []table.Term{notNull}), nil},
	} {
		if got := singles(test.q, "n"); !slices.Equal(got, test.want) || (got == nil) != (test.want == nil) {
			t.Errorf("%+v: %v instead of %v", test.q, got, test.want)
		}
	}
}

// What is asked about processes: only those that are named, and only the parts that are shown.
func TestProcessesThatAreAsked(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT pid FROM processes":                                 "all",
		"SELECT name FROM processes WHERE pid = 100":                "[100]",
		"SELECT args FROM processes WHERE pid IN (101, 100)":        "[100 101] PartArgs",
		"SELECT unit, container FROM processes":                     "all PartCgroup",
		"SELECT uid, user, ppid FROM processes":                     "all PartStat PartStatus",
		"SELECT exe, cwd, fd_count, fd_limit, zone FROM processes":  "all PartExe PartCwd PartFDs PartLimits PartZone",
		"SELECT pid, fd FROM sockets":                               "",
		"SELECT args FROM sockets":                                  "[100 101 200] PartArgs",
		"SELECT command FROM sockets":                               "[100 101 200]",
		"SELECT user, args FROM sockets WHERE proto = 'udp'":        "[100 101 200] PartStatus PartArgs",
		"SELECT 1 FROM creators WHERE proto = 'tcp'":                "[100 200]",
		"SELECT 1 FROM creators WHERE proto = 'tcp' AND pid = 100":  "[100]",
		"SELECT args, user FROM creators WHERE proto = 'tcp'":       "[100 200] PartStatus PartArgs",
		"SELECT 1 FROM creators WHERE proto = 'nope'":               "[]",
		"SELECT 1 FROM creators WHERE pid = 100 AND proto = 'unix'": "[100 101 200]", // they are those of its holders
	} {
		m, tables, processes := rowMachine()
		var asked []string
		m.Processes = processesFunc(func(ctx context.Context, pids []int32, parts proc.Parts) (proc.ProcessReader, error) {
			text := fmt.Sprint(pids)
			if pids == nil {
				text = "all"
			}
			for i, name := range strings.Fields("PartStat PartStatus PartArgs PartExe PartCwd PartFDs PartLimits PartZone PartCgroup") {
				if parts&(1<<i) != 0 {
					text += " " + name
				}
			}
			asked = append(asked, text)
			return processes.Processes(ctx, pids, parts)
		})
		m.Creators = strings.Contains(sql, "creators")
		if m.Creators {
			tables.rows = slices.DeleteFunc(tables.rows, func(s mib2.Socket) bool { return s.Proto == mib2.UDP })
			tables.rows[0].Origin, tables.rows[1].Origin = &mib2.Origin{PID: 200}, &mib2.Origin{PID: 100}
		}
		query(t, openMachine(t, m), "%s", sql)
		if got := strings.Join(slices.Compact(asked), "; "); got != want {
			t.Errorf("%s: %q instead of %q", sql, got, want)
		}
	}
}

// processesFunc reads processes by a function.
type processesFunc func(context.Context, []int32, proc.Parts) (proc.ProcessReader, error)

func (f processesFunc) Processes(ctx context.Context, pids []int32, parts proc.Parts) (proc.ProcessReader, error) {
	return f(ctx, pids, parts)
}
