//go:build sqlite_ncruces || illumos

package engine

import (
	"errors"
	"runtime"
	"strings"

	"github.com/ncruces/go-sqlite3"
)

// errNoMemory is what SQLite says itself when it has no memory left.
var errNoMemory = ncrucesError(sqlite3.NOMEM, "")

// rescue makes an error of the panic by which the package says that SQLite has no memory left.
// It is to be deferred. A panic that goes through a function of SQLite, which then has not
// cleaned up, it lets pass, as an *[Error] if it knows what it means.
func rescue(err *error, noMemory error) {
	v := recover()
	if v == nil {
		return
	}
	within, through := throughSQLite()
	e, _ := v.(error)
	_, outside := v.(runtime.Error)
	full := e != nil && (errors.Is(e, sqlite3.NOMEM) || e.Error() == "sqlite3: out of memory")
	switch {
	case full && !through:
		*err = noMemory
	case full:
		panic(errNoMemory)
	case outside && within: // SQLite's stack lies at the beginning of its memory, and had no room left
		panic(&Error{Code: codeError, Message: "statement too complex: no stack left", Offset: -1})
	default:
		panic(v)
	}
}

// throughSQLite reports whether a panic came from a function of SQLite, and whether there is one
// between where it came from and the function of this package that deferred the caller.
func throughSQLite() (within, through bool) {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)]) // behind the caller
	for first := true; ; {
		frame, more := frames.Next()
		ours := strings.Contains(frame.Function, "/vtab/engine.")
		switch {
		case strings.Contains(frame.Function, "go-sqlite3-wasm"):
			return first, true
		case ours || !more:
			return false, false
		}
		first = first && strings.HasPrefix(frame.Function, "runtime.")
	}
}
