package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/osquery/osquery-go/gen/osquery"

	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// plugin serves a relation as a table of osquery.
type plugin struct {
	relation
	pool *pool
}

func (p *plugin) Name() string         { return p.name }
func (p *plugin) RegistryName() string { return "table" }
func (p *plugin) Shutdown()            {}

func (p *plugin) Ping() osquery.ExtensionStatus { return osquery.ExtensionStatus{Message: "OK"} }

// Routes describes the columns.
func (p *plugin) Routes() (routes osquery.ExtensionPluginResponse) {
	for _, c := range p.columns {
		routes = append(routes, map[string]string{"id": "column", "name": c.name, "type": c.osqueryType(), "op": c.options()})
	}
	return routes
}

// Call answers osquery: with the columns or with rows.
func (p *plugin) Call(ctx context.Context, call osquery.ExtensionPluginRequest) osquery.ExtensionResponse {
	rows, err := p.call(ctx, call)
	if err != nil {
		return osquery.ExtensionResponse{Status: &osquery.ExtensionStatus{Code: 1, Message: p.name + ": " + err.Error()}}
	}
	return osquery.ExtensionResponse{Status: &osquery.ExtensionStatus{Message: "OK"}, Response: rows}
}

func (p *plugin) call(ctx context.Context, call osquery.ExtensionPluginRequest) (osquery.ExtensionPluginResponse, error) {
	switch action := call["action"]; action {
	case "columns":
		return p.Routes(), nil
	case "generate":
		q, err := parseRequest(call["context"])
		if err != nil {
			return nil, err
		}
		return p.generate(ctx, q)
	default:
		return nil, fmt.Errorf("unknown action %q", action)
	}
}

// generate returns the rows that osquery asks for.
func (p *plugin) generate(ctx context.Context, q request) (rows osquery.ExtensionPluginResponse, err error) {
	err = p.pool.use(func(db *engine.DB) error {
		sql, columns, params, err := p.sql(q)
		if err != nil {
			return err
		}
		rows = osquery.ExtensionPluginResponse{}
		return query(ctx, db, sql, params, func(st *engine.Stmt) {
			row := make(map[string]string, len(columns))
			for i, c := range columns {
				if v := st.Value(i); !v.IsNull() { // what a row lacks is NULL in osquery
					row[c.name] = text(v)
				}
			}
			for _, c := range p.columns {
				if v, ok := params[c.name]; ok && c.param != nil && !v.IsNull() {
					row[c.name] = text(v)
				}
			}
			rows = append(rows, row)
		})
	})
	return rows, err
}

// text returns a value as osquery takes it, which writes it into JSON, with memory of its own.
func text(v table.Value) string { return strings.Clone(strings.ToValidUTF8(v.String(), "\uFFFD")) }

// query runs a statement and calls f for each row.
func query(ctx context.Context, db *engine.DB, sql string, params map[string]table.Value, f func(*engine.Stmt)) (err error) {
	st, _, err := db.Prepare(sql)
	if err != nil {
		return err
	}
	defer func() {
		if closed := st.Close(); err == nil {
			err = closed
		}
	}()
	for name, v := range params {
		if _, err := st.Bind(name, v); err != nil {
			return err
		}
	}
	for {
		more, err := st.Step(ctx)
		if err != nil || !more {
			return err
		}
		f(st)
	}
}
