package linux

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Count returns the number of sockets of the namespace, as /proc/net/sockstat has it
// (sockstat_seq_show of net/ipv4/proc.c): of all families, without TIME_WAIT and what is the
// kernel's own.
func (t Tables) Count(ctx context.Context) (int, error) {
	opened, _, err := t.prepare(ctx)
	if err != nil {
		return 0, err
	}
	content, err := opened.readProcNet("sockstat")
	if err != nil {
		return 0, err
	}
	return parseSocketsUsed(content)
}

// parseSocketsUsed returns the number in the line "sockets: used N".
func parseSocketsUsed(file string) (int, error) {
	for line := range strings.Lines(file) {
		if number, ok := strings.CutPrefix(line, "sockets: used "); ok {
			return strconv.Atoi(strings.TrimSpace(number))
		}
	}
	return 0, fmt.Errorf("sockstat has no number of sockets: %.100q", file)
}
