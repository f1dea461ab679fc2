//go:build unix

package engine

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockstat/vtab/table"
)

// The tables of the benchmark have this many rows.
const kindRows = 20000

// kindTables are s, of sockets, and p, of processes.
func kindTables() (s, p *sheet) {
	s = &sheet{name: "s", batch: 2048, guess: 10000, columns: []table.ColumnInfo{
		{Name: "id", Type: table.Integer}, {Name: "state", Type: table.Text}, {Name: "local_address", Type: table.Text},
		{Name: "local_port", Type: table.Integer}, {Name: "remote_port", Type: table.Integer}, {Name: "pid", Type: table.Integer},
		{Name: "command", Type: table.Text}, {Name: "rtt", Type: table.Real}, {Name: "uid_text", Type: table.Text},
	}}
	p = &sheet{name: "p", batch: 2048, guess: 500, columns: []table.ColumnInfo{
		{Name: "pid", Type: table.Integer}, {Name: "ppid", Type: table.Integer}, {Name: "name", Type: table.Text},
		{Name: "name_lower", Type: table.Text}, {Name: "padded", Type: table.Text}, {Name: "pid_text", Type: table.Text}, {Name: "cpu", Type: table.Real},
		{Name: "first", Type: table.Integer}, {Name: "last", Type: table.Integer}, {Name: "uid", Type: table.Integer},
	}}
	for i := range kindRows {
		state, remote := "ESTABLISHED", table.Int(20000+i%30000)
		if i%200 == 0 {
			state, remote = "LISTEN", table.Null()
		}
		s.rows = append(s.rows, []table.Value{
			table.Int(i), table.Static(state), table.Static(fmt.Sprintf("10.0.%d.%d", i/250, i%250)), table.Int(1 + i*7%60000),
			remote, table.Int(1000 + i*13%kindRows), table.Static(fmt.Sprint("Command", i%5000)), table.Float(float64(i*31%kindRows) + 0.5*float64(i%2)),
			table.Static(strconv.Itoa(i % 500)),
		})
		name := fmt.Sprint("Command", i)
		p.rows = append(p.rows, []table.Value{
			table.Int(1000 + i), table.Int(1000 + i/2), table.Static(name), table.Static(strings.ToLower(name)), table.Static(name + "  "),
			table.Static(strconv.Itoa(1000 + i)), table.Float(float64(i)), table.Int(i * 3), table.Int(i*3 + 2), table.Int(i % 500),
		})
	}
	return s, p
}

// kinds are statements of every kind that joins or looks up, on the tables of kindTables.
var kinds = []struct{ name, sql string }{
	{"scan", "SELECT sum(id), max(state), max(local_port) FROM s"},
	{"scan of all columns", "SELECT * FROM s"},
	{"literal", "SELECT sum(local_port) FROM s WHERE state = 'LISTEN'"},
	{"literal range", "SELECT sum(id) FROM s WHERE local_port BETWEEN 100 AND 200"},
	{"function", "SELECT count(*) FROM s WHERE local_address LIKE '10.0.7%'"},
	{"join", "SELECT sum(s.id), count(*) FROM s JOIN p USING (pid)"},
	{"join without literal", "SELECT s.id, p.name FROM s JOIN p ON s.pid = p.pid"},
	{"self join", "SELECT count(*) FROM s a JOIN s b ON a.remote_port = b.local_port"},
	{"join by two columns", "SELECT count(*) FROM s a JOIN s b ON a.pid = b.pid AND a.local_port = b.local_port"},
	{"join by text", "SELECT count(*) FROM s JOIN p ON s.command = p.name"},
	{"join by real", "SELECT count(*) FROM s JOIN p ON s.rtt = p.cpu"},
	{"real = integer", "SELECT count(*) FROM s JOIN p ON s.rtt = p.uid"},
	{"integer = text", "SELECT count(*) FROM p a JOIN p b ON a.pid = b.pid_text"},
	{"text = integer", "SELECT count(*) FROM p a CROSS JOIN p b ON a.pid = b.pid_text WHERE a.pid < 1100"},
	{"integer = text among others", "SELECT count(*) FROM p a JOIN p b ON a.pid_text = b.pid AND a.name = b.name"},
	{"text = integer among others", "SELECT count(*) FROM s a JOIN s b ON a.id = b.id AND a.uid_text = b.local_port"},
	{"IS", "SELECT count(*) FROM s a JOIN s b ON a.id IS b.id"},
	{"IS of NULL", "SELECT count(*) FROM s a JOIN s b ON a.remote_port IS b.remote_port AND a.local_port IS b.local_port"},
	{"IS NOT DISTINCT FROM", "SELECT count(*) FROM s JOIN p ON s.pid IS NOT DISTINCT FROM p.pid"},
	{"NOCASE", "SELECT count(*) FROM p a JOIN p b ON a.name = b.name_lower COLLATE NOCASE"},
	{"RTRIM", "SELECT count(*) FROM p a JOIN p b ON a.name = b.padded COLLATE RTRIM"},
	{"NOCASE among others", "SELECT count(*) FROM p a JOIN p b ON a.name = b.name_lower COLLATE NOCASE AND a.pid = b.pid"},
	{"IN of columns", "SELECT count(*) FROM p JOIN s ON s.pid IN (p.pid, p.ppid) WHERE p.pid < 1100"},
	{"IN of a column and literals", "SELECT count(*) FROM p a JOIN p b ON b.pid IN (a.ppid, 1000, 1001) WHERE a.pid < 1100"},
	{"IN of columns among others", "SELECT count(*) FROM p JOIN s ON s.pid IN (p.pid, p.ppid) AND s.command = p.name"},
	{"IN of a subquery", "SELECT count(*) FROM s WHERE pid IN (SELECT ppid FROM p)"},
	{"NOT IN of a subquery", "SELECT count(*) FROM s WHERE pid NOT IN (SELECT ppid FROM p)"},
	{"IN of a correlated subquery", "SELECT count(*) FROM p a WHERE a.pid IN (SELECT b.ppid FROM p b WHERE b.uid = a.uid AND b.first = a.first)"},
	{"IN of rows", "SELECT count(*) FROM p a WHERE (a.pid, a.ppid) IN (SELECT b.pid, b.ppid FROM p b)"},
	{"rows", "SELECT count(*) FROM p a JOIN p b ON (a.pid, a.uid) = (b.pid, b.uid)"},
	{"30,000 literals in IN", "SELECT count(*) FROM s WHERE local_port IN (" + literals(30000, "%d") + ")"},
	{"30,000 texts in IN", "SELECT count(*) FROM s WHERE command IN (" + literals(30000, "'Command%d'") + ")"},
	{"literals in IN of a join", "SELECT count(*) FROM s JOIN p ON s.pid = p.pid WHERE s.local_port IN (" + literals(1000, "%d") + ")"},
	{"EXISTS", "SELECT count(*) FROM p WHERE EXISTS (SELECT 1 FROM s WHERE s.pid = p.pid)"},
	{"NOT EXISTS", "SELECT count(*) FROM p WHERE NOT EXISTS (SELECT 1 FROM s WHERE s.pid = p.pid + 1)"},
	{"EXISTS with a literal", "SELECT count(*) FROM s a WHERE EXISTS (SELECT 1 FROM s l WHERE l.state = 'LISTEN' AND l.local_port = a.local_port)"},
	{"NOT EXISTS with a literal", "SELECT count(*) FROM s a WHERE NOT EXISTS (SELECT 1 FROM s l WHERE l.state = 'LISTEN' AND l.local_port = a.remote_port)"},
	{"count of a subquery", "SELECT sum((SELECT count(*) FROM s WHERE s.pid = p.pid)) FROM p"},
	{"literals of a subquery", "SELECT sum((SELECT count(*) FROM s WHERE s.state = 'LISTEN' AND s.id > p.pid)) FROM p WHERE p.pid < 1100"},
	{"LEFT JOIN", "SELECT count(s.id), count(*) FROM p LEFT JOIN s ON s.pid = p.ppid AND s.state = 'LISTEN'"},
	{"LEFT JOIN without partner", "SELECT count(*) FROM p LEFT JOIN s ON s.pid = p.pid WHERE s.pid IS NULL"},
	{"RIGHT JOIN", "SELECT count(s.id), count(p.pid) FROM s RIGHT JOIN p ON s.pid = p.ppid"},
	{"FULL JOIN", "SELECT count(s.id), count(p.pid) FROM s FULL JOIN p ON s.pid = p.first"},
	{"lookup of an expression", "SELECT count(*) FROM p a JOIN p b ON b.pid = a.pid + 1"},
	{"lookup of a function", "SELECT count(*) FROM p a JOIN p b ON b.name_lower = lower(a.name)"},
	{"lookup by unary plus", "SELECT count(*) FROM p a JOIN p b ON b.pid = +a.ppid"},
	{"expressions on both sides", "SELECT count(*) FROM p a JOIN p b ON lower(a.name) = lower(b.name) WHERE a.pid < 1050"},
	{"OR of one column", "SELECT count(*) FROM p JOIN s ON s.pid = p.pid OR s.pid = p.ppid"},
	{"OR of columns", "SELECT count(*) FROM p a JOIN p b ON b.pid = a.pid OR b.ppid = a.pid"},
	{"range between columns", "SELECT count(*) FROM s JOIN p ON s.id BETWEEN p.first AND p.last WHERE p.pid < 1100"},
	{"range of a table of ranges", "SELECT count(*) FROM p JOIN s ON p.first <= s.id AND s.id <= p.last WHERE s.state = 'LISTEN'"},
	{"range in a correlated subquery", "SELECT sum((SELECT count(*) FROM s WHERE s.local_port BETWEEN p.first AND p.last)) FROM p WHERE p.pid < 1100"},
	{"greater", "SELECT count(*) FROM p a JOIN p b ON b.pid > a.pid WHERE a.pid < 1100"},
	{"lookup and greater", "SELECT count(*) FROM p a JOIN p b ON b.uid = a.uid AND b.pid > a.pid WHERE a.pid < 3000"},
	{"next greater", "SELECT sum((SELECT min(b.pid) FROM p b WHERE b.pid > a.pid)) FROM p a WHERE a.pid < 1100"},
	{"latest of a group", "SELECT count(*) FROM s a WHERE a.id = (SELECT max(b.id) FROM s b WHERE b.command = a.command)"},
	{"overlap", "SELECT count(*) FROM p a JOIN p b ON a.first <= b.last AND b.first <= a.last WHERE a.pid < 1100"},
	{"BETWEEN literals in a loop", "SELECT count(*) FROM p a, s b WHERE b.local_port BETWEEN 10 AND 300 AND b.id > a.pid AND a.pid < 1100"},
	{"unequal", "SELECT count(*) FROM p a JOIN p b ON a.uid = b.uid AND a.pid <> b.pid"},
	{"LIKE of a column", "SELECT count(*) FROM p a JOIN p b ON b.name LIKE a.name || '%' WHERE a.pid < 1050"},
	{"three tables", "SELECT count(*) FROM s a JOIN p ON a.pid = p.pid JOIN s b ON b.local_port = a.remote_port"},
	{"three tables and a filter at the end", "SELECT count(*) FROM s a JOIN p ON a.pid = p.pid JOIN p q ON q.pid = p.ppid WHERE q.name = 'Command77'"},
	{"filter of the outer table", "SELECT count(*) FROM s JOIN p ON s.pid = p.pid WHERE p.name = 'Command77'"},
	{"filter of both tables", "SELECT count(*) FROM s JOIN p ON s.pid = p.pid WHERE p.uid = 7 AND s.state = 'LISTEN'"},
	{"common value", "SELECT count(*) FROM s a JOIN s b ON a.state = b.state WHERE a.id < 100"},
	{"CTE", "WITH w AS (SELECT pid, count(*) n FROM s GROUP BY pid) SELECT count(*) FROM w JOIN p USING (pid)"},
	{"CTE joined twice", "WITH w AS MATERIALIZED (SELECT pid, ppid FROM p) SELECT count(*) FROM w a JOIN w b ON a.pid = b.ppid"},
	{"recursive", "WITH RECURSIVE up(pid, n) AS (SELECT pid, 0 FROM p WHERE pid > 20500 UNION ALL SELECT p.ppid, n + 1 FROM up JOIN p ON p.pid = up.pid WHERE p.ppid <> p.pid) SELECT count(*), max(n) FROM up"},
	{"values", "WITH v(x) AS (VALUES (1000), (1001), ('1002')) SELECT count(*) FROM v JOIN p ON p.pid = v.x"},
	{"group per row", "SELECT pid, count(*) FROM p GROUP BY pid"},
	{"group per text", "SELECT name, count(*) FROM p GROUP BY name"},
	{"groups", "SELECT uid, count(*), max(name) FROM p GROUP BY uid"},
	{"groups of two columns", "SELECT state, local_address, count(*) FROM s GROUP BY 1, 2"},
	{"DISTINCT", "SELECT count(DISTINCT command) FROM s"},
	{"DISTINCT rows", "SELECT DISTINCT state, uid_text FROM s"},
	{"ORDER BY", "SELECT id FROM s ORDER BY command, id"},
	{"ORDER BY LIMIT", "SELECT id FROM s ORDER BY local_port LIMIT 10"},
	{"window", "SELECT sum(n) FROM (SELECT row_number() OVER (PARTITION BY command ORDER BY id) n FROM s)"},
	{"UNION", "SELECT count(*) FROM (SELECT pid FROM s UNION SELECT ppid FROM p)"},
	{"EXCEPT", "SELECT count(*) FROM (SELECT pid FROM p EXCEPT SELECT ppid FROM p)"},
	{"rowid", "SELECT count(*) FROM p a JOIN p b ON a.rowid = b.rowid"},
}

// literals returns n numbers as a list, each in a format.
func literals(n int, format string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(format, i*2)
	}
	return strings.Join(list, ",")
}

// BenchmarkKinds runs each kind of statement on tables of this package and on ordinary
// tables of SQLite with the same rows, in turns, and reports the ratio of the processor times.
// It is to be below 1.5 for each of them.
func BenchmarkKinds(b *testing.B) {
	s, p := kindTables()
	db, plain := open(b, s, p), ordinary(b, s, p)
	for _, k := range kinds {
		b.Run(k.name, func(b *testing.B) {
			var ours, theirs []time.Duration
			for b.Loop() {
				theirs = append(theirs, timed(b, func(ctx context.Context) error { return drainPlain(ctx, plain, k.sql) }))
				ours = append(ours, timed(b, func(ctx context.Context) error { return drain(ctx, db, k.sql) }))
			}
			mine, other := slices.Min(ours), slices.Min(theirs)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(mine.Microseconds())/1000, "ms")
			b.ReportMetric(float64(other.Microseconds())/1000, "plain-ms")
			b.ReportMetric(float64(mine)/float64(other), "ratio")
		})
	}
}

// timed returns the processor time that f takes. After some seconds it is broken off.
func timed(b *testing.B, f func(context.Context) error) time.Duration {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	runtime.GC()
	start := processorTime()
	if err := f(ctx); err != nil && ctx.Err() == nil {
		b.Fatal(err)
	}
	return processorTime() - start
}

// processorTime returns the time that all threads of the process have spent.
func processorTime() time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// drain runs a statement and looks at all values.
func drain(ctx context.Context, db *DB, sql string) error {
	st, _, err := db.Prepare(sql)
	if err != nil {
		return err
	}
	defer st.Close()
	for {
		more, err := st.Step(ctx)
		if err != nil || !more {
			return err
		}
		for i := range st.Columns() {
			_ = st.Value(i)
		}
	}
}

// drainPlain does the same without this package.
func drainPlain(ctx context.Context, c conn, sql string) error {
	s, _, err := c.prepare(sql)
	if err != nil {
		return err
	}
	defer s.close()
	defer c.interruptible(ctx)()
	n := len(s.columns())
	for {
		more, err := s.step()
		if err != nil || !more {
			return err
		}
		for i := range n {
			_ = s.value(i)
		}
	}
}
