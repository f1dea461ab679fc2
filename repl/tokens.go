package repl

import "strings"

// token is a word, a text, a sign of a statement. Blanks and comments are none.
type token struct {
	kind tokenKind
	text string // as it stands there
	at   int    // where, in bytes
}

// tokenKind is what a token is.
type tokenKind uint8

const (
	tokenName     tokenKind = iota + 1 // keyword or name without quotes
	tokenQuoted                        // name in double quotes, backquotes or brackets
	tokenText                          // text in single quotes
	tokenNumber                        // number
	tokenVariable                      // parameter, :name @name $name ?1
	tokenSign                          // operator or punctuation
)

// tokens returns the tokens of SQL, which may be anything: what is not closed goes to the end.
func tokens(sql string) (all []token) {
	for i := skipBlanks(sql, 0); i < len(sql); {
		kind, n := nextToken(sql[i:])
		all = append(all, token{kind, sql[i : i+n], i})
		i = skipBlanks(sql, i+n)
	}
	return all
}

// skipBlanks returns where the blanks and comments from i on end.
func skipBlanks(sql string, i int) int {
	for i < len(sql) {
		rest := sql[i:]
		switch {
		case blank(rest[0]):
			i++
		case strings.HasPrefix(rest, "\ufeff"):
			i += len("\ufeff")
		case strings.HasPrefix(rest, "--"):
			i += through(rest, 2, "\n")
		case strings.HasPrefix(rest, "/*"):
			i += through(rest, 2, "*/")
		default:
			return i
		}
	}
	return i
}

// through returns how much of a text there is up to and including an end, from a place on.
func through(text string, from int, end string) int {
	if n := strings.Index(text[from:], end); n >= 0 {
		return from + n + len(end)
	}
	return len(text)
}

// nextToken returns the kind and length of the token that a text begins with.
func nextToken(text string) (tokenKind, int) {
	switch c := text[0]; {
	case c == '\'':
		return tokenText, quotedLength(text, c)
	case c == '"' || c == '`':
		return tokenQuoted, quotedLength(text, c)
	case c == '[':
		return tokenQuoted, through(text, 1, "]")
	case c == '$' || c == '@' || c == ':' || c == '#':
		return tokenVariable, max(1, variableLength(text))
	case c == '?':
		n := 1
		for n < len(text) && '0' <= text[n] && text[n] <= '9' {
			n++
		}
		return tokenVariable, n
	case '0' <= c && c <= '9':
		return tokenNumber, identifierLength(text)
	case identifier(c):
		return tokenName, identifierLength(text)
	}
	for _, sign := range []string{"==", "<>", "!=", "<=", ">=", "||", "<<", ">>", "->>", "->"} {
		if strings.HasPrefix(text, sign) {
			return tokenSign, len(sign)
		}
	}
	return tokenSign, 1
}

// quotedLength returns the length of a quoted token, in which two quotes stand for one.
func quotedLength(text string, quote byte) int {
	for i := 1; i < len(text); i++ {
		if text[i] != quote {
			continue
		}
		if i+1 == len(text) || text[i+1] != quote {
			return i + 1
		}
		i++
	}
	return len(text)
}

// is reports whether a token is a keyword or sign.
func (t token) is(words ...string) bool {
	if t.kind != tokenName && t.kind != tokenSign {
		return false
	}
	for _, w := range words {
		if strings.EqualFold(t.text, w) {
			return true
		}
	}
	return false
}

// name returns the name that a token stands for, "" if it stands for none.
func (t token) name() string {
	switch {
	case t.kind == tokenName:
		return t.text
	case t.kind == tokenQuoted && len(t.text) >= 2:
		quote := t.text[len(t.text)-1:]
		return strings.ReplaceAll(t.text[1:len(t.text)-1], quote+quote, quote)
	}
	return ""
}

// value returns the text that a token in single quotes stands for.
func (t token) value() string {
	return strings.ReplaceAll(strings.TrimSuffix(t.text[1:], "'"), "''", "'")
}
