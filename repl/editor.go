package repl

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/peterh/liner"

	"sockstat/internal/caught"
	"sockstat/repl/format"
)

// editor reads lines of a terminal with editing, history and completion.
type editor struct {
	state   *liner.State
	shell   *Shell
	history *history
	read    chan typed
}

func newEditor(s *Shell) *editor {
	e := &editor{state: newState(), shell: s, read: make(chan typed, 1)}
	e.state.SetCtrlCAborts(true)
	e.state.SetBeep(false)
	e.state.SetTabCompletionStyle(liner.TabPrints)
	e.state.SetWordCompleter(newCompleter(s).complete)
	if s.Safe != "" {
		return e
	}
	h, lines, err := openHistory()
	if err != nil {
		format.PrintError(s.Err, err)
	}
	e.history = h
	for _, line := range lines {
		e.state.AppendHistory(line)
	}
	return e
}

func (e *editor) ReadLine(ctx context.Context, prompt string) (string, error) {
	restore := keysOnly()
	defer func() {
		select {
		case <-e.shell.interrupts: // this Ctrl-C came when no statement ran
		default:
		}
		restore()
	}()
	go func() { // reading cannot be interrupted
		var t typed
		defer func() { e.read <- t }()
		defer caught.Panic(&t.err)
		t.line, t.err = e.state.Prompt(prompt)
	}()
	select {
	case t := <-e.read:
		return t.line, e.took(t)
	case <-ctx.Done():
		time.Sleep(50 * time.Millisecond) // the editor may just be at setting the terminal's mode
		return "", context.Cause(ctx)
	}
}

// took looks at what was typed and returns its error.
func (e *editor) took(t typed) error {
	switch {
	case errors.Is(t.err, liner.ErrPromptAborted):
		return ErrInterrupted
	case t.err == io.EOF:
		io.WriteString(e.shell.screen, "\n")
	case t.err == nil && strings.TrimSpace(t.line) != "":
		e.state.AppendHistory(t.line)
		e.history.add(t.line)
	}
	return t.err
}

func (e *editor) Close() error {
	return first(e.state.Close(), e.history.Close())
}
