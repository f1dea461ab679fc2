package repl

import "strings"

// HasCommands reports whether a text has dot commands among its statements.
func HasCommands(text string) bool {
	var sc scanner
	begun := false // a statement
	for line := range strings.Lines(text) {
		if !begun && strings.HasPrefix(strings.TrimLeft(strings.TrimPrefix(line, "\ufeff"), " \t"), ".") {
			return true
		}
		for rest := line; ; {
			n := sc.scan(rest)
			if n < 0 {
				break
			}
			rest = rest[n:]
		}
		begun = sc.started || sc.inside == '*'
	}
	return false
}

// BeginsStatement reports whether a text begins as statements and dot commands do, or nearly so:
// with a keyword that statements begin with, a comment, or the name of a dot command.
func BeginsStatement(text string) bool {
	text = strings.TrimPrefix(text, "\ufeff")
	trimmed := strings.TrimLeft(text, " \t\r\n;")
	switch {
	case trimmed == "":
		return false
	case strings.HasPrefix(trimmed, "--"), strings.HasPrefix(trimmed, "/*"), strings.HasPrefix(trimmed, "#!"):
		return true
	case trimmed[0] == '.':
		name, _, _ := strings.Cut(strings.TrimSpace(trimmed[1:]), "\n")
		name, _, _ = strings.Cut(name, " ")
		_, err := findCommand(strings.TrimSpace(name))
		return err == nil
	}
	word := trimmed[:identifierLengthOrZero(trimmed)]
	return len(word) < len(trimmed) && strings.IndexByte(" \t\r\n(*'\"", trimmed[len(word)]) >= 0 && (isBeginning(word) || isBeginning(keywordLike(word)))
}

// identifierLengthOrZero returns the length of the word that a text begins with, 0 for none.
func identifierLengthOrZero(text string) int {
	if !identifier(text[0]) {
		return 0
	}
	return identifierLength(text)
}

// isBeginning reports whether a statement may begin with a word.
func isBeginning(word string) bool {
	switch strings.ToUpper(word) {
	case "SELECT", "WITH", "VALUES", "EXPLAIN", "PRAGMA", "BEGIN", "COMMIT", "ROLLBACK", "CREATE", "DROP", "INSERT", "UPDATE", "DELETE", "ANALYZE", "SAVEPOINT", "RELEASE":
		return true
	}
	return false
}
