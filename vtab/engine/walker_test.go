package engine

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sockstat/vtab/table"
)

// walk returns the first column and the number of each row from where a walker stands.
func walk(t *testing.T, w *walker, err error) string {
	t.Helper()
	var rows []string
	for ; err == nil && !w.eof(); err = w.next() {
		rows = append(rows, fmt.Sprintf("%s@%d", w.column(0), w.rowid()))
	}
	if err != nil {
		rows = append(rows, err.Error())
	}
	return strings.Join(rows, " ")
}

// lettered are rows of a number and a letter.
func lettered(rows ...string) (g grid) {
	for _, row := range rows {
		g = append(g, []table.Value{table.Int(int(row[0] - '0')), table.String(row[1:])})
	}
	return g
}

// is makes a search for the rows whose columns have values, those of a and b in the rows of
// a tape.
func is(values map[string]table.Value) *search {
	s := &search{}
	for i, name := range []string{"a", "b"} {
		if v, ok := values[name]; ok {
			typ := []table.Type{table.Integer, table.Text}[i]
			s.add(&planArg{column: i, typ: typ, op: table.OpEq, text: asText}, argument{value: v})
		}
	}
	return s
}

// numberAndLetter are conditions on both columns.
func numberAndLetter(n int, letter string) map[string]table.Value {
	return map[string]table.Value{"a": table.Int(n), "b": table.String(letter)}
}

func TestWalker(t *testing.T) {
	s, _ := snap(t, t.Context(), &tape{batches: []grid{{}, lettered("5a", "3b"), {}, {}, lettered("5c"), lettered("1a"), {}}})
	w := &walker{of: s}
	const every = "5@0 3@1 5@2 1@3"
	for _, c := range []struct {
		name string
		of   *search
		want string
	}{
		{"all", &search{}, every},
		{"by number", is(map[string]table.Value{"a": table.Int(5)}), "5@0 5@2"},
		{"by letter", is(map[string]table.Value{"b": table.String("a")}), "5@0 1@3"},
		{"by both", is(numberAndLetter(1, "a")), "1@3"},
		{"by what no row has", is(map[string]table.Value{"a": table.Int(4)}), ""},
		{"by a number in a text", is(map[string]table.Value{"b": table.Int(4)}), ""},
	} {
		for _, start := range []func(*search) error{w.all, w.find, w.find} {
			if got := walk(t, w, start(c.of)); got != c.want {
				t.Errorf("%s: %s", c.name, got)
			}
		}
	}
	for want, columns := range map[string][]int{"1@3 3@1 5@0 5@2": {0}, "5@0 1@3 3@1 5@2": {1}, "1@3 5@0 3@1 5@2": {1, 0}} {
		if got := walk(t, w, w.ordered(columns, false, &search{})); got != want {
			t.Errorf("in order of %d: %s", columns, got)
		}
	}
	if got := walk(t, w, w.ordered([]int{0}, false, is(map[string]table.Value{"b": table.String("a")}))); got != "1@3 5@0" {
		t.Errorf("some in order: %s", got)
	}
	if got := walk(t, w, w.all(&search{})); got != every {
		t.Errorf("all after that: %s", got)
	}
}

// A row is found by its rowid without an index.
func TestWalkerFindsRowid(t *testing.T) {
	s, _ := snap(t, t.Context(), &tape{batches: []grid{lettered("5a", "3b"), {}, lettered("5c")}})
	w := &walker{of: s}
	for rowid, want := range map[table.Value]string{
		table.Int(0): "5@0", table.Int(1): "3@1", table.Int(2): "5@2", table.Int(3): "", table.Int(-1): "", table.Float(0.5): "",
	} {
		of := &search{equal: []check{{column: -1, op: table.OpEq, value: rowid}}}
		if got := walk(t, w, w.find(of)); got != want {
			t.Errorf("rowid %s: %s", rowid, got)
		}
	}
	of := &search{equal: []check{{column: -1, op: table.OpEq, value: table.Int(1)}, {column: 0, op: table.OpEq, value: table.Int(5)}}}
	if got := walk(t, w, w.find(of)); got != "" {
		t.Errorf("with another condition: %s", got)
	}
	if len(s.indexes) > 0 {
		t.Error("an index was made")
	}
}

// Two cursors of a statement do not disturb each other.
func TestWalkersShareASnapshot(t *testing.T) {
	s, _ := snap(t, t.Context(), &tape{batches: []grid{lettered("1a"), lettered("2b"), lettered("3c")}})
	a, b := &walker{of: s}, &walker{of: s}
	a.all(&search{})
	a.next()
	if got := walk(t, b, b.all(&search{})); got != "1@0 2@1 3@2" {
		t.Errorf("the second: %s", got)
	}
	if got := walk(t, a, nil); got != "2@1 3@2" {
		t.Errorf("the first: %s", got)
	}
}

func TestWalkerOfBrokenTable(t *testing.T) {
	s, _ := snap(t, t.Context(), &tape{batches: []grid{lettered("1a")}, err: errors.New("broken")})
	w := &walker{of: s}
	if got := walk(t, w, w.all(&search{})); got != "1@0 broken" || !w.eof() {
		t.Errorf("all: %s, end %t", got, w.eof())
	}
	if got := walk(t, w, w.find(is(map[string]table.Value{"a": table.Int(1)}))); got != "broken" || !w.eof() {
		t.Errorf("found: %s, end %t", got, w.eof())
	}
	if got := walk(t, w, w.ordered([]int{0}, false, &search{})); got != "broken" || !w.eof() {
		t.Errorf("grouped: %s, end %t", got, w.eof())
	}
}

func TestWalkerOfEmptyTable(t *testing.T) {
	s, _ := snap(t, t.Context(), &tape{})
	w := &walker{of: s}
	for _, err := range []error{w.all(&search{}), w.ordered([]int{1}, false, &search{}), w.find(is(map[string]table.Value{"a": table.Int(1)}))} {
		if err != nil || !w.eof() {
			t.Errorf("%v, end %t", err, w.eof())
		}
	}
}
