package engine

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sockstat/vtab/table"
)

var (
	randomStatements = flag.Int("statements", 3000, "how many random statements are compared")
	randomSeed       = flag.Uint64("seed", 1, "of the random statements")
)

// generator makes random statements over two tables, a and b.
type generator struct{ *rand.Rand }

func (g generator) one(of ...string) string { return of[g.IntN(len(of))] }

// Values of the columns, and what they are compared with, are few, so that many are equal.
var (
	oddNumbers = []string{"0", "1", "-1", "2", "7", "9223372036854775807", "-9223372036854775808", "4294967296"}
	oddTexts   = []string{"''", "'a'", "'A'", "'a '", "' a'", "'ab'", "'7'", "'7.0'", "' 7'", "'1e0'", "'é'", "'x''y'"}
)

// value returns a literal of any class.
func (g generator) value() string {
	switch g.IntN(6) {
	case 0:
		return g.one("NULL", "7.0", "0.5", "1e0", "9223372036854775807.0", "x'61'")
	case 1, 2:
		return g.one(oddTexts...)
	}
	return g.one(oddNumbers...)
}

// column returns a column of a table: two have numbers, two texts.
func (g generator) column(of string) string { return of + "." + g.one("n", "m", "s", "t") }

// operand returns what a column of one table is compared with.
func (g generator) operand(tables []string) string {
	if g.IntN(2) == 0 {
		return g.value()
	}
	c := g.column(g.one(tables...))
	return g.one(c, c, c, "+"+c, "lower("+c+")", c+" + 1", c+" || ''", "CAST("+c+" AS TEXT)")
}

// condition returns a condition on the columns of some tables.
func (g generator) condition(tables []string, depth int) string {
	c := g.column(g.one(tables...))
	if depth > 0 {
		switch g.IntN(5) {
		case 0, 1:
			return "(" + g.condition(tables, depth-1) + " AND " + g.condition(tables, depth-1) + ")"
		case 2:
			return "(" + g.condition(tables, depth-1) + " OR " + g.condition(tables, depth-1) + ")"
		case 3:
			return "NOT " + g.condition(tables, depth-1)
		}
	}
	switch g.IntN(8) {
	case 0:
		list := make([]string, g.IntN(5))
		for i := range list {
			list[i] = g.operand(tables)
		}
		return c + g.one("", "", " NOT") + " IN (" + strings.Join(list, ", ") + ")"
	case 1:
		return c + " BETWEEN " + g.operand(tables) + " AND " + g.operand(tables)
	case 2:
		return c + g.one(" IS NULL", " IS NOT NULL", " LIKE 'a%'", " GLOB '7*'")
	case 3:
		return c + g.one("", " COLLATE NOCASE", " COLLATE RTRIM") + " " + g.one("=", "<", ">=", "IS") + " " + g.operand(tables)
	}
	return c + " " + g.one("=", "=", "=", "<", "<=", ">", ">=", "<>", "IS", "IS NOT") + " " + g.operand(tables)
}

// statement returns a statement with {a} and {b} for the tables. Its rows may come in any order.
func (g generator) statement() string {
	both, depth := []string{"a", "b"}, g.IntN(3)
	all := "a.n, a.m, a.s, a.t"
	switch g.IntN(9) {
	case 0:
		return "SELECT " + all + " FROM {a} a WHERE " + g.condition(both[:1], depth)
	case 1:
		return "SELECT count(*), min(b.m), max(b.t) FROM {a} a " + g.one("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN") + " {b} b ON " +
			g.condition(both, depth) + " WHERE " + g.condition(both, 0)
	case 2:
		return "SELECT " + all + ", b.n FROM {a} a, {b} b WHERE " + g.condition(both, 1) + " AND " + g.condition(both, depth)
	case 3:
		return "SELECT " + all + " FROM {a} a WHERE " + g.one("", "NOT ") + "EXISTS (SELECT 1 FROM {b} b WHERE " + g.condition(both, depth) + ")"
	case 4:
		return "SELECT a.n, (SELECT count(*) FROM {b} b WHERE " + g.condition(both, depth) + ") FROM {a} a WHERE " + g.condition(both[:1], 0)
	case 5:
		return "SELECT " + all + " FROM {a} a WHERE " + g.column("a") + g.one(" IN", " NOT IN") + " (SELECT " + g.column("b") +
			" FROM {b} b WHERE " + g.condition(both, depth) + ")"
	case 6:
		by := g.column("a")
		return "SELECT " + by + ", count(*), min(a.m), max(a.s) FROM {a} a WHERE " + g.condition(both[:1], depth) + " GROUP BY " + by +
			g.one("", " COLLATE NOCASE", ", a.t") + " HAVING " + g.one("1", "count(*) > 1", "max(a.n) > 0")
	case 7:
		return "SELECT * FROM (SELECT " + all + " FROM {a} a WHERE " + g.condition(both[:1], depth) + " ORDER BY 1, 2, 3, 4 LIMIT " +
			g.one("0", "1", "5", "-1") + " OFFSET " + g.one("0", "2") + ")"
	}
	return "SELECT a.n, a.t FROM {a} a WHERE " + g.condition(both[:1], depth) + g.one(" UNION ", " UNION ALL ", " EXCEPT ", " INTERSECT ") +
		"SELECT b.n, b.t FROM {b} b WHERE " + g.condition(both[1:], depth)
}

// oddSheet is a table of odd values.
func oddSheet(g generator, db *DB, t *testing.T, name string, n int) *sheet {
	s := &sheet{name: name, batch: 7, guess: 1 << g.IntN(14), columns: []table.ColumnInfo{
		{Name: "n", Type: table.Integer, Doc: "number"}, {Name: "s", Type: table.Text, Doc: "text"},
		{Name: "m", Type: table.Integer, Doc: "number", Pushed: true}, {Name: "t", Type: table.Text, Doc: "text", Pushed: true}}}
	for range n {
		var row []table.Value
		for _, c := range s.columns {
			of := oddNumbers
			if c.Type == table.Text {
				of = oddTexts
			}
			st, _, err := db.Prepare("SELECT " + g.one(append([]string{"NULL"}, of...)...))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := st.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
			row = append(row, st.Value(0).Clone())
			st.Close()
		}
		s.rows = append(s.rows, row)
	}
	return s
}

// Random statements have the same rows on tables of this package as on ordinary tables of
// SQLite. More of them: go test ./vtab/engine -run Random -statements 1000000 -seed 2
func TestRandomStatements(t *testing.T) { testRandomStatements(t, *randomStatements) }

// They have them too where rows are dropped as soon as may be.
func TestRandomStatementsThatKeepNothing(t *testing.T) {
	keepNothing(t)
	testRandomStatements(t, *randomStatements/3)
}

func testRandomStatements(t *testing.T, statements int) {
	g := generator{rand.New(rand.NewPCG(*randomSeed, 0))}
	literals := open(t)
	db := open(t, oddSheet(g, literals, t, "a", 40), oddSheet(g, literals, t, "b", 25))
	mustRun(t, db, "CREATE TEMP TABLE plain_a AS SELECT * FROM a")
	mustRun(t, db, "CREATE TEMP TABLE plain_b AS SELECT * FROM b")
	virtual, plain := strings.NewReplacer("{a}", "a", "{b}", "b"), strings.NewReplacer("{a}", "plain_a", "{b}", "plain_b")
	some := 0
	for n := range statements {
		sql := g.statement()
		got, err := run(db, virtual.Replace(sql))
		want, plainErr := run(db, plain.Replace(sql))
		slices.Sort(got)
		slices.Sort(want)
		if fmt.Sprint(err) != fmt.Sprint(plainErr) && (err == nil || plainErr == nil) || !slices.Equal(got, want) {
			t.Fatalf("statement %d: %s\n got %q, %v\nwant %q, %v", n, virtual.Replace(sql), got, err, want, plainErr)
		}
		some += min(len(got), 1)
	}
	if some < statements/3 {
		t.Errorf("only %d of %d statements have rows", some, statements)
	}
}
