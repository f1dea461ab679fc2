package similar

import (
	"strings"
	"testing"
)

func TestTo(t *testing.T) {
	columns := []string{"state", "local_address", "local_port", "remote_address", "remote_port", "rtt_us", "pid", "fd"}
	for word, want := range map[string]string{
		"STATE": "state", "sate": "state", "stat": "state", "satte": "state", "remote_adress": "remote_address",
		"lcoal_port": "local_port", "rtt": "rtt_us", "port": "local_port remote_port", "pdi": "pid", "ppid": "pid",
		"x": "", "": "", "colour": "", "df": "", "address": "local_address remote_address", "remot_address": "remote_address",
	} {
		if got := strings.Join(To(word, columns), " "); got != want {
			t.Errorf("%q is taken for %q instead of %q", word, got, want)
		}
	}
	if got := To("--nope", []string{"--zone", "--open"}); got != nil {
		t.Error(got)
	}
	if got := To("--watsch", []string{"--watch"}); len(got) != 1 {
		t.Error(got)
	}
	if got := Hint("port", columns); got != "did you mean local_port or remote_port?" {
		t.Error(got)
	}
	if got := Hint("colour", columns); got != "" {
		t.Error(got)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"ca", "abc", 3}, {"größe", "grösse", 2}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: %d instead of %d", c.a, c.b, got, c.want)
		}
		if got := distance(c.b, c.a); got != c.want {
			t.Errorf("%q and %q: %d instead of %d", c.b, c.a, got, c.want)
		}
	}
}
