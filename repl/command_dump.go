package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"sockstat/repl/format"
	"sockstat/vtab/table"
)

// dump prints SQL that makes tables with the rows that they have, all at one moment.
func dump(s *Shell, c *call) (err error) {
	if len(c.args) > 1 {
		return errUsage
	}
	found := append(s.tablesLike(c.args), s.created(c.args)...)
	if len(found) == 0 {
		return format.WithHint(fmt.Errorf("no such table: %s", c.arg(0)), ".tables lists the tables")
	}
	ctx, stop := s.interruptible(c.ctx)
	defer func() {
		if err = first(stop(), err); errors.Is(err, ErrInterrupted) {
			s.interrupted = true
		}
	}()
	if !s.DB.InTransaction() {
		if err := s.quietly(ctx, "BEGIN"); err != nil {
			return err
		}
		defer func() { err = first(err, s.quietly(context.Background(), "COMMIT")) }()
	}
	out := &guarded{ctx: ctx, w: c.out}
	if _, err := io.WriteString(out, "BEGIN TRANSACTION;\n"); err != nil {
		return err
	}
	for _, t := range found {
		if err := s.dumpTable(ctx, out, t); err != nil {
			return err
		}
	}
	_, err = io.WriteString(out, "COMMIT;\n")
	return err
}

// quietly runs a statement that returns nothing.
func (s *Shell) quietly(ctx context.Context, sql string) error {
	return Run(ctx, s.DB, sql, nil, io.Discard, format.Settings{})
}

// dumpTable prints SQL that makes a table.
func (s *Shell) dumpTable(ctx context.Context, w io.Writer, t table.Info) error {
	var names, columns []string
	for _, c := range t.Columns {
		name := format.QuoteName(c.Name)
		names = append(names, name)
		columns = append(columns, strings.TrimSpace(name+" "+string(c.Type)))
	}
	if _, err := fmt.Fprintf(w, "CREATE TABLE %s (%s);\n", format.QuoteName(t.Name), strings.Join(columns, ", ")); err != nil {
		return err
	}
	sql := "SELECT " + strings.Join(names, ", ") + " FROM " + format.QuoteName(t.Name)
	return Run(ctx, s.DB, sql, nil, w, format.Settings{Format: "insert", Table: t.Name})
}

// created returns the tables that were created in this session, with names like a pattern.
func (s *Shell) created(args []argument) (all []table.Info) {
	pattern := "%"
	if len(args) > 0 {
		pattern = args[0].text
	}
	for _, name := range ask(s.DB, "SELECT name FROM sqlite_temp_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE%' AND name LIKE :pattern ORDER BY name", pattern) {
		t := table.Info{Name: name}
		for _, column := range ask(s.DB, "SELECT name FROM pragma_table_info(:name)", name) {
			t.Columns = append(t.Columns, table.ColumnInfo{Name: column})
		}
		all = append(all, t)
	}
	return all
}
