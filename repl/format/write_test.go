package format

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"sockstat/vtab/table"
)

// edges is a format for particular results, as one of a graph would be.
var edges = Format{
	Name:  "edges",
	Needs: []string{"source", "target"},
	refuse: func(columns []string) error {
		if len(columns) > 3 {
			return errors.New("one column beside the ends of an edge is enough")
		}
		return nil
	},
	encode: func(o *output, r Result, s *Settings) error {
		source, target := column(r.Columns(), "source"), column(r.Columns(), "target")
		return eachRow(o, r, func() {
			o.buf = append(o.buf, r.Value(source).String()+" -> "+r.Value(target).String()+"\n"...)
		})
	},
}

// untouched is a Result whose rows nobody may ask for.
type untouched struct {
	*fake
	t *testing.T
}

func (u untouched) Next() (bool, error) {
	u.t.Error("a refused result was read")
	return false, nil
}

// A format refuses what it cannot show before it reads or prints anything.
func TestRefuse(t *testing.T) {
	for columns, want := range map[string]string{
		"source weight":              "sockstat: format edges: the result has no column target\nsockstat: hint: edges needs the columns source target\n",
		"a":                          "sockstat: format edges: the result has no column source\nsockstat: hint: edges needs the columns source target\n",
		"source target weight color": "sockstat: format edges: one column beside the ends of an edge is enough\n",
	} {
		var out, said bytes.Buffer
		err := edges.write(&out, untouched{&fake{columns: strings.Fields(columns)}, t}, Settings{Headers: true})
		if err == nil || out.Len() > 0 {
			t.Errorf("%s: printed %q, error %v", columns, out.String(), err)
			continue
		}
		if PrintError(&said, err); said.String() != want {
			t.Errorf("%s: said %q, want %q", columns, said.String(), want)
		}
	}
}

// What it can show it prints, wherever the columns are and in whatever case.
func TestNeeds(t *testing.T) {
	r := &fake{columns: []string{"Target", "n", "source"}, rows: [][]table.Value{{table.String("b"), table.Null(), table.String("a")}}}
	var out bytes.Buffer
	if err := edges.write(&out, r, Settings{}); err != nil || out.String() != "a -> b\n" {
		t.Errorf("printed %q, error %v", out.String(), err)
	}
}

// A setting changes what a format prints if, and only if, the format says that it has it.
func TestOptions(t *testing.T) {
	print := func(f Format, s Settings) string {
		var out bytes.Buffer
		if err := f.write(&out, sample(f.Name), s); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	for _, f := range Formats() {
		for _, test := range []struct {
			option Options
			change func(*Settings)
		}{
			{Headers, func(s *Settings) { s.Headers = false }},
			{NullValue, func(s *Settings) { s.NullValue = "unknown" }},
			{Widths, func(s *Settings) { s.Widths = []int{99, -99} }},
			{Fit, func(s *Settings) { s.Fit = true }},
			{Separator, func(s *Settings) { s.Separator = "::" }},
		} {
			s := Settings{Headers: true, Widths: []int{30}}
			before := print(f, s)
			test.change(&s)
			if changed, has := print(f, s) != before, f.Options&test.option != 0; changed != has {
				t.Errorf("%s: option %b is declared %v, changes what is printed %v", f.Name, test.option, has, changed)
			}
		}
	}
}

// All formats have a name of their own and say what they are.
func TestFormats(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Formats() {
		if f.Name == "" || f.Doc == "" || seen[f.Name] {
			t.Errorf("format %q: %q, or named twice", f.Name, f.Doc)
		}
		seen[f.Name] = true
		if found, err := Find(f.Name); err != nil || found.Name != f.Name {
			t.Errorf("%s: found %q, %v", f.Name, found.Name, err)
		}
	}
	if f, err := Find(""); err != nil || f.Name != "table" {
		t.Errorf("the default is %q, %v", f.Name, err)
	}
}

// An error is one line and its hint another, whoever wrote their texts.
func TestPrintError(t *testing.T) {
	inner := WithHint(errors.New("broken\n\x1b"), "mend\nit")
	for _, test := range []struct {
		err  error
		want string
	}{
		{errors.New("broken"), "sockstat: broken\n"},
		{inner, "sockstat: broken\\n\\x1b\nsockstat: hint: mend\\nit\n"},
		{WithHint(inner, "leave it"), "sockstat: broken\\n\\x1b\nsockstat: hint: leave it\n"},
		{WithHint(errors.New("broken"), ""), "sockstat: broken\n"},
	} {
		var out bytes.Buffer
		if PrintError(&out, test.err); out.String() != test.want {
			t.Errorf("printed %q, want %q", out.String(), test.want)
		}
	}
	if broken := errors.New("broken"); !errors.Is(WithHint(broken, "mend it"), broken) {
		t.Error("an error with a hint is not the error any more")
	}
}
