package repl

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/testscript"

	"sockstat/internal/testns"
	"sockstat/queries"
	"sockstat/repl/format"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// TestMain lets the test binary be the command "shell" of scripts and terminals.
func TestMain(m *testing.M) {
	testns.Enter() // returns at once in that command
	testscript.Main(m, map[string]func(){"shell": shellMain})
}

// shellMain is a shell over the tables of testDB. With -c it runs SQL instead.
func shellMain() {
	mode := flag.String("o", "", "format")
	sql := flag.String("c", "", "SQL")
	rc := flag.String("rc", "", "file of commands")
	saved := flag.String("queries", "", "directory of saved queries")
	flag.Parse()
	db, err := testDB()
	if err != nil {
		panic(err)
	}
	settings := format.Settings{Format: *mode, Headers: true}
	if *sql != "" {
		pager := NewPager(os.Stdout, &settings, "--all shows all")
		err = Run(context.Background(), db, *sql, nil, pager, settings)
		err = errors.Join(err, pager.Close())
	} else {
		s := &Shell{DB: db, Reopen: testDB, In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Settings: settings, Queries: savedQueries,
			RC: *rc, Version: "1.2.3", Listing: func(flags []string) (string, error) {
				if flags[0] != "-4" {
					return "", errors.New("no such flag")
				}
				return "SELECT name\nFROM sockets\n", nil
			}}
		if *saved != "" {
			s.Queries.Dirs = []string{*saved}
		}
		err = s.Run(context.Background())
	}
	switch {
	case err == nil:
	case errors.Is(err, ErrFailed):
		os.Exit(1)
	case errors.Is(err, errPagerQuit):
	case errors.Is(err, ErrInterrupted):
		os.Exit(130)
	default:
		format.PrintError(os.Stderr, err)
		os.Exit(1)
	}
}

// savedQueries are those of the tests.
var savedQueries = queries.Library{Builtin: fstest.MapFS{"port.sql": {Data: []byte(`-- Sockets on a port
--
-- :port            the port
-- :state = LISTEN  the state
SELECT name, port FROM sockets
WHERE port = :port AND state = :state;
`)}}}

// socket is a row of the table sockets of the tests.
type socket struct {
	name, state string
	port        int
}

// testDB opens a database with two small tables.
func testDB() (*engine.DB, error) {
	columns := []table.Column[socket]{
		{Name: "name", Type: table.Text, Doc: "who", Get: func(s *socket) table.Value { return table.String(s.name) }},
		{Name: "port", Type: table.Integer, Doc: "where", Get: func(s *socket) table.Value { return table.Int(s.port) }},
		{Name: "state", Type: table.Text, Doc: "how", Values: []string{"LISTEN", "ESTABLISHED", "TIME_WAIT"}, Get: func(s *socket) table.Value { return table.String(s.state) }},
	}
	open := func(context.Context, *table.Query) (table.Reader[socket], error) {
		return &reader{rows: []socket{{"sshd", "LISTEN", 22}, {"nginx", "LISTEN", 80}, {"curl", "ESTABLISHED", 4711}}}, nil
	}
	return engine.Open(
		&table.Spec[socket]{Name: "sockets", Doc: "Some sockets", Columns: columns, Open: open},
		&table.Spec[socket]{Name: "zones", Doc: "Some zones", Columns: columns[:1], Open: open},
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
