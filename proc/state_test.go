package proc

import "testing"

func TestStateString(t *testing.T) {
	for state, want := range map[State]string{
		'R': "running", 'S': "sleeping", 'D': "disk sleep", 'T': "stopped", 't': "tracing stop",
		'Z': "zombie", 'X': "dead", 'I': "idle", 'P': "parked", 0: "", '?': "",
	} {
		if got := state.String(); got != want {
			t.Errorf("%q: got %q, want %q", byte(state), got, want)
		}
	}
}
