package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"sockstat/vtab/function"
	"sockstat/vtab/table"
)

// DB is a connection to an in-memory database that has the tables. It belongs to one
// goroutine.
type DB struct {
	conn   conn
	tables []*boundTable
	listed bool // the tables can be created, see list

	planning *planning       // of the statement that is being prepared or run
	ctx      context.Context // of the statement that runs
	kept     moment          // of the open transaction
	err      error           // of a table, which SQLite knows only as text
	atWork   *boundTable     // the one whose values were last asked for

	onWait func() error // nil, or see OnWait
	onDrop func()       // nil, or see OnDrop

	notices sync.Mutex
	onNote  func(table.Notice)
	noted   map[string]bool
}

// Open opens a new database with the tables.
func Open(tables ...table.Table) (*DB, error) {
	db := &DB{planning: newPlanning(), ctx: context.Background(), noted: map[string]bool{}}
	for _, t := range tables {
		db.tables = append(db.tables, &boundTable{db: db, table: t, name: table.NameOf(t)})
	}
	if err := db.connect(); err != nil {
		return nil, err
	}
	return db, nil
}

// connect opens a connection that knows the tables and only reads.
func (db *DB) connect() error {
	c, err := openEngine()
	if err != nil {
		return fmt.Errorf("open SQLite: %w", err)
	}
	if err := addFunctions(c); err != nil {
		return errors.Join(err, c.close())
	}
	for _, t := range db.tables {
		if err := c.table(t.name, t, true); err != nil {
			return errors.Join(fmt.Errorf("register table %s: %w", t.name, err), c.close())
		}
	}
	if err := harden(c); err != nil {
		return errors.Join(err, c.close())
	}
	db.conn, db.listed = c, false
	return nil
}

// Functions returns the functions that SQLite's core lacks, by name.
func Functions() []function.Function { return function.All() }

// addFunctions leaves SQLite the functions of its core and adds those of package function, so
// that every engine has the same.
func addFunctions(c conn) error {
	if err := c.core(); err != nil {
		return fmt.Errorf("leave only the core of SQLite: %w", err)
	}
	for _, f := range function.All() {
		if err := c.function(f); err != nil {
			return fmt.Errorf("register function %s: %w", f.Name, err)
		}
	}
	if err := c.table("generate_series", seriesTable{}, true); err != nil {
		return fmt.Errorf("register table generate_series: %w", err)
	}
	return nil
}

// harden keeps sorts and temporary tables in memory, then lets statements only read.
func harden(c conn) error {
	if err := execute(c, "PRAGMA temp_store = MEMORY"); err != nil {
		return fmt.Errorf("keep temporary data in memory: %w", err)
	}
	return c.authorize(authorized)
}

// execute runs a statement that returns no rows.
func execute(c conn, sql string) error {
	s, _, err := c.prepare(sql)
	if err != nil {
		return err
	}
	_, err = s.step()
	return errors.Join(err, s.close())
}

// Tables describes the tables in the order of Open.
func (db *DB) Tables() []table.Info {
	infos := make([]table.Info, len(db.tables))
	for i, t := range db.tables {
		infos[i] = t.described()
	}
	return infos
}

// InTransaction reports whether BEGIN was run and neither COMMIT nor ROLLBACK since.
func (db *DB) InTransaction() bool { return !db.conn.autocommit() }

// Close closes the database, once.
func (db *DB) Close() error {
	if db.conn == nil {
		return nil
	}
	db.kept.close()
	c := db.conn
	db.conn = nil
	return c.close()
}

// Prepare compiles the first statement of sql and returns the text behind it. The
// statement is nil if there is none, only blanks, comments and semicolons. An error is an
// *[Error], and the text behind is then "".
func (db *DB) Prepare(sql string) (_ *Stmt, _ string, err error) {
	if len(sql) > MaxSQL {
		return nil, "", ErrTooLong
	}
	defer func() {
		if v := recover(); v != nil {
			err = db.panicked(v)
		}
	}()
	st, tail, err := db.prepare(sql)
	return st, tail, explained(err)
}

// prepare is Prepare without a guard.
func (db *DB) prepare(sql string) (*Stmt, string, error) {
	if err := db.list(sql); err != nil {
		return nil, "", err
	}
	pl := newPlanning()
	db.planning = pl
	s, tail, err := db.conn.prepare(sql)
	for err == nil && s == nil && tail != "" {
		sql = tail
		s, tail, err = db.conn.prepare(sql)
	}
	if err != nil || s == nil {
		return nil, "", err
	}
	st := &Stmt{db: db, stmt: s, sql: strings.TrimSuffix(sql, tail), planning: pl, columns: s.columns()}
	params := len(st.Params())
	st.values, st.bound = make([]table.Value, params), make([]bool, params)
	pl.sql = st.sql
	pl.onePass = (pl.lists() || pl.calls()) && db.passesOnce()
	return st, tail, nil
}

// failed keeps the error of a table beside the statement.
func (db *DB) failed(err error) error {
	if err != nil {
		db.err = err
	}
	return err
}

// Watch has the end of ctx interrupt the compiling of statements, until stop is called. What
// interrupts one that runs is the context of its Step.
func (db *DB) Watch(ctx context.Context) (stop func()) { return db.conn.interruptible(ctx) }

// panicked returns the error of a panic that came through SQLite, such as out of a table's
// column. A guard around each value would take a tenth of the time of a scan. SQLite did not clean up:
// the connection is left as it is, never to be used again, and another one takes its place,
// outside of a transaction.
func (db *DB) panicked(v any) error {
	db.kept.close()
	if e, ok := v.(*Error); ok {
		return errors.Join(explained(e), db.connect())
	}
	what := "run statement"
	if db.atWork != nil {
		what = "read " + db.atWork.name
	}
	return errors.Join(fmt.Errorf("%s: panic: %v", what, v), db.connect())
}
