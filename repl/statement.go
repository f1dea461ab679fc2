package repl

import "strings"

// scanner finds where statements end in text that comes line by line, as SQLite's own
// tokenizer would. The zero value is at the start of a statement.
type scanner struct {
	inside  byte // what the text is within: a closing quote or bracket, '*' or '-' for comments
	started bool // there was more than blanks, comments and semicolons
}

// scan reads on and returns the length of text up to and including the semicolon that ends
// a statement, or -1 if there is none. Semicolons alone are no statements. After a
// statement it is at the start of the next. Text has to end between lines or statements.
func (sc *scanner) scan(text string) int {
	for i := 0; i < len(text); {
		if sc.inside != 0 {
			i += sc.leave(text[i:])
			continue
		}
		switch c := text[i]; {
		case c == ';' && sc.started:
			*sc = scanner{}
			return i + 1
		case c == '-' && strings.HasPrefix(text[i:], "--"):
			sc.inside = '-'
			i += 2
		case c == '/' && strings.HasPrefix(text[i:], "/*") && i+2 < len(text):
			sc.inside = '*'
			i += 2
		case c == ';' || blank(c):
			i++
		case strings.HasPrefix(text[i:], "\ufeff"): // a byte order mark is a blank
			i += 3
		default:
			sc.started = true
			i += sc.token(text[i:])
		}
	}
	return -1
}

// skip reads on over whole statements.
func (sc *scanner) skip(text string) {
	for n := 0; n >= 0; n = sc.scan(text) {
		text = text[n:]
	}
}

// leave returns how much of text there is up to the end of what it is inside of.
func (sc *scanner) leave(text string) int {
	end := string(sc.inside)
	switch sc.inside {
	case '*':
		end = "*/"
	case '-':
		end = "\n"
	}
	i := strings.Index(text, end)
	if i < 0 {
		return len(text)
	}
	sc.inside = 0 // a doubled quote enters again at once
	return i + len(end)
}

// token returns the length of the token at the start of text, of a quoted one only that of
// the opening quote.
func (sc *scanner) token(text string) int {
	switch c := text[0]; {
	case c == '\'', c == '"', c == '`':
		sc.inside = c
	case c == '[':
		sc.inside = ']'
	case identifier(c):
		return identifierLength(text)
	case c == '@', c == ':', c == '#':
		return variableLength(text)
	}
	return 1
}

// identifierLength returns the length of the identifier, keyword, number or $variable at
// the start of text.
func identifierLength(text string) int {
	if text[0] == '$' {
		return variableLength(text)
	}
	i := 1
	for i < len(text) && identifier(text[i]) {
		i++
	}
	return i
}

// variableLength returns the length of a parameter, which may have a part in parentheses
// as variables of Tcl do.
func variableLength(text string) int {
	named := false
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case identifier(c):
			named = true
		case c == '(' && named:
			return i + 1 + strings.IndexFunc(text[i+1:]+")", func(r rune) bool { return r == ')' || blank(byte(r)) || r == '\v' })
		case strings.HasPrefix(text[i:], "::"):
			i++
		default:
			return i
		}
	}
	return len(text)
}

// blank reports whether SQLite takes a character for white space.
func blank(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'
}

// identifier reports whether a character may be part of an identifier.
func identifier(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '$' || c >= 0x80
}
