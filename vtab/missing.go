package vtab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"sockstat/proc"
	"sockstat/vtab/table"
)

// isUnseen reports whether an error says that something is not there or not to be seen. It
// then costs what it would have told; any other error is one of the statement.
func isUnseen(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist)
}

// noteUnseen tells the user what is not known because of an error that [isUnseen].
func noteUnseen(q *table.Query, what string, err error) {
	n := table.Notice{Text: fmt.Sprintf("%s not known: %v", what, err)}
	if errors.Is(err, fs.ErrPermission) {
		n.Hint = rootHint()
	}
	q.Note(n)
}

// noteMissing tells the user what a reader of processes could not read.
func noteMissing(q *table.Query, r proc.ProcessReader) {
	t, ok := r.(proc.MissingTeller)
	if !ok {
		return
	}
	m := t.Missing()
	if n := len(m.Hidden); n > 0 {
		q.Note(table.Notice{Text: fmt.Sprintf("%s hidden: permission denied", count(n, "process is", "processes are")), Hint: rootHint()})
	}
	if m.Failed > 0 {
		q.Note(table.Notice{Text: fmt.Sprintf("parts of %s could not be read and are NULL: %v", count(m.Failed, "process", "processes"), m.Err)})
	}
}

// noteHiddenZones drops an error which says that zones of processes are hidden, and tells the
// user so.
func noteHiddenZones(q *table.Query, err error) error {
	hidden := new(proc.HiddenError)
	if !errors.As(err, &hidden) {
		return err
	}
	q.Note(table.Notice{Text: hidden.Error(), Hint: rootHint()})
	return nil
}

// count returns a number with what is counted.
func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// rootHint says what to do about missing permission.
func rootHint() string {
	if os.Geteuid() == 0 {
		return ""
	}
	return "run as root to see the processes of others"
}
