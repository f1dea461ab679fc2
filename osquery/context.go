package main

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// request is what osquery asks of a table: the JSON of its QueryContext.
type request struct {
	constraints map[string][]constraint // by column
	used        map[string]bool         // columns that are read; nil if that is not known
}

// constraint is a condition on a column, with the value as text.
type constraint struct {
	op   operator
	text string
}

// operator is how a column is compared. The numbers are those of SQLite's xBestIndex, which
// osquery passes on.
type operator int

const (
	equals         operator = 2
	greater        operator = 4
	lessOrEqual    operator = 8
	less           operator = 16
	greaterOrEqual operator = 32
	like           operator = 65
	glob           operator = 66
)

// parseRequest reads a context. Osquery writes a list without elements as "", and numbers as
// texts in old versions.
func parseRequest(text string) (request, error) {
	var context struct {
		Constraints []struct {
			Name string
			List json.RawMessage
		}
		ColsUsed *[]string `json:"colsUsed"`
	}
	if err := json.Unmarshal([]byte(text), &context); err != nil {
		return request{}, fmt.Errorf("read the context of the query: %w", err)
	}
	r := request{constraints: map[string][]constraint{}}
	for _, c := range context.Constraints {
		list, err := parseConstraints(c.List)
		if err != nil {
			return request{}, fmt.Errorf("read the constraints on %s: %w", c.Name, err)
		}
		r.constraints[c.Name] = append(r.constraints[c.Name], list...)
	}
	if context.ColsUsed != nil {
		r.used = map[string]bool{}
		for _, name := range *context.ColsUsed {
			r.used[name] = true
		}
	}
	return r, nil
}

// parseConstraints reads the conditions on a column.
func parseConstraints(text json.RawMessage) ([]constraint, error) {
	var none string
	if len(text) == 0 || json.Unmarshal(text, &none) == nil {
		return nil, nil
	}
	var list []struct {
		Op   json.RawMessage
		Expr string
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, err
	}
	var all []constraint
	for _, c := range list {
		op := string(c.Op)
		if unquoted, err := strconv.Unquote(op); err == nil {
			op = unquoted
		}
		n, err := strconv.Atoi(op)
		if err != nil {
			return nil, fmt.Errorf("operator %q", op)
		}
		all = append(all, constraint{operator(n), c.Expr})
	}
	return all, nil
}
