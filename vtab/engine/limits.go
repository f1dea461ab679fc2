package engine

import (
	"errors"
	"fmt"
)

// What a statement may take, whoever wrote it. A server with a million sockets is to be
// asked anything that makes sense, and a statement that makes none has to end before it
// takes the memory that others need.
const (
	// MaxSQL is how many bytes of SQL are compiled at once: what is made of a text takes many
	// times its room.
	MaxSQL = 1 << 20
	// MaxLength is how many bytes a text or blob may have, and all those of a row together.
	MaxLength = 8 << 20
	// MaxHeap is how many bytes SQLite may hold: for what a statement is compiled to, the
	// values it works on, what it sorts, and temporary tables.
	MaxHeap = 256 << 20
	// maxPattern is how many bytes the pattern of LIKE and GLOB may have. A text is compared
	// with it at each of its characters, and nothing interrupts that.
	maxPattern = 256
)

// limit is one of SQLite's limits, https://sqlite.org/c3ref/c_limit_attached.html.
type limit struct {
	code, value int
}

// limits are those that a connection sets. The others are SQLite's own.
var limits = []limit{
	{0, MaxLength},
	// What nests is compiled by functions that call themselves. The stack of one engine would
	// not do for SQLite's own limits.
	{3, 400},  // depth of expressions
	{4, 100},  // SELECTs joined by UNION and the like
	{12, 600}, // depth of the grammar's rules
	{7, 0},    // attached databases
	{8, maxPattern},
	{11, 0}, // threads for sorting
}

// explained adds to SQLite's message which limit it is about.
func explained(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case e.Code == codeNoMemory:
		e.Message = fmt.Sprintf("out of memory: the memory limit is %d MB", MaxHeap>>20)
	case e.Code == codeTooBig:
		e.Message = fmt.Sprintf("string or blob too big: the length limit is %d MB", MaxLength>>20)
	case e.Message == "LIKE or GLOB pattern too complex":
		e.Message += fmt.Sprintf(": the pattern limit is %d bytes", maxPattern)
	default:
		return err
	}
	return err
}

// ErrTooLong is the error for SQL that is not even looked at.
var ErrTooLong = &Error{Code: codeTooBig, Message: fmt.Sprintf("SQL too long: the statement limit is %d MB", MaxSQL>>20), Offset: -1}
