package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"sockstat/vtab/table"
)

// item is a row of the tables of these tests.
type item struct {
	id    int64
	state string
	size  int64 // NULL if negative
}

// items makes n rows.
func items(n int) []item {
	states := []string{"LISTEN", "ESTABLISHED", "TIME_WAIT"}
	rows := make([]item, n)
	for i := range rows {
		rows[i] = item{int64(i), states[i%3], int64(i%5) - 1}
	}
	return rows
}

// opened is what a test's table saw of a query.
type opened struct {
	states []string
	nulls  string
	ids    []table.Range
	used   string
}

// itemSpec declares a table of n rows in batches of 4. Each opening is added to log.
func itemSpec(name string, n int, log *[]opened) *table.Spec[item] {
	s := &table.Spec[item]{
		Name: name, Doc: "Items", Rows: 1000,
		Columns: []table.Column[item]{
			{Name: "id", Type: table.Integer, Doc: "number", Pushed: true, Get: func(i *item) table.Value { return table.Int(i.id) }},
			{Name: "state", Type: table.Text, Doc: "state", Pushed: true, Get: func(i *item) table.Value { return table.String(i.state) }},
			{Name: "size", Type: table.Integer, Doc: "size", Get: func(i *item) table.Value {
				if i.size < 0 {
					return table.Null()
				}
				return table.Int(i.size)
			}},
		},
	}
	s.Open = func(ctx context.Context, q *table.Query) (table.Reader[item], error) {
		var o opened
		o.states, _ = q.Texts("state")
		o.ids, _ = q.Ranges("id")
		null, other := q.Nulls("size")
		if !null || !other {
			o.nulls = fmt.Sprint("null:", null, " other:", other)
		}
		for _, c := range s.Columns {
			if q.Uses(c.Name) {
				o.used += c.Name + " "
			}
		}
		if log != nil {
			*log = append(*log, o)
		}
		states, limited := q.Texts("state")
		var rows []item
		for _, it := range items(n) {
			null, other := q.Nulls("size")
			if limited && !containsFold(states, it.state) || !inRanges(q, it.id) || it.size < 0 && !null || it.size >= 0 && !other {
				continue
			}
			rows = append(rows, it)
		}
		return &batchReader{rows}, nil
	}
	return s
}

func containsFold(texts []string, s string) bool {
	for _, t := range texts {
		if strings.EqualFold(strings.TrimRight(t, " "), s) {
			return true
		}
	}
	return false
}

func inRanges(q *table.Query, id int64) bool {
	ranges, ok := q.Ranges("id")
	for _, r := range ranges {
		if r.Lo <= id && id <= r.Hi {
			return true
		}
	}
	return !ok
}

// batchReader reads rows four at a time.
type batchReader struct{ rows []item }

func (r *batchReader) Read(dst []item) ([]item, error) {
	if len(r.rows) == 0 {
		return dst, io.EOF
	}
	n := min(4, len(r.rows))
	dst = append(dst, r.rows[:n]...)
	r.rows = r.rows[n:]
	return dst, nil
}

func (r *batchReader) Close() error { return nil }

func open(t testing.TB, tables ...table.Table) *DB {
	t.Helper()
	db, err := Open(tables...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// run runs a statement and returns its rows, columns separated by a bar.
func run(db *DB, sql string, args ...any) ([]string, error) {
	st, tail, err := db.Prepare(sql)
	if err != nil {
		return nil, err
	}
	if tail != "" {
		return nil, fmt.Errorf("tail %q", tail)
	}
	defer st.Close()
	for i := 0; i < len(args); i += 2 {
		if _, err := st.Bind(args[i].(string), args[i+1].(table.Value)); err != nil {
			return nil, err
		}
	}
	var rows []string
	for {
		ok, err := st.Step(context.Background())
		if err != nil || !ok {
			return rows, err
		}
		var row []string
		for i := range st.Columns() {
			v := st.Value(i)
			if v.IsNull() {
				row = append(row, "NULL")
			} else {
				row = append(row, v.Clone().String()) // valid until the next step only
			}
		}
		rows = append(rows, strings.Join(row, "|"))
	}
}

func mustRun(t testing.TB, db *DB, sql string, args ...any) string {
	t.Helper()
	rows, err := run(db, sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return strings.Join(rows, " ")
}

// Each condition must give the same rows on the table, which narrows what it reads and
// answers equalities by an index, as on a copy of it that does neither.
func TestPushDownChangesNothing(t *testing.T) {
	plain := itemSpec("plain", 40, nil)
	for i := range plain.Columns {
		plain.Columns[i].Pushed = false
	}
	full := plain.Open
	plain.Open = func(ctx context.Context, q *table.Query) (table.Reader[item], error) {
		return full(ctx, table.NewQuery(plain.Info(), nil))
	}
	db := open(t, itemSpec("item", 40, nil), plain)

	conditions := []string{
		"id = 7", "id = '7'", "id = 7.0", "id = 7.5", "id = ' 7 '", "id = '7x'", "id = NULL", "id = x'37'", "id IS 7",
		"id > 7", "id >= '7'", "id < 7.5", "id BETWEEN 3 AND 6", "id BETWEEN '3' AND 6.0", "id > 36 AND id < 39",
		"id = 3 AND id = 4", "id IN (3, 5)", "id IN ('3', 5.0, NULL)", "id IN (SELECT 3 UNION SELECT 9)", "id IN ()",
		"id NOT IN (3, 5)", "id <> 7", "id > 9223372036854775807", "id >= -9223372036854775808", "id = -1", "-id = -7",
		"+id = 7", "id = 3 + 4", "id = (SELECT 7)", "id = 1e300", "id < 1e300", "id > '5' AND state = 'LISTEN'",
		"state = 'LISTEN'", "state = 'listen'", "state = 'listen' COLLATE NOCASE", "state = 'LISTEN  ' COLLATE RTRIM",
		"state = 'LISTEN  '", "state IN ('LISTEN', 'TIME_WAIT')", "state IN ('listen')", "state IN (NULL)", "state = 5",
		"state = NULL", "state IS NULL", "state > 'F'", "state LIKE 'l%'", "state IN ('LISTEN') AND id IN (0, 1, 3)",
		"id = 3 OR state = 'TIME_WAIT'", "(id IN (1,2) AND state = 'ESTABLISHED') OR (id IN (4,5) AND state = 'ESTABLISHED')",
		"size IS NULL", "size IS NOT NULL", "size IS NULL OR id = 3", "size IS NULL AND size > 1", "id IS NULL", "size = 2", "size IS NOT 2", "size IN (1, NULL)", "id = size", "state = id", "id IN (size, 3)",
		"id = (SELECT max(b.id) FROM %[1]s b WHERE b.state = %[1]s.state)", "rowid < 3 AND id < 30", "id = 7 LIMIT 1",
		"id IN (SELECT b.id FROM %[1]s b WHERE b.state = 'LISTEN')", "EXISTS (SELECT 1 FROM %[1]s b WHERE b.id = %[1]s.id + 1 AND b.state IN ('LISTEN'))",
		"(SELECT count(*) FROM %[1]s b WHERE b.id IN (%[1]s.id, 2)) = 2",
	}
	for _, c := range conditions {
		for _, form := range []string{
			"SELECT id, state, size FROM %[1]s WHERE " + c,
			"SELECT count(*) FROM %[1]s WHERE " + c,
			"WITH w AS (SELECT * FROM %[1]s WHERE " + c + ") SELECT a.id, b.id FROM w a JOIN w b ON a.id = b.id",
			"SELECT j.value, id FROM json_each('[1, \"LISTEN\", 7]') j LEFT JOIN %[1]s ON (id = j.value OR state = j.value) AND (" + c + ")",
			"SELECT id FROM %[1]s WHERE " + c + " ORDER BY size DESC, id",
			"SELECT id, one FROM %[1]s LEFT JOIN (SELECT 1 AS one UNION SELECT 2) ON one = 1 AND (" + c + ")",
			"SELECT id, one FROM (SELECT 1 AS one UNION SELECT 2) RIGHT JOIN %[1]s ON one = 1 AND (" + c + ")",
			"SELECT id, one FROM (SELECT 1 AS one UNION SELECT 2) FULL JOIN %[1]s ON one = 1 AND (" + c + ") WHERE one IS NULL",
			"SELECT state, count(*), count(one) FROM %[1]s LEFT JOIN (SELECT 1 AS one UNION SELECT 2) ON one = 1 AND (" + c + ") GROUP BY state",
		} {
			if strings.Contains(c, "LIMIT") && (strings.Contains(form, "(%[1]s WHERE") || strings.Contains(form, "JOIN")) {
				continue
			}
			got, gotErr := run(db, fmt.Sprintf(form, "item"))
			want, wantErr := run(db, fmt.Sprintf(form, "plain"))
			if (gotErr != nil) != (wantErr != nil) || strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf(form+"\n got %v %v\nwant %v %v", "item", got, gotErr, want, wantErr)
			}
		}
	}
}

// A table that brings the rows of a GROUP BY together must give what SQLite does where it
// has to sort them itself: by expressions that are no columns.
func TestGroupBy(t *testing.T) {
	db := open(t, itemSpec("item", 400, nil))
	sorts := func(sql string) bool { return strings.Contains(mustRun(t, db, "EXPLAIN "+sql), "SorterOpen") }
	for _, tail := range []string{
		"GROUP BY %s, %s", "GROUP BY %s, %s ORDER BY 2, 1", "GROUP BY %s, %s ORDER BY 1 DESC, 2 DESC",
		"GROUP BY %s, %s ORDER BY 1, 2 DESC", "GROUP BY %s, %s ORDER BY 1, 2 NULLS LAST", "GROUP BY %s, %s ORDER BY 3, 1, 2",
		"WHERE id IN (3, 4, 5, 90) GROUP BY %s, %s", "WHERE size = 2 GROUP BY %s, %s", "WHERE size = state GROUP BY %s, %s",
		"WHERE id < 0 GROUP BY %s, %s", "GROUP BY %s, %s HAVING count(*) > 26", "GROUP BY %s, %s ORDER BY 1, 2 LIMIT 3",
		"WHERE id = (SELECT max(id) FROM item) GROUP BY %s, %s",
	} {
		const head = "SELECT state, size, count(*), min(id), group_concat(id) FROM item "
		byColumn := head + fmt.Sprintf(tail, "state", "size")
		byExpression := head + fmt.Sprintf(tail, "state || ''", "size + 0")
		got, want := mustRun(t, db, byColumn), mustRun(t, db, byExpression)
		if !strings.Contains(tail, "ORDER BY") && !strings.Contains(tail, "WHERE") && sorts(byColumn) || !sorts(byExpression) {
			t.Errorf("%s: sorts %v, %s: sorts %v", byColumn, sorts(byColumn), byExpression, sorts(byExpression))
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", byColumn, got, want)
		}
	}
	joined := "SELECT a.%[1]s, count(*), sum(b.id) FROM item a JOIN item b ON a.size = b.size WHERE b.state = 'LISTEN' GROUP BY a.%[1]s%[2]s"
	for _, column := range []string{"state", "size", "id"} {
		got, want := mustRun(t, db, fmt.Sprintf(joined, column, "")), mustRun(t, db, fmt.Sprintf(joined, column, "||'' ORDER BY 1"))
		if got != want {
			t.Errorf("join by %s\n got %s\nwant %s", column, got, want)
		}
	}
}

// The index of a snapshot serves what groups by its columns and what looks them up.
func TestGroupByThenLookUp(t *testing.T) {
	db := open(t, itemSpec("item", 30, nil))
	mustRun(t, db, "BEGIN")
	const group, find = "SELECT size, count(*) FROM item GROUP BY size", "SELECT count(*) FROM item a, item b WHERE a.size = b.size"
	for _, sql := range []string{group, find, group} {
		want := map[string]string{group: "NULL|6 0|6 1|6 2|6 3|6", find: "144"}[sql]
		if got := mustRun(t, db, sql); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
}

// What a statement needs must reach the table: the conditions, the columns, one snapshot.
func TestQueryReachesTheTable(t *testing.T) {
	for _, c := range []struct{ sql, want string }{
		{"SELECT id FROM item WHERE state = 'LISTEN'", "[{[LISTEN]  [] id state }]"},
		{"SELECT 1 FROM item WHERE size IS NULL", "[{[] null:true other:false [] size }]"},
		{"SELECT 1 FROM item WHERE size IS NOT NULL AND id = 3", "[{[] null:false other:true [{3 3}] id size }]"},
		{"SELECT 1 FROM item WHERE size > 1", "[{[] null:false other:true [] size }]"},
		{"SELECT 1 FROM item WHERE size IS NULL UNION ALL SELECT 1 FROM item WHERE size > 1", "[{[]  [] size }]"},
		{"SELECT count(*) FROM item", "[{[]  [] }]"},
		{"SELECT size FROM item WHERE id BETWEEN 3 AND 6", "[{[]  [{3 6}] id size }]"},
		{"SELECT size FROM item WHERE id IN (3, 6)", "[{[]  [{3 3} {6 6}] id size }]"},
		{"SELECT 1 FROM item WHERE state IN ('a', 'b') AND id >= 3 AND id < 9", "[{[a b]  [{3 9}] id state }]"},
		{"SELECT 1 FROM item a JOIN item b USING (id)", "[{[]  [] id }]"},
		{"SELECT 1 FROM item a JOIN item b USING (id) WHERE a.state = 'x' AND b.state = 'y'", "[{[x y]  [] id state }]"},
		{"SELECT (SELECT count(*) FROM item WHERE id IN (j.value, 1)) FROM json_each('[1,2]') j", "[{[]  [] id }]"},
		{"SELECT 1 FROM item WHERE id = 3 UNION ALL SELECT 1 FROM item WHERE id = 5", "[{[]  [{3 3} {5 5}] id }]"},
		{"SELECT 1 FROM item WHERE id = 3 OR state = 'x'", "[{[]  [] id state }]"},
		{"SELECT 1 FROM item WHERE id IN (SELECT 3)", "[{[]  [{3 3}] id }]"},
		{"EXPLAIN SELECT 1 FROM item WHERE id IN (4, 5)", "[]"},
	} {
		var log []opened
		db := open(t, itemSpec("item", 12, &log))
		mustRun(t, db, c.sql)
		if got := fmt.Sprint(log); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, c.want)
		}
	}
}

func TestParametersNarrow(t *testing.T) {
	var log []opened
	db := open(t, itemSpec("item", 12, &log))
	if got := mustRun(t, db, "SELECT id FROM item WHERE state = :s AND id >= $lo", "s", table.String("LISTEN"), "$lo", table.Int(5)); got != "6 9" {
		t.Errorf("got %s", got)
	}
	if got := fmt.Sprint(log); got != "[{[LISTEN]  [{5 9223372036854775807}] id state }]" {
		t.Errorf("opened with %s", got)
	}
}

// Parameters are values, whatever stands around them, with a table as without one.
func TestParameterValues(t *testing.T) {
	db := open(t, itemSpec("item", 12, nil))
	values := map[string]table.Value{
		"negative": table.Int(-5), "least": table.Int(int64(math.MinInt64)), "number": table.Int(7), "real": table.Float(-0.5), "third": table.Float(0.30000000000000004),
		"whole": table.Float(5), "huge": table.Float(math.Inf(1)), "tiny": table.Float(math.Inf(-1)), "null": table.Null(), "quote": table.String("it's -- /* 'parameter0' ?1 :number"),
		"nul": table.String("a\x00b"), "blob": table.Blob("'\x00"), "empty": table.String(""),
	}
	for name, v := range values {
		for _, sql := range []string{
			"SELECT typeof(:x), :x, hex(:x)", "SELECT 10-:x", "SELECT 10-$x > 4 AND 0", "SELECT 1 IS NOT:x", "SELECT 'parameter0', @x, ':x'",
			"SELECT count(*) WHERE 1 AND 5+:x>0 AND 3 > 2", "SELECT CASE WHEN 1 THEN:x END, :x IS :x, ?1 || ''",
		} {
			want := "12|" + mustRun(t, db, sql, "x", v)
			if got := mustRun(t, db, "SELECT (SELECT count(*) FROM item), * FROM ("+sql+")", "x", v); got != want {
				t.Errorf("%s with %s: %q, want %q", sql, name, got, want)
			}
		}
	}
	if got := mustRun(t, db, "SELECT count(*) FROM item GROUP BY :x", "x", table.Int(99)); got != "12" {
		t.Errorf("GROUP BY a parameter: %s", got)
	}
	st, _, err := db.Prepare("SELECT id+:x FROM item WHERE id > :x")
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	st.Bind("x", table.Int(5))
	if more, err := st.Step(context.Background()); err != nil || !more || fmt.Sprint(st.Columns()) != "[id+:x]" {
		t.Errorf("columns are %s: %v", st.Columns(), err)
	}
}

func TestTransactionKeepsTheSnapshot(t *testing.T) {
	var log []opened
	db := open(t, itemSpec("item", 12, &log))
	for _, sql := range []string{"BEGIN", "SELECT id FROM item WHERE id = 3", "SELECT * FROM item", "COMMIT"} {
		mustRun(t, db, sql)
	}
	if got := fmt.Sprint(log); got != "[{[]  [] id state size }]" {
		t.Errorf("in a transaction: opened with %s", got)
	}
	mustRun(t, db, "SELECT * FROM item")
	if len(log) != 2 {
		t.Errorf("after the transaction: opened %d times, want 2", len(log))
	}
}

func TestLimitStopsReading(t *testing.T) {
	read := 0
	spec := itemSpec("item", 0, nil)
	spec.Open = func(ctx context.Context, q *table.Query) (table.Reader[item], error) {
		return &endless{ctx, &read}, nil
	}
	db := open(t, spec)
	if got := mustRun(t, db, "SELECT id FROM item LIMIT 2"); got != "1 2" {
		t.Errorf("got %s", got)
	}
	if read > 2*batches {
		t.Errorf("%d batches were read", read)
	}
	interrupted(t, db, "SELECT count(*) FROM item", func(cancel func()) { cancel() })
}

// TestInterrupt ends the context of a statement before it starts, as it does, and later.
func TestInterrupt(t *testing.T) {
	const sql = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 3000000) SELECT count(*) FROM c"
	db := open(t)
	interrupted(t, db, sql, func(cancel func()) { cancel() })
	for range 300 {
		interrupted(t, db, sql, func(cancel func()) { go cancel() })
	}
	interrupted(t, db, sql, func(cancel func()) { time.AfterFunc(10*time.Millisecond, cancel) })
	if got := mustRun(t, db, "SELECT 1"); got != "1" {
		t.Errorf("after that: %s", got)
	}
}

// interrupted checks that a statement fails with the cause of the end of its context.
func interrupted(t *testing.T, db *DB, sql string, end func(cancel func())) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	st, _, err := db.Prepare(sql)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	why := errors.New("enough")
	end(func() { cancel(why) })
	if _, err := st.Step(ctx); !errors.Is(err, why) {
		t.Fatalf("interrupted: %v", err)
	}
}

// readerFunc is a reader that is a function of how often it was called.
type readerFunc struct {
	f     func(n int) ([]item, error)
	calls int
}

func (r *readerFunc) Read(dst []item) ([]item, error) {
	r.calls++
	got, err := r.f(r.calls)
	return append(dst, got...), err
}

func (r *readerFunc) Close() error { return nil }

// The rows that were read before the end of the context are no result.
func TestInterruptedReading(t *testing.T) {
	for _, begin := range []string{"SELECT 1", "BEGIN"} {
		spec := itemSpec("item", 3, nil)
		whole := spec.Open
		db := open(t, spec)
		mustRun(t, db, begin)
		for range 100 {
			var cancel func()
			spec.Open = func(ctx context.Context, q *table.Query) (table.Reader[item], error) {
				return &readerFunc{f: func(n int) ([]item, error) {
					if n > 2 {
						cancel()
					}
					return items(1), ctx.Err()
				}}, nil
			}
			interrupted(t, db, "SELECT count(*) FROM item", func(c func()) { cancel = c })
		}
		spec.Open = whole
		if got := mustRun(t, db, "SELECT count(*) FROM item"); got != "3" {
			t.Errorf("%s, after that: %s", begin, got)
		}
	}
}

// A reader that nothing stops does not keep a statement from ending.
func TestStuckReading(t *testing.T) {
	answer := make(chan struct{})
	defer close(answer)
	spec := itemSpec("item", 0, nil)
	spec.Open = func(context.Context, *table.Query) (table.Reader[item], error) {
		return &readerFunc{f: func(int) ([]item, error) { <-answer; return nil, io.EOF }}, nil
	}
	interrupted(t, open(t, spec), "SELECT count(*) FROM item", func(cancel func()) { go cancel() })
}

// In a transaction a table is read at once, not when a statement gets there.
func TestTransactionReadsAtOnce(t *testing.T) {
	read := 0
	spec := itemSpec("item", 0, nil)
	spec.Open = func(context.Context, *table.Query) (table.Reader[item], error) {
		return &readerFunc{f: func(n int) ([]item, error) {
			if read = n; n > 4*batches {
				return nil, io.EOF
			}
			return items(1), nil
		}}, nil
	}
	db := open(t, spec)
	mustRun(t, db, "BEGIN")
	mustRun(t, db, "SELECT * FROM item LIMIT 1")
	if read <= 4*batches {
		t.Errorf("%d batches were read", read)
	}
}

// endless reads rows without end.
type endless struct {
	ctx  context.Context
	read *int
}

func (r *endless) Read(dst []item) ([]item, error) {
	*r.read++
	return append(dst, item{id: int64(*r.read)}), r.ctx.Err()
}

func (r *endless) Close() error { return nil }

func TestErrors(t *testing.T) {
	broken := itemSpec("broken", 0, nil)
	cause := errors.New("no such device")
	broken.Open = func(context.Context, *table.Query) (table.Reader[item], error) { return nil, cause }
	db := open(t, itemSpec("item", 5, nil), broken)
	for sql, want := range map[string]string{
		"SELECT nope FROM item":            `no such column: nope (line 1, column 8)`,
		"SELECT\n  é, nope FROM item":      `no such column: é (line 2, column 3)`,
		`SELECT 1 FROM item, "x`:           `unrecognized token: ""x" (line 1, column 21)`,
		"SELECT * FROM broken":             `no such device`,
		"SELECT abs(-9223372036854775808)": `integer overflow`,
	} {
		_, err := run(db, sql)
		if err == nil || err.Error() != want {
			t.Errorf("%s: error %q, want %q", sql, err, want)
		}
	}
	if _, err := run(db, "SELECT * FROM broken"); !errors.Is(err, cause) {
		t.Errorf("the error of a table is lost: %v", err)
	}
}

// Nothing that a statement can say creates, changes or opens anything.
func TestReadOnly(t *testing.T) {
	db := open(t, itemSpec("item", 5, nil))
	for _, sql := range []string{
		"CREATE TABLE x(a)", "CREATE TEMP TABLE x(a)", "CREATE VIEW v AS SELECT 1", "CREATE TEMP VIEW v AS SELECT 1",
		"CREATE VIRTUAL TABLE f USING fts5(a)", "CREATE INDEX i ON item(id)", "CREATE TRIGGER t AFTER INSERT ON item BEGIN SELECT 1; END",
		"ATTACH '/tmp/x' AS y", "DETACH main", "VACUUM INTO '/tmp/x'", "VACUUM", "ANALYZE",
		"SELECT load_extension('x')", "PRAGMA temp_store_directory = '/tmp'", "PRAGMA journal_mode = WAL",
		"PRAGMA writable_schema = 1", "PRAGMA hard_heap_limit = 1", "PRAGMA temp_store = FILE",
		"INSERT INTO item VALUES (1, 'a', 2)", "UPDATE item SET id = 2", "DELETE FROM item", "DROP TABLE item",
		"ALTER TABLE item RENAME TO b", "INSERT INTO sqlite_schema VALUES (1,2,3,4,5)", "SELECT fts3_tokenizer('a')",
	} {
		if _, err := run(db, sql); err == nil {
			t.Errorf("%s: was allowed", sql)
		}
	}
	for _, sql := range []string{"PRAGMA table_info(item)", "SELECT name FROM pragma_table_info('item')", "SELECT * FROM sqlite_schema"} {
		if _, err := run(db, sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestSeveralStatements(t *testing.T) {
	db := open(t, itemSpec("item", 5, nil))
	sql, n := ";; SELECT ';'; -- one;\n ; SELECT 2 /* ; */ ;; \n-- end", 0
	for sql != "" {
		st, tail, err := db.Prepare(sql)
		if err != nil {
			t.Fatal(err)
		}
		if sql = tail; st == nil {
			break
		}
		n++
		if ok, err := st.Step(context.Background()); !ok || err != nil {
			t.Error(ok, err)
		}
		st.Close()
	}
	if n != 2 {
		t.Errorf("%d statements", n)
	}
}

func TestValues(t *testing.T) {
	db := open(t)
	for sql, want := range map[string]string{
		"SELECT 1, -2, 1.5, 'a', NULL, x'41', 1e20, 1.0, 1e-7, 9007199254740993, 1e999, -1e999, 0.1+0.2": "1|-2|1.5|a|NULL|A|1.0e+20|1.0|1.0e-07|9007199254740993|Inf|-Inf|0.30000000000000004",
	} {
		if got := mustRun(t, db, sql); got != want {
			t.Errorf("%s\n got %s\nwant %s", sql, got, want)
		}
	}
}

// Texts of any length and origin reach SQLite and come back whole, also those that only
// live while they are handed over.
func TestTexts(t *testing.T) {
	spec := itemSpec("item", 3, nil)
	spec.Columns[1].Get = func(i *item) table.Value { return table.String(strings.Repeat(fmt.Sprint(i.id), 1000*int(i.id))) }
	db := open(t, spec)
	long := strings.Repeat("x", 1<<21)
	got := mustRun(t, db, "SELECT length(state), length(:long), :empty || 'y', length('"+long+"') FROM item ORDER BY state",
		"long", table.String(long), "empty", table.String(""))
	if want := "0|2097152|y|2097152 1000|2097152|y|2097152 2000|2097152|y|2097152"; got != want {
		t.Errorf("got %.200s", got)
	}
}
