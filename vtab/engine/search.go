package engine

import (
	"iter"
	"slices"

	"sockstat/vtab/table"
)

// argument is the value of an argument of a scan, or the values of a list. They are valid
// until the scan has started.
type argument struct {
	value table.Value
	list  iter.Seq[table.Value] // nil for a value
}

// search is what a scan looks for: its conditions with their values.
type search struct {
	fixed  []check // hold in every scan by the same plan
	equal  []check // equalities with values that vary, by which rows are looked up
	ranges []check // of values that vary, and inequalities with such
	lists  []list
	none   bool // no row passes
}

// list is a column and the values after IN.
type list struct {
	column int
	typ    table.Type
	text   form
	values iter.Seq[table.Value]
}

// set makes a search of the arguments of a plan.
func (s *search) set(args []planArg, values []argument) {
	*s = search{fixed: s.fixed[:0], equal: s.equal[:0], ranges: s.ranges[:0], lists: s.lists[:0]}
	for i := range args {
		s.add(&args[i], values[i])
	}
}

// add adds a condition.
func (s *search) add(a *planArg, arg argument) {
	switch {
	case a.given:
	case a.op == table.OpIsNull, a.op == table.OpNotNull:
		s.fixed = append(s.fixed, check{column: a.column, op: a.op})
	case arg.list != nil:
		s.lists = append(s.lists, list{a.column, a.typ, a.text, arg.list})
	case arg.value.IsNull() && a.is:
		s.put(a, natural(a.typ, a.text), arg.value)
	case arg.value.IsNull():
		s.none = true // no comparison with NULL is true
	default:
		s.compare(a, arg.value)
	}
}

// natural returns the form in which the values of a column are compared with their like.
func natural(typ table.Type, text form) form {
	if typ == table.Text {
		return text
	}
	return asNumber
}

// compare adds a comparison with a value that is not NULL.
func (s *search) compare(a *planArg, v table.Value) {
	f, v, m := operand(a.typ, a.text, v)
	switch {
	case m == comparable && (a.op == table.OpEq || f != asNumberInText):
		s.put(a, f, v)
	case m == below && (a.op == table.OpLt || a.op == table.OpLe || a.op == table.OpNe):
		s.fixed = append(s.fixed, check{column: a.column, op: table.OpNotNull})
	case m == below:
		s.none = true
	}
}

// put adds a comparison in a form.
func (s *search) put(a *planArg, f form, v table.Value) {
	k := check{a.column, a.op, f, v}
	switch {
	case a.noted:
		s.fixed = append(s.fixed, k)
	case a.op == table.OpEq:
		s.equal = append(s.equal, k)
	default:
		s.ranges = append(s.ranges, k)
	}
}

// selects reports whether there is anything to pass.
func (s *search) selects() bool {
	return len(s.fixed)+len(s.equal)+len(s.ranges)+len(s.lists) > 0
}

// checks appends all conditions but lists.
func (s *search) checks(dst []check) []check {
	return appendChecks(appendChecks(appendChecks(dst, s.fixed), s.equal), s.ranges)
}

// appendChecks appends conditions whose values stay valid after the scan has started.
func appendChecks(dst, some []check) []check {
	for _, k := range some {
		k.value = k.value.Clone()
		dst = append(dst, k)
	}
	return dst
}

// sortKey returns the column whose values are to be sorted to find those in ranges: the one
// with most of them, which come first then. It is nil if no range is known.
func (s *search) sortKey() (by *key, ranges int) {
	if len(s.ranges) == 0 {
		return nil, 0
	}
	by = new(key)
	for i := range s.ranges {
		if k, n := s.ranges[i].key(), s.rangesOn(s.ranges[i].key()); n > ranges {
			*by, ranges = k, n
		}
	}
	if ranges == 0 {
		return nil, 0
	}
	if ranges < len(s.ranges) {
		slices.SortStableFunc(s.ranges, func(a, b check) int { return a.other(*by) - b.other(*by) })
	}
	return by, ranges
}

// rangesOn counts the ranges that a column sorted in a form can answer.
func (s *search) rangesOn(by key) (n int) {
	for _, r := range s.ranges {
		n += 1 - r.other(by)
	}
	return n
}

// listed appends to the keys of an index the columns of lists that are short enough to look
// up each of their values, and returns all combinations of these.
func (s *search) listed(keys []key, most int) ([]key, [][]table.Value) {
	all := [][]table.Value{nil}
	for _, l := range s.lists {
		f, values, ok := l.few(most / max(1, len(all)))
		if !ok {
			continue
		}
		keys = append(keys, key{l.column, f})
		var more [][]table.Value
		for _, have := range all {
			for _, v := range values {
				more = append(more, append(slices.Clip(have), v))
			}
		}
		all = more
	}
	return keys, all
}

// few returns the values of a list that a column may equal, and the form to look them up in.
// It is not ok if they are too many or cannot be looked up in one form.
func (l *list) few(most int) (f form, values []table.Value, ok bool) {
	n := 0
	for v := range l.values {
		if n++; n > most {
			return 0, nil, false
		}
		if v.IsNull() {
			continue // equals nothing
		}
		g, v, m := operand(l.typ, l.text, v)
		switch {
		case m == below:
			continue
		case m == uncertain, len(values) > 0 && g != f:
			return 0, nil, false
		}
		f, values = g, append(values, v.Clone())
	}
	return f, values, true
}

// unique returns numbers of groups without repetition, and without those of none.
func unique(numbers []int32) []int32 {
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	if len(numbers) > 0 && numbers[0] < 0 {
		return numbers[1:]
	}
	return numbers
}
