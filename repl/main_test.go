package repl

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"sockstat/vtab/engine"
)

// TestMain lets the test binary be the command "shell" of scripts and terminals.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"shell": shellMain})
}

// shellMain is a shell over the tables of testDB. With -c it runs SQL instead.
func shellMain() {
	format := flag.String("o", "", "format")
	sql := flag.String("c", "", "SQL")
	flag.Parse()
	db, err := testDB()
	if err != nil {
		panic(err)
	}
	settings := Settings{Format: *format, Headers: true}
	if *sql != "" {
		err = Run(context.Background(), db, *sql, nil, os.Stdout, settings)
	} else {
		s := &Shell{DB: db, In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Settings: settings, Queries: savedQueries{}}
		err = s.Run(context.Background())
	}
	switch {
	case err == nil:
	case errors.Is(err, ErrFailed):
		os.Exit(1)
	case errors.Is(err, ErrInterrupted):
		os.Exit(130)
	default:
		PrintError(os.Stderr, err)
		os.Exit(1)
	}
}

// savedQueries are those of the tests.
type savedQueries struct{}

var portQuery = Query{
	Name: "port", Doc: "Sockets on a port",
	SQL: "SELECT name, port FROM sockets\nWHERE port = :port AND state = :state;\n",
	Params: []Param{
		{Name: "port", Doc: "the port"},
		{Name: "state", Doc: "the state", Default: "LISTEN", HasDefault: true},
	},
}

func (savedQueries) List() []Query { return []Query{portQuery} }

func (savedQueries) Load(name string) (Query, error) {
	if name != portQuery.Name {
		return Query{}, fmt.Errorf("no saved query %q", name)
	}
	return portQuery, nil
}

// socket is a row of the table sockets of the tests.
type socket struct {
	name, state string
	port        int
}

// testDB opens a database with two small tables.
func testDB() (*engine.DB, error) {
	columns := []engine.Column[socket]{
		{Name: "name", Type: engine.Text, Doc: "who", Get: func(s *socket) engine.Value { return engine.String(s.name) }},
		{Name: "port", Type: engine.Integer, Doc: "where", Get: func(s *socket) engine.Value { return engine.Int(s.port) }},
		{Name: "state", Type: engine.Text, Doc: "how", Get: func(s *socket) engine.Value { return engine.String(s.state) }},
	}
	open := func(context.Context, *engine.Query) (engine.Reader[socket], error) {
		return &reader{rows: []socket{{"sshd", "LISTEN", 22}, {"nginx", "LISTEN", 80}, {"curl", "ESTABLISHED", 4711}}}, nil
	}
	return engine.Open(
		&engine.Spec[socket]{Name: "sockets", Doc: "Some sockets", Columns: columns, Open: open},
		&engine.Spec[socket]{Name: "zones", Doc: "Some zones", Columns: columns[:1], Open: open},
	)
}

// reader reads rows at once.
type reader struct{ rows []socket }

func (r *reader) Read(dst []socket) ([]socket, error) {
	dst, r.rows = append(dst, r.rows...), nil
	return dst, io.EOF
}

func (r *reader) Close() error { return nil }

// openTest opens testDB for a test.
func openTest(t testing.TB) *engine.DB {
	t.Helper()
	db, err := testDB()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// fake is a Result of given rows.
type fake struct {
	columns []string
	rows    [][]engine.Value
	next    int
	err     error // instead of the end
}

func (f *fake) Columns() []string { return f.columns }
func (f *fake) Next() (bool, error) {
	if f.next == len(f.rows) {
		return false, f.err
	}
	f.next++
	return true, nil
}
func (f *fake) Value(i int) engine.Value { return f.rows[f.next-1][i] }
