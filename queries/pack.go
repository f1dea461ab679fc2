package queries

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
)

// OsqueryPrefix stands before the names of tables and saved queries in osquery, which has a
// processes and a routes of its own.
const OsqueryPrefix = "sockstat_"

// OsqueryTable returns the name of the table that the extension of osquery makes of a query.
func (q Query) OsqueryTable() string {
	return OsqueryPrefix + strings.NewReplacer("-", "_", ".", "_").Replace(q.Name)
}

// packInterval is how often osquery runs a query of the pack, in seconds.
const packInterval = 3600

// pack is a query pack of osquery (osquery.readthedocs.io, deployment/configuration, query packs).
type pack struct {
	Discovery []string             `json:"discovery"`
	Queries   map[string]packQuery `json:"queries"`
}

type packQuery struct {
	Query       string `json:"query"`
	Interval    int    `json:"interval"`
	Description string `json:"description"`
	Snapshot    bool   `json:"snapshot"`
}

// WritePack writes the queries that are built in as a query pack of osquery, for hosts that run
// the extension: a query is a table there. Those with parameters that have to be given are left out.
func (l Library) WritePack(w io.Writer) error {
	all, err := Library{Builtin: l.Builtin}.List()
	if err != nil {
		return err
	}
	p := pack{Discovery: []string{"SELECT 1 FROM osquery_extensions WHERE name = 'sockstat'"}, Queries: map[string]packQuery{}}
	for _, q := range all {
		if !slices.ContainsFunc(q.Params, func(p Param) bool { return !p.HasDefault }) {
			p.Queries[q.Name] = packQuery{"SELECT * FROM " + q.OsqueryTable(), packInterval, q.Doc, true}
		}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(p)
}
