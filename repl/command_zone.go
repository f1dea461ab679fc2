package repl

import (
	"errors"
	"fmt"

	"sockstat/repl/format"
)

// errNoZones says that there is nothing to choose.
var errNoZones = errors.New("there are no zones to choose from")

// zone chooses the zones whose sockets are read, or says which they are.
func zone(s *Shell, c *call) error {
	if s.Zones == nil {
		return errNoZones
	}
	if len(c.args) == 0 {
		_, err := fmt.Fprintf(c.out, "sockets are read of the zones: %s\n", format.Escape(s.Zones.String()))
		return err
	}
	if s.DB != nil && s.DB.InTransaction() {
		return errors.New("a transaction keeps what it has read: COMMIT or ROLLBACK first")
	}
	words := make([]string, len(c.args))
	for i := range c.args {
		words[i] = c.arg(i)
	}
	return s.Zones.Select(c.ctx, words)
}

// zoneWords completes the names of zones.
func zoneWords(s *Shell, words []string, _ string) []string {
	names := ask(s.DB, "SELECT name FROM zones ORDER BY name")
	if len(words) == 0 {
		names = append([]string{"all", "own"}, names...)
	}
	return names
}
