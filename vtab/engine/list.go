package engine

import (
	"errors"
	"fmt"
	"strings"
)

// lists are the names under which statements ask for the tables of a database.
var lists = []string{"table_list", "sqlite_schema", "sqlite_master"}

// list creates the tables, for a statement that asks which there are. They can be used without
// that, but SQLite lists only what was created, and to do it at once would take longer than
// all else that it takes to open a database.
func (db *DB) list(sql string) (err error) {
	sql = strings.ToLower(sql)
	asks := false
	for _, name := range lists {
		asks = asks || strings.Contains(sql, name)
	}
	if !asks {
		return nil
	}
	if err := db.conn.authorize(func(deed) bool { return true }); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.conn.authorize(authorized)) }()
	for _, t := range db.tables {
		name := t.name
		if !db.listed { // a module that is not eponymous has to have a name of its own
			if err := db.conn.table(name+"_rows", t, false); err != nil {
				return fmt.Errorf("register table %s: %w", name, err)
			}
		}
		if err := execute(db.conn, fmt.Sprintf("CREATE VIRTUAL TABLE IF NOT EXISTS main.%s USING %[1]s_rows", name)); err != nil {
			return fmt.Errorf("create table %s: %w", name, err)
		}
	}
	db.listed = true
	return nil
}
