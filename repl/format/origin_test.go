package format

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"sockstat/vtab/table"
)

// here is an origin as of one moment.
func here() *Origin {
	return &Origin{Host: table.String("web-1"), BootID: table.String("2b6b2b5e-0000-4000-8000-000000000001"), Zone: table.String("global"),
		Now: func() time.Time {
			return time.Date(2026, 11, 26, 1, 2, 3, 45e6, time.FixedZone("CET", 3600))
		}}
}

// Every format begins with where rows come from, but for those that draw something else, which refuse.
func TestOrigin(t *testing.T) {
	const line = "web-1 2b6b2b5e-0000-4000-8000-000000000001 global 2026-11-26T00:02:03.045Z 22"
	for _, f := range Formats() {
		var out bytes.Buffer
		r := &fake{columns: []string{"port"}, rows: [][]table.Value{{table.Int(22)}}}
		err := Write(&out, r, Settings{Format: f.Name, Headers: true, Origin: here()})
		if f.Needs != nil {
			if err == nil {
				t.Errorf("%s: %s", f.Name, out.String())
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		words := strings.FieldsFunc(out.String(), func(r rune) bool { return strings.ContainsRune(" |,\t\r\n\"'=│{}[]<>()", r) })
		rest := strings.Fields(line)
		for _, word := range words {
			if len(rest) > 0 && (word == rest[0] || strings.HasSuffix(word, ":"+rest[0])) {
				rest = rest[1:]
			}
		}
		if len(rest) > 0 {
			t.Errorf("%s has no %q:\n%s", f.Name, rest, out.String())
		}
	}
}

// What a result says of its origin itself it keeps, and no name is there twice.
func TestOriginOfResult(t *testing.T) {
	text := table.String
	r := &fake{columns: []string{"n", "ZONE", "ts", "n"}, rows: [][]table.Value{{table.Int(1), text("web"), table.Int(5), table.Int(2)}}}
	var out bytes.Buffer
	if err := Write(&out, r, Settings{Format: "jsonl", Origin: here()}); err != nil {
		t.Fatal(err)
	}
	want := `{"host":"web-1","boot_id":"2b6b2b5e-0000-4000-8000-000000000001","zone":"web","ts":5,"n":1,"n_2":2}` + "\n"
	if out.String() != want {
		t.Errorf("%s instead of %s", out.String(), want)
	}
}

// The layout of the listing goes on behind it.
func TestOriginOfListing(t *testing.T) {
	r := &fake{columns: []string{"ZONE", "USER", "COMMAND"}, rows: [][]table.Value{{table.String("web"), table.String("root"), table.String("sshd")}}}
	var out bytes.Buffer
	if err := Write(&out, r, Settings{Format: "listing", Headers: true, Widths: []int{8, 9}, Origin: here()}); err != nil {
		t.Fatal(err)
	}
	want := "HOST            BOOT_ID                              ZONE     TS                       USER      COMMAND\n" +
		"web-1           2b6b2b5e-0000-4000-8000-000000000001 web      2026-11-26T00:02:03.045Z root      sshd\n"
	if out.String() != want {
		t.Errorf("%s", out.String())
	}
}

// Members of objects have names of their own, and those keep theirs that had them first.
func TestObjectKeys(t *testing.T) {
	for columns, want := range map[string]string{
		"a b":         `{"a": ,"b":`,
		"a a a":       `{"a": ,"a_2": ,"a_3":`,
		"a a_2 a a_2": `{"a": ,"a_2": ,"a_3": ,"a_2_2":`,
	} {
		if got := objectKeys(strings.Fields(columns)); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s: %q", columns, got)
		}
	}
}
