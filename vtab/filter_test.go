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
		asked.add(strings.TrimSpace(fmt.Sprint(protocols, " ", f)))
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

// holdersFunc finds holders by a function.
type holdersFunc func(context.Context, []int32) (*proc.SocketHolders, error)

func (f holdersFunc) Holders(ctx context.Context, pids []int32) (*proc.SocketHolders, error) {
	return f(ctx, pids)
}

// Every condition that the kernel can check is handed to it, and none that it cannot.
func TestConditionsNarrow(t *testing.T) {
	for where, want := range map[string]string{
		"1":             "[udp tcp unix]",
		"proto = 'tcp'": "[tcp]", "proto IN ('udp', 'unix')": "[udp unix]", "proto = 'TCP ' COLLATE NOCASE": "[udp tcp unix]", "proto = 'sctp'": "",
		"proto = NULL": "", "proto <> 'tcp'": "[udp tcp unix]", "proto = 'tcp' OR proto = 'udp'": "[udp tcp unix]",
		"family = 'inet'": "[udp tcp] inet", "family = 'inet6' AND proto = 'tcp'": "[tcp] inet6",
		"label = 'tcp4'": "[tcp] inet", "label = 'tcp6'": "[tcp] inet6", "label = 'tcp46'": "[tcp] inet6", "label = 'udp4'": "[udp] inet",
		"label = 'udp6'": "[udp] inet6", "label = 'udp46'": "[udp] inet6", "label = 'stream'": "[unix] unix", "label = 'dgram'": "[unix] unix",
		"label = 'seqpac'": "[unix] unix", "label = 'Dgram' COLLATE NOCASE": "[udp tcp unix]", "label = 'unix'": "",
		"label IN ('tcp4', 'udp46')": "[udp tcp] inet,inet6", "label IN ('tcp4', 'stream')": "[tcp unix] inet,unix",
		"label = 'tcp4' AND family = 'inet6'": "[tcp] no family",
		"state = 'LISTEN'":                    "[udp tcp unix] LISTEN", "state IN ('LISTEN', 'IDLE', 'nope')": "[udp tcp unix] LISTEN,IDLE",
		"state = 'listen'": "[udp tcp unix] LISTEN", "state = 'nope'": "[udp tcp unix] no state",
		"local_port = 22 AND proto = 'tcp'": "[tcp] local port 22", "local_port = '22' AND proto = 'tcp'": "[tcp] local port 22",
		"local_port = 22": "[udp tcp] local port 22", "remote_port >= 0": "[udp tcp] remote ports 1-65535",
		"local_port IN (22, 80, 81)": "[udp tcp] local ports 22,80-81", "local_port BETWEEN 0 AND 3": "[udp tcp] local ports 1-3",
		"local_port > 65535": "[udp tcp] local port 65535", "local_port > 65536": "[udp tcp] no local port", "local_port < 0": "[udp tcp] no local port",
		"local_port = 65536": "[udp tcp] no local port", "local_port = -1": "[udp tcp] no local port", "local_port = 65535": "[udp tcp] local port 65535",
		"local_port IS NULL": "[udp tcp unix] local port 0", "remote_port IS NULL": "[udp tcp unix] remote port 0",
		"remote_port IS NOT NULL": "[udp tcp] remote ports 1-65535", "local_port = 7.5": "[udp tcp] local ports 1-65535",
		"remote_port IS NULL AND state = 'LISTEN'": "[udp tcp unix] LISTEN, remote port 0",
		"local_port = 22 OR remote_port = 22":      "[udp tcp unix]", // two scans, of which each leaves something open
		"local_port = 1 AND local_port IS NULL":    "",
		"pid = 100":                                "[udp tcp unix]; pids [100]", "pid IN (100, 7)": "[udp tcp unix]; pids [7 100]", "pid = '100'": "[udp tcp unix]; pids [100]",
		"pid > 100": "[udp tcp unix]", "pid BETWEEN 100 AND 100": "[udp tcp unix]; pids [100]", "pid IS NULL": "[udp tcp unix]",
		"pid = 4294967396": "[udp tcp unix]; pids []", // 100 in 32 bits
		"zone = 'here'":    "[udp tcp unix]", "zone = 'HERE ' COLLATE NOCASE": "[udp tcp unix]", "zone = 'there'": "",
		"zone IN ('there', 'here')": "[udp tcp unix]", "uid = 33": "[udp tcp unix]", "inode > 3": "[udp tcp unix]",
	} {
		if got := asks(t, "SELECT 1 FROM sockets WHERE "+where); got != want {
			t.Errorf("%s: %q instead of %q", where, got, want)
		}
	}
}

// The labels of a family are those of every protocol that has it.
func TestLabelsOfFamilies(t *testing.T) {
	for family, want := range map[mib2.Family]string{mib2.Inet: "udp4 tcp4", mib2.Inet6: "udp6 udp46 tcp6 tcp46", mib2.Local: "stream dgram seqpac", 9: ""} {
		equal(t, labels(family), strings.Fields(want)...)
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
		"SELECT command FROM sockets":                               "[100 101 200]",
		"SELECT user, args FROM sockets WHERE proto = 'udp'":        "[100 101 200] PartStatus PartArgs",
		"SELECT 1 FROM creators WHERE proto = 'tcp'":                "all PartStat",
		"SELECT 1 FROM creators WHERE proto = 'tcp' AND pid = 100":  "[100] PartStat",
		"SELECT args, user FROM creators WHERE proto = 'tcp'":       "all PartStat PartStatus PartArgs",
		"SELECT 1 FROM creators WHERE pid = 100 AND proto = 'unix'": "all PartStat", // they are those of its holders
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
