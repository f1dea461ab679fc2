package format

import (
	"fmt"
	"strings"
)

// maxItems is how many rows the formats hold that need to know all of them and are for few: metrics
// and graphs.
const maxItems = 100_000

// tooMany says that a result cannot be held.
func tooMany(format string) error {
	return WithHint(fmt.Errorf("format %s: more than %d rows", format, maxItems), "aggregate them: GROUP BY")
}

// valid returns a text with what is not UTF-8, and with what [Escape] escapes, shown as an escape, and
// so with each backslash doubled: different texts stay different.
func valid(s string) string {
	if clean(s) == len(s) && strings.IndexByte(s, '\\') < 0 {
		return s
	}
	return string(appendTSV(nil, s))
}
