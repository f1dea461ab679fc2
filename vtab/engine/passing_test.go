package engine

import (
	"context"
	"fmt"
	"io"
	"slices"
	"testing"
	"unsafe"

	"sockstat/vtab/table"
)

// keepNothing has rows dropped as soon as a statement has passed them, if it passes them once.
func keepNothing(t *testing.T) {
	old := keptAnyway
	keptAnyway = 0
	t.Cleanup(func() { keptAnyway = old })
}

// forgetful is a table of texts. Those of rows that a statement must have passed if it drops
// them are overwritten, as memory is that is used for something else.
type forgetful struct {
	rows, read int
	past       [][]byte
}

// longPast is how many batches are ahead of the one that a statement stands at, at most.
const longPast = batches + 4

func (f *forgetful) Info() table.Info {
	return table.Info{Name: "f", Rows: 100, Columns: []table.ColumnInfo{{Name: "n", Type: table.Integer}, {Name: "s", Type: table.Text}}}
}

func (f *forgetful) Read(context.Context, *table.Query) (table.Batches, error) {
	f.read, f.past = 0, nil
	return f, nil
}

// forgetfulText is the text of a row, longer than what SQLite has room for without memory of its own.
func forgetfulText(n int) string { return fmt.Sprintf("%040d", n*7919%1000) }

func (f *forgetful) Next() (table.Batch, error) {
	if f.read == f.rows {
		return nil, io.EOF
	}
	if n := len(f.past) - longPast; n >= 0 {
		for i := range f.past[n] {
			f.past[n][i] = '?'
		}
	}
	text := []byte(forgetfulText(f.read))
	f.past = append(f.past, text)
	f.read++
	return grid{{table.Int(f.read - 1), table.Static(unsafe.String(&text[0], len(text)))}}, nil
}

func (f *forgetful) Close() error { return nil }

// What SQLite has of rows that were dropped stays right, whatever it has it for.
func TestRowsThatArePassedAreNotNeeded(t *testing.T) {
	keepNothing(t)
	f := &forgetful{rows: 300}
	kept := &sheet{name: "kept", columns: f.Info().Columns, batch: f.rows, guess: 100}
	for n := range f.rows {
		kept.rows = append(kept.rows, []table.Value{table.Int(n), table.String(forgetfulText(n))})
	}
	db := open(t, f, kept)
	for _, sql := range []string{
		"SELECT n, s FROM %s",
		"SELECT min(s), max(s), count(*) FROM %s",
		"SELECT s, min(n + 0) FROM %s",
		"SELECT max(n + 0), s FROM %s WHERE n < 150",
		"SELECT s, count(*) FROM %s WHERE n < 150",
		"SELECT s, n FROM %s ORDER BY s, n DESC",
		"SELECT DISTINCT substr(s, 39) FROM %s",
		"SELECT substr(s, 39), max(s), min(n) FROM %s GROUP BY 1",
		"SELECT group_concat(s) FROM %s",
		"SELECT n, lag(s, 20) OVER (ORDER BY n + 0), first_value(s) OVER (ORDER BY n + 0) FROM %s",
		"SELECT n, s FROM (SELECT n, s FROM %s WHERE s > '5') ORDER BY s DESC, n LIMIT 20",
		"SELECT CASE WHEN n %% 2 THEN s ELSE coalesce(NULL, s) END FROM %s",
		"SELECT count(*) FROM %s",
	} {
		got, err := run(db, fmt.Sprintf(sql, "f"))
		want, keptErr := run(db, fmt.Sprintf(sql, "kept"))
		if err != nil || keptErr != nil || !slices.Equal(got, want) {
			t.Errorf("%s:\n got %.200q, %v\nwant %.200q, %v", sql, got, err, want, keptErr)
		}
	}
}

// Rows are dropped where a statement passes over them but once, and no index is made of them.
func TestRowsThatArePassedAreDropped(t *testing.T) {
	keepNothing(t)
	for sql, want := range map[string]bool{
		"SELECT count(*) FROM a":                           true,
		"SELECT max(name0) FROM a":                         true,
		"SELECT n FROM a WHERE n IN (1, 2) ORDER BY -n":    true,
		"SELECT n FROM a WHERE n IN (1, 2) ORDER BY name1": false,
		"SELECT name0, count(*) FROM a GROUP BY 1":         false,
		"SELECT DISTINCT name0 FROM a":                     true,
		"SELECT count(*) FROM a JOIN a b USING (n)":        false,
		"SELECT count(*) FROM a UNION SELECT n FROM a":     false,
		"SELECT n FROM a WHERE n = (SELECT max(n) FROM a)": false,
	} {
		dropped := false
		db := open(t, wideSpec("a", 10000))
		db.OnDrop(func() { dropped = true })
		if mustRun(t, db, sql); dropped != want {
			t.Errorf("%s: dropped: %t", sql, dropped)
		}
	}
	db := open(t, wideSpec("a", 10000))
	db.OnDrop(func() { t.Error("rows of a transaction were dropped") })
	mustRun(t, db, "BEGIN")
	mustRun(t, db, "SELECT count(*) FROM a")
}
