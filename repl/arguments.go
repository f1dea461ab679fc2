package repl

import (
	"errors"
	"strings"
)

// argument is a word of a dot command.
type argument struct {
	text string // without quotes
	raw  string // as it was typed, which tells '22' from 22
}

// splitArguments splits a line into words. A word, or its part behind the first "=", may be
// quoted: '…' as it stands with two quotes for one, "…" with the escapes \" \\ \n \t.
func splitArguments(line string) ([]argument, error) {
	var args []argument
	for line = strings.TrimLeft(line, " \t"); line != ""; line = strings.TrimLeft(line, " \t") {
		a, n := argument{}, strings.IndexAny(line+" ", " \t=")
		if line[0] == '\'' || line[0] == '"' || n == len(line) || line[n] != '=' {
			n = 0
		} else {
			n++
		}
		rest, err := a.value(line[n:])
		if err != nil {
			return args, err
		}
		a.text, a.raw = line[:n]+a.text, line[:len(line)-len(rest)]
		args, line = append(args, a), rest
	}
	return args, nil
}

// value reads a value, quoted or not, and returns what stands behind it.
func (a *argument) value(s string) (rest string, err error) {
	if s == "" || s[0] != '\'' && s[0] != '"' {
		n := strings.IndexAny(s+" ", " \t")
		a.text = s[:n]
		return s[n:], nil
	}
	var b strings.Builder
	quote := s[0]
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == quote && quote == '\'' && strings.HasPrefix(s[i:], "''"):
			b.WriteByte(c)
			i++
		case c == quote:
			a.text = b.String()
			return s[i+1:], nil
		case c == '\\' && quote == '"' && i+1 < len(s):
			i++
			b.WriteString(unescape(s[i]))
		default:
			b.WriteByte(c)
		}
	}
	return "", errors.New("unterminated quote")
}

// unescape returns the meaning of a character behind a backslash.
func unescape(c byte) string {
	switch c {
	case 'n':
		return "\n"
	case 't':
		return "\t"
	case '"', '\\':
		return string(c)
	}
	return `\` + string(rune(c))
}
