package vtab

import (
	"slices"
	"testing"
)

// Every table is described, as are its columns by SQLite itself.
func TestCatalog(t *testing.T) {
	db := openMachine(t, &Machine{Creators: true})
	described := query(t, db, "SELECT name FROM sockstat_tables WHERE doc <> '' AND rows > 0")
	var names []string
	for _, info := range db.Tables() {
		names = append(names, info.Name)
		got := query(t, db, "SELECT columns FROM sockstat_tables WHERE name = '%s'", info.Name)
		want := query(t, db, "SELECT count(*) FROM pragma_table_xinfo('%s')", info.Name)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %s columns, SQLite has %s", info.Name, got, want)
		}
	}
	if !slices.Equal(described, names) || !slices.Contains(names, "creators") {
		t.Errorf("described are %s, there are %s", described, names)
	}
	listed := query(t, db, "SELECT name FROM pragma_table_list WHERE type = 'virtual' ORDER BY name")
	slices.Sort(names)
	if !slices.Equal(listed, names) {
		t.Errorf("PRAGMA table_list has %s", listed)
	}
}
