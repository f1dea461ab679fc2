// Package function has the functions of SQL that SQLite's core lacks: of addresses, ports and
// amounts, regular expressions and percentiles. They are functions of values and know no
// SQLite, so that every SQLite engine has the same.
package function

import (
	"fmt"

	"sockstat/vtab/table"
)

// Function is a function of SQL. The same arguments always give the same value, and no
// argument makes it do anything else.
type Function struct {
	Name string
	Args int // how many it takes
	// Usage shows the arguments by name.
	Usage string
	Doc   string // one line, without a full stop

	// Call returns the value of a scalar function. It is nil for an aggregate function.
	Call func(args []table.Value) (table.Value, error)
	// Start returns an aggregate function over no rows. It is nil for a scalar function.
	Start func() Aggregate
}

// Aggregate is an aggregate function over the rows of a group or of a window.
type Aggregate interface {
	// Step adds a row. The arguments are valid until it returns.
	Step(args []table.Value) error
	// Inverse takes a row away that was added, as windows move.
	Inverse(args []table.Value)
	// Value returns the value for the rows that are there.
	Value() (table.Value, error)
}

// All returns all functions by name.
func All() []Function {
	return []Function{
		{Name: "cidr", Args: 2, Usage: "cidr(network, address)", Call: cidr,
			Doc: "1 if the address lies in the network, as 10.0.0.0/8 or fe80::/10, else 0; NULL if one of them is no address"},
		{Name: "human", Args: 1, Usage: "human(bytes)", Call: human,
			Doc: "A number of bytes for people: 1536 is 1.5 KiB"},
		{Name: "ip", Args: 1, Usage: "ip(address)", Call: ip,
			Doc: "A text to sort addresses by their numbers, IPv4 before IPv6; NULL for what is no address"},
		{Name: "median", Args: 1, Usage: "median(x)", Start: percentileOf(0, true),
			Doc: "The number in the middle, between two of them the mean"},
		{Name: "network", Args: 2, Usage: "network(address, bits)", Call: network,
			Doc: "The network of so many bits that the address lies in, as 10.0.0.0/8; NULL if there is no such"},
		{Name: "percentile", Args: 2, Usage: "percentile(x, p)", Start: percentileOf(100, true),
			Doc: "The number that p percent of all are not above, interpolated; p is from 0 to 100"},
		{Name: "percentile_cont", Args: 2, Usage: "percentile_cont(x, p)", Start: percentileOf(1, true),
			Doc: "The same with p from 0 to 1"},
		{Name: "percentile_disc", Args: 2, Usage: "percentile_disc(x, p)", Start: percentileOf(1, false),
			Doc: "The same with p from 0 to 1, never interpolated"},
		{Name: "regexp", Args: 2, Usage: "text REGEXP pattern", Call: matches,
			Doc: "1 if the pattern matches a part of the text, else 0; the syntax is that of RE2"},
		{Name: "service", Args: 2, Usage: "service(port, proto)", Call: service,
			Doc: "Name of the service on a port of a protocol, such as tcp, from /etc/services; NULL if it has none"},
	}
}

// Guarded calls f, a method or function of the named function, and returns a panic as an
// error: one that went through SQLite would leave the connection in pieces.
func Guarded(name string, f func() (table.Value, error)) (v table.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			v, err = table.Null(), fmt.Errorf("panic: %v", p)
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
	}()
	return f()
}
