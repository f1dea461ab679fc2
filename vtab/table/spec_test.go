package table

import (
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

type pair struct {
	n    int
	name string
}

// pairs declares a table that reader reads.
func pairs(reader Reader[pair], err error) *Spec[pair] {
	return &Spec[pair]{Name: "pairs", Doc: "Pairs", Rows: 3,
		Columns: []Column[pair]{
			{Name: "n", Type: Integer, Doc: "number", Pushed: true, Get: func(p *pair) Value { return Int(p.n) }},
			{Name: "name", Type: Text, Doc: "name", Part: 4, Get: func(p *pair) Value { return Static(p.name) }},
		},
		Open: func(context.Context, *Query) (Reader[pair], error) { return reader, err },
	}
}

// script is a reader that does what is written.
type script struct {
	steps  []step
	closed error
}

type step struct {
	rows []pair
	err  error
}

func (s *script) Read(dst []pair) ([]pair, error) {
	now := s.steps[0]
	s.steps = s.steps[1:]
	return append(dst, now.rows...), now.err
}

func (s *script) Close() error { return s.closed }

func TestInfo(t *testing.T) {
	var declared Table = pairs(nil, nil)
	info := declared.Info()
	want := Info{Name: "pairs", Doc: "Pairs", Rows: 3, Columns: []ColumnInfo{
		{Name: "n", Type: Integer, Doc: "number", Pushed: true}, {Name: "name", Type: Text, Doc: "name", Part: 4},
	}}
	if !reflect.DeepEqual(info, want) {
		t.Errorf("%+v", info)
	}
	if info.Column("n") != 0 || info.Column("name") != 1 || info.Column("Name") != -1 || (Info{}).Column("n") != -1 {
		t.Error("numbers of columns")
	}
	const schema = `-- Pairs
CREATE TABLE pairs (
  n INTEGER,               -- number
  name TEXT                -- name
);`
	if got := info.Schema(); got != schema {
		t.Errorf("%s", got)
	}
}

func TestReadGivesBatches(t *testing.T) {
	broken := errors.New("broken")
	a, b, c := pair{1, "a"}, pair{2, "b"}, pair{3, "c"}
	for _, x := range []struct {
		name  string
		steps []step
		want  string
		err   error
	}{
		{"nothing", []step{{nil, io.EOF}}, "", io.EOF},
		{"batches", []step{{[]pair{a, b}, nil}, {[]pair{c}, nil}, {nil, io.EOF}}, "1a2b|3c|", io.EOF},
		{"the end with the last", []step{{[]pair{a}, nil}, {[]pair{b}, io.EOF}}, "1a|2b|", io.EOF},
		{"empty ones", []step{{nil, nil}, {[]pair{a}, nil}, {nil, nil}, {nil, io.EOF}}, "1a|", io.EOF},
		{"an error", []step{{[]pair{a}, nil}, {nil, broken}}, "1a|", broken},
		{"an error with rows", []step{{[]pair{a, c}, broken}}, "1a3c|", broken},
	} {
		from, err := pairs(&script{steps: x.steps}, nil).Read(t.Context(), &Query{})
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		batch, err := from.Next()
		for ; err == nil; batch, err = from.Next() {
			for row := range batch.Len() {
				got.WriteString(batch.Value(row, 0).String() + batch.Value(row, 1).String())
			}
			got.WriteString("|")
		}
		if _, again := from.Next(); got.String() != x.want || err != x.err || again != x.err {
			t.Errorf("%s: %s, %v, then %v", x.name, got.String(), err, again)
		}
	}
}

func TestReadHandsOnErrors(t *testing.T) {
	broken := errors.New("broken")
	if from, err := pairs(nil, broken).Read(t.Context(), &Query{}); err != broken || from != nil {
		t.Errorf("opened: %v, %v", from, err)
	}
	from, err := pairs(&script{closed: broken}, nil).Read(t.Context(), &Query{})
	if err != nil || from.Close() != broken {
		t.Errorf("closed without an error: %v", err)
	}
}

// The query and the context reach the table as they are.
func TestReadHandsOnTheQuery(t *testing.T) {
	type key struct{}
	s := pairs(nil, nil)
	q := NewQuery(s.Info(), nil, Scan{Terms: []Term{{0, OpEq, []Value{Int(2)}}}})
	s.Open = func(ctx context.Context, got *Query) (Reader[pair], error) {
		if got != q || ctx.Value(key{}) != "x" {
			t.Error("another query or context")
		}
		return nil, io.ErrUnexpectedEOF
	}
	if _, err := s.Read(context.WithValue(t.Context(), key{}, "x"), q); err != io.ErrUnexpectedEOF {
		t.Error(err)
	}
}

func TestBatchStaysWhatItIs(t *testing.T) {
	from, _ := pairs(&script{steps: []step{{[]pair{{1, "a"}}, nil}, {[]pair{{2, "b"}}, nil}}}, nil).Read(t.Context(), &Query{})
	first, _ := from.Next()
	from.Next()
	if first.Len() != 1 || first.Value(0, 1) != Static("a") {
		t.Error("the next batch changed the first")
	}
}

func TestList(t *testing.T) {
	rows := []pair{{1, "a"}, {2, "b"}}
	l := &List[pair]{Rows: rows}
	got, err := l.Read([]pair{{0, "z"}})
	if !reflect.DeepEqual(got, []pair{{0, "z"}, {1, "a"}, {2, "b"}}) || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := l.Read(nil); len(got) != 0 || err != io.EOF || l.Close() != nil || len(rows) != 2 {
		t.Errorf("after the end: %v, %v", got, err)
	}
}
