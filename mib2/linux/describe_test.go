package linux

import (
	"fmt"

	"sockstat/mib2"
)

// describe is one line with the fields of a socket that do not change on their own.
func describe(s mib2.Socket) string {
	text := fmt.Sprintf("%v %v %v %v %v", s.Proto, s.Family, s.State, s.Local, s.Remote)
	for _, mark := range []struct {
		on   bool
		text string
	}{{s.Dual, "dual"}, {s.V4Mapped, "mapped"}} {
		if mark.on {
			text += " " + mark.text
		}
	}
	return text
}
