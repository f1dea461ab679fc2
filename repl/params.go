package repl

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"sockstat/queries"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// ParamError says that parameters of a statement have no value.
type ParamError struct {
	Names []string // as they stand in the statement
}

func (e *ParamError) Error() string {
	if len(e.Names) == 1 {
		return "parameter " + e.Names[0] + " has no value"
	}
	return "parameters " + strings.Join(e.Names, ", ") + " have no value"
}

// Hint returns what to do about it on the command line.
func (e *ParamError) Hint() string { return "--param " + e.bare() + "=VALUE" }

// bare returns the first name without its prefix.
func (e *ParamError) bare() string { return strings.TrimLeft(e.Names[0], ":@$?") }

// bind gives the parameters of a statement their values.
func bind(st *engine.Stmt, params map[string]table.Value) error {
	for name, v := range params {
		if _, err := st.Bind(name, v); err != nil {
			return err
		}
	}
	unbound := st.Unbound()
	for i, name := range unbound {
		if name == "" {
			unbound[i] = "?"
		}
	}
	if len(unbound) > 0 {
		return &ParamError{unbound}
	}
	return nil
}

// Params returns the parameters to run a saved query with: those that are given, else those of
// them that are set for any statement, else its defaults, each as the type that it is declared
// with. What is given for a parameter that the query does not have is an error.
func Params(q queries.Query, set, given map[string]table.Value) (map[string]table.Value, error) {
	params := map[string]table.Value{}
	for _, p := range q.Params {
		v, ok := given[p.Name]
		if !ok {
			v, ok = set[p.Name]
		}
		if !ok && !p.HasDefault {
			continue
		}
		if !ok {
			v = ParseValue(p.Default)
		}
		v, err := p.Value(v)
		if err != nil {
			return nil, err
		}
		params[p.Name] = v
	}
	used := Variables(q.SQL)
	for _, values := range []map[string]table.Value{set, given} {
		for name, v := range values {
			if _, has := params[name]; !has && slices.Contains(used, name) { // though it is not declared
				params[name] = v
			}
		}
	}
	for name := range given {
		if _, has := params[name]; !has {
			_, err := q.Param(name)
			return nil, err
		}
	}
	return params, nil
}

// Variables returns the names of the parameters in SQL, without what they begin with.
func Variables(sql string) (names []string) {
	for _, t := range tokens(sql) {
		if t.kind == tokenVariable && len(t.text) > 1 && !slices.Contains(names, t.text[1:]) {
			names = append(names, t.text[1:])
		}
	}
	return names
}

// ParseValue reads a value as a user types it: what looks like a number is an INTEGER or a
// REAL, NULL is NULL, and the rest is TEXT, in quotes or not.
func ParseValue(s string) table.Value {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return table.Int(n)
	}
	if strings.Trim(s, "0123456789+-.eE") == "" { // not Go's other spellings
		if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(f, 0) {
			return table.Float(f)
		}
	}
	switch n := len(s); {
	case strings.EqualFold(s, "NULL"):
		return table.Null()
	case n >= 2 && s[0] == '\'' && s[n-1] == '\'':
		return table.String(strings.ReplaceAll(s[1:n-1], "''", "'"))
	}
	return table.String(s)
}
