package repl

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockstat/queries"
	"sockstat/repl/format"
	"sockstat/vtab/table"
)

// Parameters have the value that is given, else the one that is set, else their default, else none.
func TestParams(t *testing.T) {
	q := queries.Query{Name: "q", SQL: "SELECT :undeclared", Params: []queries.Param{
		{Name: "p", Type: table.Integer, Range: "0..65535", Default: "0", HasDefault: true}, {Name: "a"}, {Name: "b", Default: "1", HasDefault: true}, {Name: "c", Default: "NULL", HasDefault: true}, {Name: "d", Default: "x", HasDefault: true},
	}}
	got, err := Params(q, map[string]table.Value{"c": table.Int(2), "d": table.Int(3), "other": table.Int(5)},
		map[string]table.Value{"d": table.Int(4), "undeclared": table.Int(6), "p": table.String("22")})
	want := map[string]table.Value{"b": table.Int(1), "c": table.Int(2), "d": table.Int(4), "undeclared": table.Int(6), "p": table.Int(22)}
	if len(got) != len(want) || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := Params(q, nil, map[string]table.Value{"other": table.Int(5)}); err == nil || err.Error() != `query q has no parameter "other"` {
		t.Error(err)
	}
	for name, v := range want {
		if got[name] != v {
			t.Errorf("%s is %v, want %v", name, got[name], v)
		}
	}
}

// A saved query that cannot be read is told of when they are listed, which is no failure,
// and not while a name is completed.
func TestUnreadableQuery(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "odd.sql"), 0o700); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	s := &Shell{DB: openTest(t), In: strings.NewReader(".queries\n"), Out: &out, Err: &errs,
		Settings: format.Settings{Format: "list"}, Queries: queries.Library{Dirs: []string{dir}, Builtin: savedQueries.Builtin}}
	if err := s.Run(context.Background()); err != nil || out.String() != "port  Sockets on a port\n" || !strings.Contains(errs.String(), "odd.sql") {
		t.Errorf("error %v, printed %q and %q", err, out.String(), errs.String())
	}
	errs.Reset()
	if words := queryNames(s, nil, ""); len(words) != 1 || words[0] != "port" || errs.Len() > 0 {
		t.Errorf("completes to %q, printed %q", words, errs.String())
	}
}

// Without a library there are no saved queries.
func TestNoQueries(t *testing.T) {
	var out, errs bytes.Buffer
	s := &Shell{DB: openTest(t), In: strings.NewReader(".queries\n.run port\n"), Out: &out, Err: &errs}
	want := "sockstat: stdin:2: query \"port\": no such saved query\nsockstat: hint: .queries lists them\n"
	if err := s.Run(context.Background()); err != ErrFailed || out.Len() > 0 || errs.String() != want {
		t.Errorf("error %v, printed %q and %q", err, out.String(), errs.String())
	}
}
