package table

import (
	"strings"
	"testing"
)

// What is shown comes first, in the order of the columns and not of the names; what is given
// stays as it is.
func TestShowing(t *testing.T) {
	columns := []Column[pair]{{Name: "a", Type: Text}, {Name: "b", Type: Integer}, {Name: "c", Type: Text}, {Name: "d", Type: Real, Doc: "last"}}
	s := Spec[pair]{Name: "letters", Doc: "Letters", Columns: Showing("d b", columns)}
	if got, want := s.Info().Declaration(), "CREATE TABLE x(b INTEGER, d REAL, a TEXT HIDDEN, c TEXT HIDDEN)"; got != want {
		t.Errorf("%s instead of %s", got, want)
	}
	if got := s.Info().Schema(); !strings.Contains(got, "SELECT *") || !strings.Contains(got, "  a TEXT HIDDEN,") || !strings.Contains(got, "  b INTEGER, ") {
		t.Error(got)
	}
	if columns[0].Name != "a" || columns[0].Hidden || columns[2].Hidden {
		t.Errorf("%+v", columns)
	}
	defer func() {
		if recover() == nil {
			t.Error("there is no column e")
		}
	}()
	Showing("b e", columns)
}
