package queries

import (
	_ "embed"
	"strings"
	"sync"
	"text/template"
)

//go:embed diff.sql.tmpl
var diffText string

var diffTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("diff").Parse(diffText))
})

// DiffTable is the temporary table that [Diff] makes.
const DiffTable = "temp.difference"

// Diff returns a statement that compares the tables then_sockets and then_processes with those
// of now, and makes [DiffTable] of what differs: of listeners, or of connections too.
func Diff(all bool) (string, error) {
	type side struct{ Name, Prefix string }
	var b strings.Builder
	err := diffTemplate().Execute(&b, struct {
		All   bool
		Sides []side
	}{all, []side{{"then", "then_"}, {"now", ""}}})
	return b.String(), err
}

// DiffLines returns a statement for the differences as lines that people read.
const DiffLines = `SELECT printf('%-8s %-5s %-30s ', change, proto,
    coalesce(local_address, '') || coalesce(':' || local_port, iif(proto = 'unix', '', ':*'))
    || coalesce(' > ' || remote_address || ':' || coalesce(remote_port, '*'), ''))
  || coalesce(programs, was) || iif(change = 'changed', ' instead of ' || was, '')
  || iif((SELECT count(DISTINCT zone) FROM temp.difference) > 1, ', zone ' || coalesce(zone, '?'), '') AS difference
FROM temp.difference ORDER BY rowid`
