package function

import (
	"regexp"
	"sync"

	"sockstat/vtab/table"
)

// matches reports whether a pattern matches a part of a text. SQLite writes X REGEXP Y as
// regexp(Y, X).
func matches(args []table.Value) (table.Value, error) {
	if args[0].IsNull() || args[1].IsNull() {
		return table.Null(), nil
	}
	re, err := patterns.compile(args[0].String())
	if err != nil {
		return table.Null(), err
	}
	return table.Bool(re.MatchString(args[1].String())), nil
}

// patterns has the patterns that statements use.
var patterns cache

// cache keeps compiled patterns: a statement matches many rows with the same few.
type cache struct {
	mutex    sync.Mutex
	compiled map[string]*regexp.Regexp
}

// mostPatterns is how many patterns are kept. One of a column has ever new ones.
const mostPatterns = 32

func (c *cache) compile(pattern string) (*regexp.Regexp, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if re := c.compiled[pattern]; re != nil {
		return re, nil
	}
	pattern = string([]byte(pattern)) // the bytes of an argument are SQLite's
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	if c.compiled == nil || len(c.compiled) >= mostPatterns {
		c.compiled = map[string]*regexp.Regexp{}
	}
	c.compiled[pattern] = re
	return re, nil
}
