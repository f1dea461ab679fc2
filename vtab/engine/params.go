package engine

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"sockstat/vtab/table"
)

// Params returns the names of the parameters as they stand in the text, with their
// prefix, "" for a "?".
func (s *Stmt) Params() []string { return s.stmt.params() }

// Unbound returns the names of the parameters without a value.
func (s *Stmt) Unbound() []string {
	var names []string
	for i, name := range s.Params() {
		if !s.bound[i] {
			names = append(names, name)
		}
	}
	return names
}

// Bind gives a value to the parameter of that name, with or without its prefix, and
// reports whether there is such a parameter. It has to come before the first Step.
func (s *Stmt) Bind(name string, v table.Value) (bool, error) {
	found := false
	for i, p := range s.stmt.params() {
		if p == "" || p != name && p[1:] != name {
			continue
		}
		if err := s.stmt.bind(i, v); err != nil {
			return true, fmt.Errorf("bind %s: %w", p, explained(err))
		}
		s.values[i], s.bound[i], found = v, true, true
	}
	return found, nil
}

// expanded returns the SQL with literals for the parameters. SQLite finds their places, but
// is not to write the values: after a minus sign it makes a comment of a negative number,
// and it rounds.
func (s *Stmt) expanded() (string, error) {
	mark := "parameter"
	for strings.Contains(s.sql, mark) {
		mark += "_"
	}
	var marks []string
	for i, v := range s.values {
		name := mark + strconv.Itoa(i)
		if err := s.stmt.bind(i, table.String(name)); err != nil {
			return "", err
		}
		marks = append(marks, "'"+name+"'", " "+literal(v, i)+" ")
	}
	return strings.NewReplacer(marks...).Replace(s.stmt.expanded()), nil
}

// literal returns the value of a parameter as SQL: the parameter itself, by its number, if
// it has none.
//
// An integer is more than a literal, which in GROUP BY and ORDER BY would be the number of a
// column. SQLite does not take a cast for that, yet has its value when it plans a statement;
// and the plus sign takes off the affinity that a cast has and a parameter has not.
func literal(v table.Value, parameter int) string {
	switch v.Kind() {
	case table.KindInteger:
		return "+CAST(" + strconv.FormatInt(v.Int(), 10) + " AS INTEGER)"
	case table.KindReal:
		return strings.Replace(strconv.FormatFloat(v.Float(), 'e', -1, 64), "Inf", "9e999", 1)
	case table.KindText:
		if strings.Contains(v.Bytes(), "\x00") {
			return "?" + strconv.Itoa(parameter+1)
		}
		return "'" + strings.ReplaceAll(v.Bytes(), "'", "''") + "'"
	case table.KindBlob:
		return "x'" + hex.EncodeToString([]byte(v.Bytes())) + "'"
	}
	return "NULL"
}
