package engine

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is what SQLite says of a statement.
type Error struct {
	Code    int    // primary result code, https://sqlite.org/rescode.html
	Message string // SQLite's own
	SQL     string // the statement
	Offset  int    // of the token in SQL that the message is about, -1 if there is none
}

// Result codes that are looked at here.
const (
	codeError     = 1
	codeNoMemory  = 7
	codeInterrupt = 9
	codeTooBig    = 18
	codeAuth      = 23
)

// Error returns SQLite's message and, where it is about a token, its position.
func (e *Error) Error() string {
	if e.Offset < 0 || e.Offset > len(e.SQL) {
		return e.Message
	}
	before := e.SQL[:e.Offset]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return fmt.Sprintf("%s (line %d, column %d)", e.Message, line, column)
}

// Place returns the line of the statement that the error is in, and how many bytes of it stand
// before the place, -1 if there is none.
func (e *Error) Place() (line string, at int) {
	if e.Offset < 0 || e.Offset > len(e.SQL) {
		return "", -1
	}
	begin := strings.LastIndexByte(e.SQL[:e.Offset], '\n') + 1
	line, _, _ = strings.Cut(e.SQL[begin:], "\n")
	line = strings.TrimSuffix(line, "\r")
	return line, min(e.Offset-begin, len(line))
}
