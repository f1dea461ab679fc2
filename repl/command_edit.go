package repl

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"sockstat/repl/format"
)

// edit has a statement edited by the user's editor, and what comes of it read as if it were typed.
func edit(s *Shell, c *call) error {
	if s.editor == nil {
		return errors.New("edit: needs a terminal")
	}
	if err := s.refuse("edit"); err != nil {
		return err
	}
	text := c.from(0)
	if text == "" {
		text = s.last
	}
	edited, err := s.runEditor(strings.TrimSpace(text) + "\n")
	if err != nil {
		return fmt.Errorf("edit: %w", err)
	}
	if strings.TrimSpace(edited) == strings.TrimSpace(text) && c.from(0) == "" {
		return nil // left as it was: nothing is to be run
	}
	if err := format.PrintText(s.screen, edited); err != nil {
		return err
	}
	s.editor.queue = strings.Split(strings.TrimRight(edited, " \t\r\n"), "\n")
	return nil
}

// runEditor returns what the user's editor makes of a text. $VISUAL or $EDITOR may have arguments,
// as a command line of the shell.
func (s *Shell) runEditor(text string) (string, error) {
	f, err := os.CreateTemp("", "sockstat-*.sql") // which nobody else may read
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	if err = first(err, f.Close()); err != nil {
		return "", err
	}
	editor := "vi"
	for _, name := range []string{"EDITOR", "VISUAL"} {
		if v := os.Getenv(name); v != "" {
			editor = v
		}
	}
	cmd := exec.Command("/bin/sh", "-c", editor+` "$1"`, "sh", f.Name())
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	s.screen.Write([]byte(pasteOff)) // it sees to pasting itself
	err = cmd.Run()
	s.screen.Write([]byte(pasteOn))
	select {
	case <-s.interrupts: // Ctrl-C was the editor's
	default:
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", editor, err)
	}
	b, err := os.ReadFile(f.Name())
	return string(b), err
}
