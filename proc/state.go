package proc

// State is what a process is doing: the letter in /proc/<pid>/stat, proc(5), or in psinfo
// on illumos. The letters that both have mean the same.
type State byte

// String returns the state in words, such as "sleeping"; it is empty for a letter
// that proc(5) does not know.
func (s State) String() string {
	switch s {
	case 'R', 'O': // O: on a processor at this moment
		return "running"
	case 'S':
		return "sleeping"
	case 'D':
		return "disk sleep"
	case 'T':
		return "stopped"
	case 't':
		return "tracing stop"
	case 'Z':
		return "zombie"
	case 'X', 'x':
		return "dead"
	case 'I':
		return "idle"
	case 'P':
		return "parked"
	case 'W':
		return "waiting" // for its share of processor time
	}
	return ""
}
