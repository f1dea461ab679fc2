package queries

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"sockstat/internal/similar"
	"sockstat/vtab/function"
)

// parsePorts reads ports, ranges of ports and names of services: 22, 8000-8099, https.
func parsePorts(list []string) (ranges []portRange, err error) {
	for _, item := range list {
		if item == "" { // as in 22,,80
			continue
		}
		if named := function.Ports(item); named != nil {
			ranges = append(ranges, portRanges(named)...)
			continue
		}
		r, err := parseRange(item)
		if err != nil {
			return nil, err
		}
		ranges = append(ranges, r)
	}
	if len(ranges) == 0 {
		return nil, errors.New("no port: some as 22,8000-8099")
	}
	return ranges, nil
}

// parseRange reads a port or a range of ports.
func parseRange(text string) (r portRange, err error) {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	lo, errLo := strconv.ParseUint(first, 10, 16)
	hi, errHi := strconv.ParseUint(last, 10, 16)
	switch {
	case errLo != nil && strings.Trim(text, "0123456789") == "":
		return r, hinted(fmt.Errorf("port %q: ports end at 65535", text), "a process is --pid "+text)
	case errLo != nil || errHi != nil:
		err := fmt.Errorf("port %q: neither a port nor a range of ports, nor a service of /etc/services", text)
		return r, hinted(err, similar.Hint(text, function.ServiceNames()))
	case lo > hi:
		return r, fmt.Errorf("ports %q: the range is backwards", text)
	}
	return portRange{uint16(lo), uint16(hi)}, nil
}

// portConditions returns conditions, of which one has to hold, for ports on either end.
func portConditions(list []string) ([]string, error) {
	ranges, err := parsePorts(list)
	if err != nil {
		return nil, err
	}
	return onEitherEnd(ranges), nil
}

// onEitherEnd returns conditions, of which one has to hold, for ports on either end.
func onEitherEnd(ranges []portRange) (conditions []string) {
	var single []string
	for _, r := range ranges {
		if r.first == r.last {
			single = append(single, strconv.Itoa(int(r.first)))
			continue
		}
		for _, column := range []string{"local_port", "remote_port"} {
			conditions = append(conditions, fmt.Sprintf("%s BETWEEN %d AND %d", column, r.first, r.last))
		}
	}
	if len(single) == 1 {
		return append(conditions, "local_port = "+single[0], "remote_port = "+single[0])
	}
	if len(single) > 0 {
		all := strings.Join(single, ", ")
		conditions = append(conditions, "local_port IN ("+all+")", "remote_port IN ("+all+")")
	}
	return conditions
}
