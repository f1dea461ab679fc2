// Package caught makes errors of panics, so that one ends what failed and not the program.
package caught

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// Panic makes an error of a panic. It is to be deferred.
func Panic(err *error) {
	if v := recover(); v != nil {
		*err = Error(v)
	}
}

// Error returns the error of a panic, with where it came from. A deferred function calls it with
// what recover returned.
func Error(v any) error { return fmt.Errorf("panic: %v%s", v, origin()) }

// origin says where the code panicked that a deferred function recovers from.
func origin() string {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers)])
	for panicked := false; ; {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if panicked && !inRuntime {
			return fmt.Sprintf(" (%s:%d)", filepath.Base(frame.File), frame.Line)
		}
		if panicked = panicked || inRuntime; !more {
			return ""
		}
	}
}
