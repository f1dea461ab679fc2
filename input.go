package main

import (
	"errors"
	"fmt"
	"time"

	"sockstat/internal/startup"
	"sockstat/repl"
	"sockstat/repl/format"
)

// inputPatience is how long a pipe or socket that is standard input is given to say something,
// where SQL may come from it. Who starts us in a script, over ssh or from a service often leaves it
// open, and never says anything.
const inputPatience = 50 * time.Millisecond

// lookAtInput takes SQL from standard input if nothing else was asked for. What is there is looked
// at, and stays there if it is no SQL: it belongs to whoever started us, such as a loop over the
// lines of a file.
func (o *options) lookAtInput() error {
	if !o.plain {
		return nil
	}
	if repl.BeginsStatement(startup.PeekInput(inputPatience)) {
		o.file, o.plain = "-", false
		return nil
	}
	if len(o.params) > 0 {
		return &usageError{errors.New("--param goes with -q or -f"), ""}
	}
	return nil
}

// noteLateInput tells of SQL that came when sockets were listed already.
func (o *options) noteLateInput() error {
	if o.plain && repl.BeginsStatement(startup.PeekInput(0)) {
		report(format.WithHint(fmt.Errorf("the SQL on standard input came after %v: sockets were listed", inputPatience), "sockstat -f - waits for it"))
		return repl.ErrFailed
	}
	return nil
}
