package queries

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
)

// A pack has what osquery's parser asks for: a query and an interval from 1 to 604800 seconds.
func TestWritePack(t *testing.T) {
	builtin := fstest.MapFS{"time-wait.sql": {Data: []byte("-- A <b>\n--\n-- :n = 5  how many\nSELECT 1")}, "one.sql": {Data: []byte("-- One\n--\n-- :pid  process\nSELECT :pid")}}
	var b strings.Builder
	if err := (Library{[]string{"/nowhere"}, builtin}).WritePack(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Discovery []string
		Queries   map[string]map[string]any
	}
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Discovery) != 1 || len(got.Queries) != 1 {
		t.Errorf("%+v", got)
	}
	q := got.Queries["time-wait"]
	interval, _ := q["interval"].(float64)
	if q["query"] != "SELECT * FROM sockstat_time_wait" || q["description"] != "A <b>" || interval < 1 || interval > 604800 {
		t.Errorf("%v", q)
	}
}
