package repl

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"sockstat/vtab/engine"
)

// Source is a text of statements, and where it comes from.
type Source struct {
	SQL  string
	Name string // what the file is called in errors, "" if it is none
	// Line and Column are where in the file the text begins, counted from 1; 0 is 1.
	Line, Column int
	rows         *atomic.Int64 // counts those that are returned; nil if nobody asks
}

// PlacedError is an error that knows its place in a text of statements.
type PlacedError struct {
	error
	source Source
	offset int // in the SQL of the source, -1 if only the text as a whole is known
	start  int // of the statement
	hint   string
}

func (e *PlacedError) Unwrap() error { return e.error }

// Error returns what is wrong and where: "file:2:8: no such column: x", or without a file
// "no such column: x (line 2, column 8)".
func (e *PlacedError) Error() string {
	message := e.error.Error()
	if sqlite := new(engine.Error); errors.As(e.error, &sqlite) {
		message = strings.Replace(message, sqlite.Error(), sqlite.Message, 1) // whose place is another
	}
	at := e.offset
	if e.source.Name == "" {
		if at < 0 {
			return message
		}
		line, column := e.source.place(at)
		return fmt.Sprintf("%s (line %d, column %d)", message, line, column)
	}
	if at < 0 {
		line, _ := e.source.place(e.start)
		return fmt.Sprintf("%s:%d: %s", e.source.Name, line, message)
	}
	line, column := e.source.place(at)
	return fmt.Sprintf("%s:%d:%d: %s", e.source.Name, line, column, message)
}

// Place returns the line that the error is in, and the bytes before its place.
func (e *PlacedError) Place() (line string, at int) {
	if e.offset < 0 {
		return "", -1
	}
	sql := e.source.SQL
	begin := strings.LastIndexByte(sql[:e.offset], '\n') + 1
	line, _, _ = strings.Cut(sql[begin:], "\n")
	line = strings.TrimSuffix(line, "\r")
	return line, min(e.offset-begin, len(line))
}

// Hint returns what may have been meant.
func (e *PlacedError) Hint() string {
	if e.hint != "" {
		return e.hint
	}
	var own interface{ Hint() string }
	if errors.As(e.error, &own) {
		return own.Hint()
	}
	return ""
}

// place returns the line and column of an offset.
func (s Source) place(offset int) (line, column int) {
	before := s.SQL[:min(offset, len(s.SQL))]
	breaks := strings.Count(before, "\n")
	line, column = max(1, s.Line)+breaks, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])+1
	if breaks == 0 {
		column += max(1, s.Column) - 1
	}
	return line, column
}

// Explain returns an error of the text with its place and what may have been meant.
func (s Source) Explain(db *engine.DB, err error) error { return s.misplaced(db, s.SQL, err) }

// misplaced returns the error of a statement that stands somewhere in the source, with its place
// and what may have been meant. The statement is the beginning of rest, the end of the source.
func (s Source) misplaced(db *engine.DB, rest string, err error) error {
	var placed *PlacedError
	if err == nil || errors.As(err, &placed) {
		return err
	}
	e := &PlacedError{error: err, source: s, start: skipBlanks(s.SQL, len(s.SQL)-len(rest)), offset: -1}
	var sqlite *engine.Error
	if errors.As(err, &sqlite) {
		if sqlite.Offset >= 0 && strings.HasSuffix(s.SQL, sqlite.SQL) {
			e.offset = min(len(s.SQL)-len(sqlite.SQL)+sqlite.Offset, len(s.SQL))
		}
		e.advise(db, sqlite.Message)
	}
	return e
}

// in returns an error with its place in a file whose text is a part of it.
func in(err error, name string, line, column int) error {
	var e *PlacedError
	if !errors.As(err, &e) {
		return fmt.Errorf("%s:%d: %w", name, line, err)
	}
	e.source.Name, e.source.Line, e.source.Column = name, line, column
	return err
}
