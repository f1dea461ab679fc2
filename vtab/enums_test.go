package vtab

import (
	"context"
	"slices"
	"testing"
)

// What a column of this machine's tables has is among the values that it is said to have.
func TestValuesAreKnown(t *testing.T) {
	db, err := Open(Live())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	enums := 0
	for _, info := range db.Tables() {
		for _, c := range info.Columns {
			if len(c.Values) == 0 {
				continue
			}
			enums++
			if slices.Contains(c.Values, "") || len(c.Values) > 40 {
				t.Errorf("%s.%s has the values %q", info.Name, c.Name, c.Values)
			}
			st, _, err := db.Prepare("SELECT DISTINCT " + c.Name + " FROM " + info.Name + " WHERE " + c.Name + " IS NOT NULL")
			if err != nil {
				t.Fatal(err)
			}
			for {
				more, err := st.Step(context.Background())
				if err != nil || !more {
					break
				}
				if got := st.Value(0).Bytes(); !slices.Contains(c.Values, got) {
					t.Errorf("%s.%s is %q, which is not one of %q", info.Name, c.Name, got, c.Values)
				}
			}
			st.Close()
		}
	}
	if enums < 10 {
		t.Errorf("%d columns only", enums)
	}
}
