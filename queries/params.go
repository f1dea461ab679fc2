package queries

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"sockstat/internal/similar"
	"sockstat/vtab/function"
	"sockstat/vtab/table"
)

// Param is a parameter of a saved query.
type Param struct {
	Name       string     // without the colon
	Type       table.Type // "" if any value will do
	Range      string     // of numbers: 0..65535, 1.. or ..100; "" if any will do
	Doc        string
	Default    string
	HasDefault bool
}

// ports is the range of a parameter that is a port, which may be given as the name of a service.
const ports = "0..65535"

// paramForm is how a parameter is declared: its name, and perhaps type, range, default and what it
// is.
var paramForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^:(\w+)(?:\s+(INTEGER|REAL|TEXT)(?:\s+(-?[\d.]*\.\.-?[\d.]*))?)?(?:\s+=\s+(\S+))?(?:\s+(.*))?$`)
})

// parseParam reads the declaration of a parameter.
func parseParam(line string) (p Param, ok bool) {
	m := paramForm().FindStringSubmatch(line)
	if m == nil {
		return p, false
	}
	return Param{Name: m[1], Type: table.Type(m[2]), Range: m[3], Default: m[4], HasDefault: m[4] != "", Doc: m[5]}, true
}

// Declaration returns the parameter as it is declared, without what it is.
func (p Param) Declaration() string {
	s := ":" + p.Name
	for _, part := range []string{string(p.Type), p.Range} {
		if part != "" {
			s += " " + part
		}
	}
	if p.HasDefault {
		s += " = " + p.Default
	}
	return s
}

// Value returns the value of the parameter's type that a value stands for: a text that looks like
// a number is one where a number is wanted, and the name of a service where a port is.
func (p Param) Value(v table.Value) (table.Value, error) {
	switch p.Type {
	case table.Text:
		if v.Kind() == table.KindNull || v.Kind() == table.KindText {
			return v, nil
		}
		return table.String(v.String()), nil
	case table.Integer:
		n, ok := v.Integer()
		if named := function.Ports(v.String()); !ok && p.Range == ports && named != nil {
			n, ok = int64(named[0]), true
		}
		if !ok {
			return v, p.wrong(v, "not an integer")
		}
		return table.Int(n), p.inRange(v, float64(n))
	case table.Real:
		f, err := strconv.ParseFloat(v.String(), 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return v, p.wrong(v, "not a number")
		}
		return table.Float(f), p.inRange(v, f)
	}
	return v, nil
}

// inRange returns an error for a number that is not in the range.
func (p Param) inRange(v table.Value, n float64) error {
	first, last, _ := strings.Cut(p.Range, "..")
	lo, errLo := strconv.ParseFloat(first, 64)
	hi, errHi := strconv.ParseFloat(last, 64)
	switch below, above := errLo == nil && n < lo, errHi == nil && n > hi; {
	case (below || above) && errLo == nil && errHi == nil:
		return p.wrong(v, "not from "+first+" to "+last)
	case below:
		return p.wrong(v, "less than "+first)
	case above:
		return p.wrong(v, "more than "+last)
	}
	return nil
}

// wrong returns the error of a value.
func (p Param) wrong(v table.Value, why string) error {
	err := fmt.Errorf("parameter %s: %q: %s", p.Name, v.String(), why)
	hint := ""
	if p.Range == ports && v.Kind() == table.KindText {
		hint = similar.Hint(v.String(), function.ServiceNames())
	}
	return hinted(err, cmp.Or(hint, strings.TrimSpace(p.Declaration()+"  "+p.Doc)))
}

// Param returns the parameter of a name. The error for one that the query does not have says
// which there are.
func (q Query) Param(name string) (Param, error) {
	var names []string
	for _, p := range q.Params {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	err := fmt.Errorf("query %s has no parameter %q", q.Name, name)
	switch hint := similar.Hint(name, names); {
	case hint != "":
		return Param{}, hinted(err, hint)
	case names == nil:
		return Param{}, hinted(err, "it has none")
	}
	slices.Sort(names)
	return Param{}, hinted(err, "it has "+strings.Join(names, ", "))
}
