package repl

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/peterh/liner"

	"sockstat/internal/caught"
	"sockstat/repl/format"
)

// editor reads lines of a terminal with editing, history and completion.
type editor struct {
	shell   *Shell
	tty     *os.File
	state   *liner.State
	keys    *keyboard
	tab     *tab
	wide    bool // enough for editing, when state was made
	history *history
	entries []string // of the history
	read    chan typed
	queue   []string // lines to be read before others are asked for
	entry   []string // lines of the statement so far
	waiting bool     // for a line after Ctrl-C, where the editor does not see that itself
	unsize  func()   // see giveSize; may be nil
}

// newEditor returns the editor of a terminal, which has to be closed.
func newEditor(s *Shell, tty *os.File) (*editor, error) {
	e := &editor{shell: s, tty: tty, read: make(chan typed, 1), unsize: giveSize(tty)}
	if s.Safe == "" {
		var err error
		if e.history, e.entries, err = openHistory(); err != nil {
			format.PrintError(s.Err, err)
		}
	}
	if err := e.open(); err != nil {
		return nil, first(err, e.history.Close())
	}
	io.WriteString(s.screen, pasteOn)
	return e, nil
}

// open has lines edited as fits the terminal. What edits them learns of another size too late if it has
// taken the terminal to be too narrow for editing.
func (e *editor) open() (err error) {
	if e.state, e.keys, err = newState(); err != nil {
		return err
	}
	e.wide = wide(e.tty)
	e.tab = newTab(e.shell, e.tty, e.keys)
	e.state.SetCtrlCAborts(true)
	e.state.SetBeep(false)
	e.state.SetMultiLineMode(true)
	e.state.SetWordCompleter(e.tab.complete)
	for _, entry := range e.entries {
		e.state.AppendHistory(entry)
	}
	return nil
}

// fit opens the editor again if the terminal was too narrow for editing, or is now.
func (e *editor) fit() error {
	if restore := giveSize(e.tty); restore != nil {
		e.unsize = restore
	}
	if e.waiting || e.wide == wide(e.tty) {
		return nil
	}
	if err := first(e.state.Close(), e.keys.Close()); err != nil {
		return err
	}
	return e.open()
}

// ReadLine returns the next line. What the editor has as one line may be several.
func (e *editor) ReadLine(ctx context.Context, prompt string) (string, error) {
	if len(e.queue) == 0 {
		text, err := e.edit(ctx, prompt)
		if err != nil {
			return "", err
		}
		e.queue = strings.Split(edited(text), "\n")
	}
	line := e.queue[0]
	e.queue = e.queue[1:]
	e.entry = append(e.entry, line)
	return line, nil
}

// edit has a line edited.
func (e *editor) edit(ctx context.Context, prompt string) (string, error) {
	if err := e.fit(); err != nil {
		return "", err
	}
	e.tab.prompt = prompt
	restore := func() {}
	if e.wide { // else the terminal's own editing is what there is
		restore = keysOnly()
	}
	stop := e.keys.read()
	defer func() {
		stop()
		select {
		case <-e.shell.interrupts: // this Ctrl-C came when no statement ran
		default:
		}
		restore()
	}()
	if e.waiting {
		io.WriteString(e.shell.screen, prompt)
	} else {
		e.waiting = true
		go e.ask(prompt)
	}
	select {
	case t := <-e.read:
		e.waiting = false
		return t.line, e.ended(t.err)
	case <-e.shell.interrupts: // of a terminal that has become too narrow to edit
		io.WriteString(e.shell.screen, "\n")
		return "", ErrInterrupted
	case <-ctx.Done():
		time.Sleep(50 * time.Millisecond) // the editor may just be at setting the terminal's mode
		return "", context.Cause(ctx)
	}
}

// ask asks for a line. That cannot be interrupted.
func (e *editor) ask(prompt string) {
	var t typed
	defer func() { e.read <- t }()
	defer caught.Panic(&t.err)
	t.line, t.err = e.state.Prompt(prompt)
}

// ended returns what the end of editing means.
func (e *editor) ended(err error) error {
	switch {
	case errors.Is(err, liner.ErrPromptAborted):
		return ErrInterrupted
	case errors.Is(err, liner.ErrInternal): // the terminal has become one without a size
		e.wide = !wide(e.tty) // have it opened again
		return ErrInterrupted
	case err == io.EOF:
		io.WriteString(e.shell.screen, "\n")
	}
	return err
}

// endEntry adds the lines read so far to the history as one entry.
func (e *editor) endEntry() {
	entry := editable(oneLine(e.entry))
	e.entry = nil
	if strings.TrimSpace(entry) != "" {
		e.entries = append(e.entries, entry)
		e.state.AppendHistory(entry)
		e.history.add(entry)
	}
}

// oneLine joins the lines of a statement. A blank does where the end of a line is nothing but
// white space, which it is not in quotes and comments.
func oneLine(lines []string) string {
	var b strings.Builder
	var sc scanner
	for i, line := range lines {
		switch {
		case i == 0:
		case sc.inside == 0:
			b.WriteByte(' ')
			line = strings.TrimLeft(line, " \t")
		default:
			b.WriteByte('\n')
			sc.skip("\n")
		}
		sc.skip(line)
		if sc.inside == 0 {
			line = strings.TrimRight(line, " \t")
		}
		b.WriteString(line)
	}
	return b.String()
}

// forget drops the lines that are still to be read: they were to follow what was interrupted.
func (e *editor) forget() { e.queue = nil }

func (e *editor) Close() error {
	io.WriteString(e.shell.screen, pasteOff)
	err := first(e.state.Close(), e.keys.Close(), e.history.Close())
	if e.unsize != nil {
		e.unsize()
	}
	return err
}
