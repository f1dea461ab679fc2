package main

import (
	"fmt"
	"testing"
)

func TestParseRequest(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{}`, `{map[] map[]}`},
		{`{"constraints":[{"name":"a","list":""},{"name":"b","list":[]},{"name":"c"}],"colsUsed":[]}`, `{map[a:[] b:[] c:[]] map[]}`},
		{`{"constraints":[{"name":"a","affinity":"TEXT","list":[{"op":2,"expr":"x"},{"op":"65","expr":"y%"}]}],"colsUsed":["a","b"],"colsUsedBitset":3}`,
			`{map[a:[{2 x} {65 y%}]] map[a:true b:true]}`},
	} {
		r, err := parseRequest(c.text)
		if got := fmt.Sprint(r); err != nil || got != c.want {
			t.Errorf("%s: %s, %v, want %s", c.text, got, err, c.want)
		}
	}
	for _, text := range []string{``, `[]`, `{"constraints":[{"name":"a","list":5}]}`, `{"constraints":[{"name":"a","list":[{"op":{},"expr":""}]}]}`,
		`{"constraints":[{"name":"a","list":[{"expr":""}]}]}`, `{"constraints":[{"name":"a","list":[{"op":2,"expr":5}]}]}`} {
		if r, err := parseRequest(text); err == nil {
			t.Errorf("%s: %v", text, r)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add(`{"constraints":[{"name":"a","affinity":"TEXT","list":[{"op":2,"expr":"x"},{"op":"65","expr":"y%"}]}],"colsUsed":["a"]}`)
	f.Fuzz(func(t *testing.T, text string) { parseRequest(text) })
}
