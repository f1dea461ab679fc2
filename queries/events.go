package queries

import (
	_ "embed"
	"errors"
	"strings"
	"sync"
	"text/template"
)

//go:embed events.sql.tmpl
var eventsText string

var eventsTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("events").Parse(eventsText))
})

// EventsSQL returns the query for connections as they come and go, until it is stopped, that
// what narrows the listing narrows as well.
func (l Listing) EventsSQL() (string, error) {
	if len(l.States) > 0 {
		return "", errors.New("an event has no state: that of a connection that has ended is over")
	}
	if l.Unix || len(l.Paths) > 0 {
		return "", errors.New("events are those of TCP: there are none of Unix sockets")
	}
	conditions, err := l.conditions()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = eventsTemplate().Execute(&b, struct {
		Listing
		Conditions []string
	}{l, conditions})
	return b.String(), err
}

// EventWidths returns the least widths of the columns of events.
func (l Listing) EventWidths() []int {
	widths := []int{12, 8, 9, 15, 6, 6, 22, 22, -8, -8, -6}
	if l.ShowZone {
		widths = append(widths[:2:2], append([]int{15}, widths[2:]...)...)
	}
	return widths
}
