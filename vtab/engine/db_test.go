package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"sockstat/vtab/function"
	"sockstat/vtab/table"
)

// faulty is a connection that fails at what it is told to.
type faulty struct {
	conn
	at     string
	closed *bool
}

var errFault = errors.New("fault")

// fail returns an error at the place where one is wanted.
func (f faulty) fail(at string) error {
	if f.at == at {
		return errFault
	}
	return nil
}

func (f faulty) prepare(sql string) (stmt, string, error) {
	if err := f.fail("prepare"); err != nil {
		return nil, "", err
	}
	s, tail, err := f.conn.prepare(sql)
	return faultyStmt{s, f}, tail, err
}

func (f faulty) table(name string, t virtualTable, eponymous bool) error {
	return errors.Join(f.fail("table "+name), f.conn.table(name, t, eponymous))
}

func (f faulty) core() error { return errors.Join(f.fail("core"), f.conn.core()) }

func (f faulty) function(fn function.Function) error {
	return errors.Join(f.fail("function "+fn.Name), f.conn.function(fn))
}

func (f faulty) authorize(allow authorizer) error {
	return errors.Join(f.fail("authorize"), f.conn.authorize(allow))
}

func (f faulty) close() error {
	*f.closed = true
	return f.conn.close()
}

type faultyStmt struct {
	stmt
	of faulty
}

func (s faultyStmt) step() (bool, error) {
	more, err := s.stmt.step()
	return more, errors.Join(s.of.fail("step"), err)
}

func (s faultyStmt) close() error { return errors.Join(s.of.fail("close"), s.stmt.close()) }

// A connection that cannot be made what it has to be is not used, but closed.
func TestOpenFails(t *testing.T) {
	real := openEngine
	defer func() { openEngine = real }()
	for at, want := range map[string]string{
		"open": "open SQLite: fault", "table b": "register table b: fault", "prepare": "keep temporary data in memory: fault",
		"step": "keep temporary data in memory: fault", "close": "keep temporary data in memory: fault", "authorize": "fault",
		"core": "leave only the core of SQLite: fault", "function human": "register function human: fault",
		"table generate_series": "register table generate_series: fault",
	} {
		closed := false
		openEngine = func() (conn, error) {
			c, err := real()
			if at == "open" {
				return nil, errors.Join(errFault, c.close())
			}
			return faulty{c, at, &closed}, err
		}
		db, err := Open(itemSpec("a", 1, nil), itemSpec("b", 1, nil))
		if db != nil || !errors.Is(err, errFault) || err.Error() != want || closed != (at != "open") {
			t.Errorf("%s: %v, closed %t", at, err, closed)
		}
	}
}

func TestTables(t *testing.T) {
	db := open(t, itemSpec("b", 1, nil), itemSpec("a", 1, nil))
	infos := db.Tables()
	if len(infos) != 2 || infos[0].Name != "b" || infos[1].Name != "a" || len(infos[0].Columns) != 3 || infos[1].Columns[1].Type != table.Text {
		t.Errorf("%+v", infos)
	}
	if got := mustRun(t, db, "SELECT group_concat(name || ' ' || type) FROM pragma_table_info('a')"); got != "id INTEGER,state TEXT,size INTEGER" {
		t.Error(got)
	}
}

func TestInTransaction(t *testing.T) {
	db := open(t)
	for _, c := range []struct {
		sql  string
		want bool
	}{
		{"SELECT 1", false}, {"BEGIN", true}, {"SELECT 1", true}, {"COMMIT", false}, {"SAVEPOINT x", true}, {"RELEASE x", false},
		{"BEGIN", true}, {"ROLLBACK", false},
	} {
		if mustRun(t, db, c.sql); db.InTransaction() != c.want {
			t.Errorf("after %s: %t", c.sql, db.InTransaction())
		}
	}
}

func TestPrepareFindsTheStatement(t *testing.T) {
	db := open(t)
	for _, c := range []struct{ sql, found, tail string }{
		{"", "", ""}, {" -- nothing", "", ""}, {";;", "", ""}, {"/* a */ ; SELECT 1", "/* a */ ; SELECT 1", ""},
		{"SELECT 1; SELECT 2; ", "SELECT 1;", " SELECT 2; "}, {";SELECT 1;-- end", ";SELECT 1;", "-- end"},
	} {
		st, tail, err := db.Prepare(c.sql)
		found := ""
		if st != nil {
			found = st.SQL()
			st.Close()
		}
		if err != nil || found != c.found || tail != c.tail {
			t.Errorf("%q: %q, then %q, %v", c.sql, found, tail, err)
		}
	}
	var e *Error
	st, tail, err := db.Prepare(";\nSELECT nope; SELECT 2")
	if !errors.As(err, &e) || st != nil || tail != "" || e.Offset != 9 || e.Code != 1 {
		t.Errorf("%v, tail %q, %#v", st, tail, e)
	}
}

func TestRefusedStatementSaysSo(t *testing.T) {
	var e *Error
	if _, _, err := open(t).Prepare("CREATE TABLE x(a)"); !errors.As(err, &e) || e.Code != codeAuth || e.Message != "not authorized" {
		t.Errorf("%#v", e)
	}
}

// What failed at the moment of a transaction has failed for all of it.
func TestTransactionKeepsTheFailure(t *testing.T) {
	spec := itemSpec("item", 3, nil)
	whole := spec.Open
	broken := errors.New("broken")
	spec.Open = func(context.Context, *table.Query) (table.Reader[item], error) { return nil, broken }
	db := open(t, spec)
	mustRun(t, db, "BEGIN")
	if _, err := run(db, "SELECT * FROM item"); !errors.Is(err, broken) {
		t.Error(err)
	}
	spec.Open = whole
	if _, err := run(db, "SELECT * FROM item"); !errors.Is(err, broken) {
		t.Errorf("another moment in one transaction: %v", err)
	}
	mustRun(t, db, "COMMIT")
	if got := mustRun(t, db, "SELECT count(*) FROM item"); got != "3" {
		t.Error(got)
	}
}

// The error of one statement is not that of the next.
func TestErrorsAreOfTheirStatement(t *testing.T) {
	broken := itemSpec("broken", 0, nil)
	cause := errors.New("cause")
	broken.Open = func(context.Context, *table.Query) (table.Reader[item], error) { return nil, cause }
	db := open(t, broken)
	run(db, "SELECT * FROM broken")
	var e *Error
	if _, err := run(db, "SELECT abs(-9223372036854775808)"); errors.Is(err, cause) || !errors.As(err, &e) {
		t.Errorf("%v", err)
	}
}

// Statements that run at the same time have snapshots of their own.
func TestStatementsSideBySide(t *testing.T) {
	var log []opened
	db := open(t, itemSpec("item", 12, &log))
	var all []*Stmt
	for _, sql := range []string{"SELECT id FROM item WHERE id > 5", "SELECT id FROM item WHERE id < 3"} {
		st, _, err := db.Prepare(sql)
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		all = append(all, st)
	}
	var got []string
	for range 3 {
		for _, st := range all {
			if more, err := st.Step(t.Context()); !more || err != nil {
				t.Fatal(more, err)
			}
			got = append(got, st.Value(0).String())
		}
	}
	if want := strings.Fields("6 0 7 1 8 2"); !slices.Equal(got, want) || len(log) != 2 {
		t.Errorf("%v, opened %d times", got, len(log))
	}
}
