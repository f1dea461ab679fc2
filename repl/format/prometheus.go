package format

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"sockstat/vtab/table"
)

var prometheusFormat = Format{
	Name: "prometheus", Doc: "metrics in Prometheus's text format, from columns name, labels (a JSON object), value, and optional help, type",
	Needs:  []string{"name", "labels", "value"},
	refuse: refuseMetrics,
	encode: encodePrometheus,
}

// refuseMetrics returns why columns are not those of metrics: one that is neither shown nor
// needed would be dropped in silence.
func refuseMetrics(columns []string) error {
	return onlyColumns(columns, "name", "labels", "value", "help", "type")
}

// onlyColumns returns an error if there are other columns, or one of them twice.
func onlyColumns(columns []string, known ...string) error {
	seen := map[string]bool{}
	for _, c := range columns {
		name := strings.ToLower(c)
		switch {
		case !slices.Contains(known, name):
			return WithHint(fmt.Errorf("it has no place for the column %s", Escape(c)), "its columns are "+strings.Join(known, " "))
		case seen[name]:
			return fmt.Errorf("the result has the column %s twice", name)
		}
		seen[name] = true
	}
	return nil
}

// family is the metrics of one name.
type family struct {
	name, help, kind string
	series           []string // with their values
}

// metrics are families in the order in which they came.
type metrics struct {
	families []*family
	byName   map[string]*family
	seen     map[string]bool // series, with sorted labels
	rows     int
}

// encodePrometheus prints the text-based exposition format of Prometheus, version 0.0.4, as the
// textfile collector of node_exporter reads it: for each metric its help and type once, followed by
// all its series. One series twice is an error, as it is there. A value that is NULL is not known, and
// its series is left out.
func encodePrometheus(o *output, r Result, s *Settings) error {
	m := metrics{byName: map[string]*family{}, seen: map[string]bool{}}
	columns := r.Columns()
	at := func(name string) int { return column(columns, name) }
	name, labels, value, help, kind := at("name"), at("labels"), at("value"), at("help"), at("type")
	optional := func(i int) string {
		if i < 0 {
			return ""
		}
		return r.Value(i).String()
	}
	for {
		more, err := r.Next()
		if err != nil {
			return err
		}
		if !more {
			return m.print(o)
		}
		if m.rows == maxItems {
			return tooMany("prometheus")
		}
		if err := m.add(r.Value(name).String(), optional(help), optional(kind), r.Value(labels), r.Value(value)); err != nil {
			return fmt.Errorf("format prometheus: row %d: %w", m.rows, err)
		}
	}
}

// add adds a row.
func (m *metrics) add(name, help, kind string, labels, value table.Value) error {
	m.rows++
	f, err := m.family(name, help, kind)
	if err != nil {
		return err
	}
	pairs, err := labelPairs(labels)
	if err != nil {
		return err
	}
	series := f.name
	if len(pairs) > 0 {
		series += "{" + strings.Join(pairs, ",") + "}"
	}
	if m.seen[series] {
		return WithHint(fmt.Errorf("series %s is there twice", series), "aggregate them: GROUP BY")
	}
	m.seen[series] = true
	if value.IsNull() {
		return nil
	}
	number, err := metricValue(value)
	if err != nil {
		return fmt.Errorf("value of %s: %w", series, err)
	}
	f.series = append(f.series, series+" "+number+"\n")
	return nil
}

// family returns that of a name. Every row may say its help and type, but no two different ones.
func (m *metrics) family(name, help, kind string) (*family, error) {
	if !metricName(name, true) {
		return nil, fmt.Errorf("%q is no name of a metric: it has letters, digits, colons and _ alone", Escape(name))
	}
	f := m.byName[name]
	if f == nil {
		f = &family{name: strings.Clone(name)}
		m.byName[f.name] = f
		m.families = append(m.families, f)
	}
	switch kind {
	case "", "gauge", "counter", "untyped":
	default:
		return nil, fmt.Errorf("%q is no type of a metric here: gauge, counter or untyped", Escape(kind))
	}
	for _, said := range []struct {
		what, now string
		before    *string
	}{{"type", kind, &f.kind}, {"help", help, &f.help}} {
		if *said.before != "" && said.now != "" && *said.before != said.now {
			return nil, fmt.Errorf("metric %s has two different texts of %s", name, said.what)
		}
		if *said.before == "" {
			*said.before = strings.Clone(said.now)
		}
	}
	return f, nil
}

// metricName reports whether a text is the name of a metric, or else of a label.
func metricName(s string, metric bool) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || metric && c == ':'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// labelPairs reads labels, a JSON object or nothing, and returns them sorted by name, each as name="value". A
// label that is null or empty is one that is not there.
func labelPairs(v table.Value) ([]string, error) {
	if v.String() == "" {
		return nil, nil
	}
	d := json.NewDecoder(strings.NewReader(disguise(v.String())))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, notLabels(v)
	}
	var pairs []string
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, notLabels(v)
		}
		value, err := d.Token()
		if _, nested := value.(json.Delim); nested || err != nil {
			return nil, notLabels(v)
		}
		label := name.(string)
		if !metricName(label, false) || strings.HasPrefix(label, "__") {
			return nil, fmt.Errorf("%q is no name of a label: it has letters, digits and _ alone, and no two of these first", Escape(label))
		}
		if text := labelText(value); text != "" {
			pairs = append(pairs, label+`="`+text+`"`)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, notLabels(v)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, notLabels(v)
	}
	slices.Sort(pairs)
	for i, p := range pairs[min(1, len(pairs)):] {
		label, _, _ := strings.Cut(p, "=")
		if strings.HasPrefix(pairs[i], label+"=") {
			return nil, fmt.Errorf("label %s is there twice", label)
		}
	}
	return pairs, nil
}

func notLabels(v table.Value) error {
	text := begin([]byte(Escape(v.String())), 60)
	return WithHint(fmt.Errorf("labels %s: no JSON object of texts and numbers", text), "json_object('state', state) makes one")
}

// labelText returns the value of a label as it is written between quotes.
func labelText(token json.Token) string {
	switch v := token.(type) {
	case string:
		return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(valid(reveal(v)))
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// strange is the first of 256 characters for private use that stand for bytes while JSON is decoded: the
// decoder would make one character of all that is not UTF-8, and one series of two processes.
const strange = 0x10ff00

// disguise returns a text with such characters in the place of bytes that are not UTF-8, and of
// those characters themselves.
func disguise(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0xf4) < 0 {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		if size > 1 && r < strange || r < utf8.RuneSelf {
			b.WriteRune(r)
			continue
		}
		for _, c := range []byte(s[i : i+size]) {
			b.WriteRune(strange + rune(c))
		}
	}
	return b.String()
}

// reveal undoes disguise.
func reveal(s string) string {
	if strings.IndexByte(s, 0xf4) < 0 { // which all of them begin with
		return s
	}
	var b []byte
	for _, r := range s {
		if r >= strange {
			b = append(b, byte(r-strange))
		} else {
			b = utf8.AppendRune(b, r)
		}
	}
	return string(b)
}

// metricValue returns a value as it is written: a number, or a text that is one.
func metricValue(v table.Value) (string, error) {
	switch v.Kind() {
	case table.KindInteger:
		return v.String(), nil
	case table.KindReal:
		switch f := v.Float(); {
		case math.IsInf(f, 1):
			return "+Inf", nil
		case math.IsInf(f, -1):
			return "-Inf", nil
		default:
			return strconv.FormatFloat(f, 'g', -1, 64), nil
		}
	}
	return "", fmt.Errorf("%q is no number", begin([]byte(Escape(v.String())), 60))
}

// print prints all families that have a series.
func (m *metrics) print(o *output) error {
	for _, f := range m.families {
		if len(f.series) == 0 {
			continue
		}
		if f.help != "" {
			o.buf = append(o.buf, "# HELP "+f.name+" "+strings.ReplaceAll(Escape(f.help), `\`, `\\`)+"\n"...)
		}
		if f.kind != "" {
			o.buf = append(o.buf, "# TYPE "+f.name+" "+f.kind+"\n"...)
		}
		for _, line := range f.series {
			o.buf = append(o.buf, line...)
			if err := o.endRow(); err != nil {
				return err
			}
		}
	}
	return nil
}
