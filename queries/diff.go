package queries

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"text/template"

	"sockstat/mib2"
)

//go:embed diff.sql.tmpl
var diffText string

var diffTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("diff").Parse(diffText))
})

// DiffTable is the temporary table that [Diff] makes.
const DiffTable = "temp.difference"

// DiffSQL returns a statement that compares the tables then_sockets and then_processes with those
// of now, and makes [DiffTable] of what differs: of listeners, with -c of connections too. What
// narrows the listing narrows both sides.
func (l Listing) DiffSQL() (string, error) {
	all := l.Connected
	l.Connected, l.Listening = false, false
	conditions, err := l.conditions()
	if err != nil {
		return "", err
	}
	if l.OnlyUnix() {
		conditions = append(conditions, "proto = "+quote(mib2.Unix.String()))
	}
	if len(l.Zones) > 0 {
		conditions = append(conditions, zonesCondition(l.Zones))
	}
	type side struct{ Name, Prefix string }
	var b strings.Builder
	err = diffTemplate().Execute(&b, struct {
		All        bool
		Conditions []string
		Sides      []side
	}{all, conditions, []side{{"then", "then_"}, {"now", ""}}})
	return b.String(), err
}

// zonesCondition returns the condition that a socket is in one of the zones that items of -z stand
// for, now or then.
func zonesCondition(items []string) string {
	var names, numbers []string
	for _, item := range items {
		names = append(names, quote(item))
		if n, err := strconv.ParseUint(item, 10, 63); err == nil {
			numbers = append(numbers, strconv.FormatUint(n, 10))
		}
	}
	where := fmt.Sprintf("WHERE name IN (%s) OR container IN (%[1]s)", strings.Join(names, ", "))
	more := ""
	if numbers != nil {
		ids := strings.Join(numbers, ", ")
		where += " OR id IN (" + ids + ")"
		more = " UNION SELECT zone FROM processes WHERE pid IN (" + ids + ")"
	}
	return "zone IN (SELECT name FROM zones " + where + " UNION SELECT name FROM then_zones " + where + more + ")"
}

// DiffLines returns a statement for the differences as lines that people read.
const DiffLines = `SELECT printf('%-8s %-5s %-30s ', change, proto,
    coalesce(local_address, '') || coalesce(':' || local_port, iif(proto = 'unix', '', ':*'))
    || coalesce(' > ' || remote_address || ':' || coalesce(remote_port, '*'), ''))
  || coalesce(programs, was) || iif(change = 'changed', ' instead of ' || was, '')
  || iif((SELECT count(DISTINCT zone) FROM temp.difference) > 1, ', zone ' || coalesce(zone, '?'), '') AS difference
FROM temp.difference ORDER BY rowid`
