package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sockstat/queries"
	"sockstat/repl"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

const prefix = queries.OsqueryPrefix

// plugins returns all tables and saved queries as tables of osquery.
func plugins(p *pool, library queries.Library) (list []*plugin, err error) {
	err = p.use(func(db *engine.DB) error {
		for _, t := range db.Tables() {
			list = append(list, &plugin{tableRelation(t), p})
		}
		saved, listErr := library.List()
		for _, q := range saved {
			r, ok, err := savedRelation(db, q)
			if err != nil {
				return fmt.Errorf("saved query %s: %w", q.Name, err)
			}
			if ok && !slices.ContainsFunc(list, func(o *plugin) bool { return o.name == r.name }) {
				list = append(list, &plugin{r, p})
			}
		}
		return listErr
	})
	return list, err
}

// tableRelation returns what a table is in osquery.
func tableRelation(t table.Info) relation {
	r := relation{name: prefix + strings.TrimPrefix(t.Name, prefix), from: t.Name}
	for _, c := range t.Columns {
		r.columns = append(r.columns, column{name: c.Name, typ: c.Type, quick: c.Pushed, quiet: c.Hidden || c.Argument})
	}
	return r
}

// savedRelation returns what a saved query is in osquery. Those of several statements are none.
func savedRelation(db *engine.DB, q queries.Query) (r relation, ok bool, err error) {
	r = relation{name: q.OsqueryTable()}
	st, rest, err := db.Prepare(q.SQL)
	if err != nil || st == nil {
		return r, false, err
	}
	sql := strings.TrimRight(st.SQL(), "; \n")
	if err := st.Close(); err != nil {
		return r, false, err
	}
	if next, _, err := db.Prepare(rest); err != nil || next != nil {
		if next != nil {
			next.Close()
		}
		return r, false, err
	}
	r.from = "(\n" + sql + "\n)"
	params, err := repl.Params(q, nil, nil)
	if err != nil {
		return r, false, err
	}
	for i, p := range q.Params {
		v := params[p.Name] // NULL without a default
		params[p.Name] = v
		r.columns = append(r.columns, column{name: p.Name, typ: typeOf(v), quiet: true, param: &q.Params[i], value: v})
	}
	columns, err := resultColumns(db, r.from, params)
	r.columns = append(columns, r.columns...)
	return r, err == nil, err
}

// typeOf returns the type that has a value.
func typeOf(v table.Value) table.Type {
	switch v.Kind() {
	case table.KindInteger:
		return table.Integer
	case table.KindReal:
		return table.Real
	}
	return table.Text
}

// resultColumns returns the columns of a query. What their types are SQLite says of a table that
// is made of it.
func resultColumns(db *engine.DB, from string, params map[string]table.Value) (columns []column, err error) {
	ctx := context.Background()
	if err := query(ctx, db, "CREATE TEMP TABLE result AS SELECT * FROM "+from+" LIMIT 0", params, nil); err != nil {
		return nil, err
	}
	err = query(ctx, db, "PRAGMA table_info(result)", nil, func(st *engine.Stmt) {
		c := column{name: text(st.Value(1)), typ: table.Text}
		switch st.Value(2).String() {
		case "INT", "INTEGER":
			c.typ = table.Integer
		case "REAL", "NUM":
			c.typ = table.Real
		}
		columns = append(columns, c)
	})
	if err != nil {
		return nil, err
	}
	return columns, query(ctx, db, "DROP TABLE result", nil, nil)
}
