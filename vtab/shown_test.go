package vtab

import (
	"slices"
	"strings"
	"testing"
)

// SELECT * of each table fits a screen, and leaves out nothing that can be named.
func TestShownColumns(t *testing.T) {
	m, _, _ := rowMachine()
	m.Creators, m.Events = true, sampleEvents()
	db := openMachine(t, m)
	for _, info := range db.Tables() {
		var shown, hidden []string
		for _, c := range info.Columns {
			if c.Hidden {
				hidden = append(hidden, c.Name)
			} else {
				shown = append(shown, c.Name)
			}
		}
		if len(shown) > 20 || len(shown) < 10 && len(hidden) > 10 {
			t.Errorf("%s shows %d columns, and hides %d", info.Name, len(shown), len(hidden))
		}
		equal(t, query(t, db, "SELECT name FROM pragma_table_info('%s')", info.Name), slices.Clone(shown)...)
		equal(t, query(t, db, "SELECT name FROM pragma_table_xinfo('%s') WHERE hidden", info.Name), slices.Clone(hidden)...)
		equal(t, query(t, db, "SELECT columns || ' ' || hidden FROM sockstat_tables WHERE name = '%s'", info.Name),
			query(t, db, "SELECT count(*) || ' ' || sum(hidden) FROM pragma_table_xinfo('%s')", info.Name)...)
		equal(t, query(t, db, "SELECT name FROM sockstat_columns WHERE hidden AND table_name = '%s'", info.Name), slices.Clone(hidden)...)
		query(t, db, "SELECT %s FROM %s LIMIT 1", strings.Join(append(shown, hidden...), ", "), from(info))
	}
}

// What tells sockets apart is shown where there may be several kinds, so that a subquery of SELECT *
// can be narrowed by it.
func TestShownFirst(t *testing.T) {
	db := openMachine(t, &Machine{})
	for name, want := range map[string]string{"sockets": "proto family label", "tcp": "proto family label", "udp": "proto family label", "processes": "pid ppid name"} {
		equal(t, query(t, db, "SELECT name FROM pragma_table_info('%s') LIMIT 3", name), strings.Fields(want)...)
	}
}
