package repl

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"sockstat/repl/format"
)

// runShell runs input that is not a terminal.
func runShell(t *testing.T, in io.Reader, out io.Writer) (stderr string, err error) {
	t.Helper()
	var errs bytes.Buffer
	s := &Shell{DB: openTest(t), In: in, Out: out, Err: &errs, Settings: format.Settings{Format: "list"}}
	err = s.Run(context.Background())
	return errs.String(), err
}

func TestLongLines(t *testing.T) {
	long := strings.Repeat("x", 1<<19)
	var out strings.Builder
	in := "SELECT '" + long + "' AS a;\r\nSELECT length('" + strings.Repeat("y\n", 1<<16) + "') AS b"
	if stderr, err := runShell(t, strings.NewReader(in), &out); err != nil {
		t.Fatal(err, stderr)
	}
	if out.String() != long+"\n131072\n" {
		t.Errorf("printed %d bytes", out.Len())
	}
}

// closedPipe is an output that is gone.
type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestClosedPipe(t *testing.T) {
	stderr, err := runShell(t, strings.NewReader("SELECT 1;\nSELECT 2;\n"), closedPipe{})
	if err != syscall.EPIPE || stderr != "" {
		t.Errorf("error is %v, printed %q", err, stderr)
	}
}

func TestContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	gone := errors.New("gone")
	cancel(gone)
	var errs bytes.Buffer
	s := &Shell{DB: openTest(t), In: strings.NewReader("SELECT 1;"), Out: io.Discard, Err: &errs}
	if err := s.Run(ctx); err != gone || errs.Len() > 0 {
		t.Errorf("error is %v, printed %q", err, errs.String())
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("broken")
	in := io.MultiReader(strings.NewReader("SELECT 1;\n"), readError{broken})
	var out strings.Builder
	if _, err := runShell(t, in, &out); !errors.Is(err, broken) || out.String() != "1\n" {
		t.Errorf("error is %v, printed %q", err, out.String())
	}
}

type readError struct{ error }

func (r readError) Read([]byte) (int, error) { return 0, r.error }

// Ctrl-C ends who writes to a pipe as well: the end of the pipe is none of the input then.
func TestInterruptedWriter(t *testing.T) {
	for range 50 {
		interrupts := make(chan os.Signal, 1)
		p := newPrompter(strings.NewReader("SELECT 1"), io.Discard, interrupts)
		if line, err := p.ReadLine(context.Background(), ""); line != "SELECT 1" || err != nil {
			t.Fatalf("%q, %v", line, err)
		}
		interrupts <- os.Interrupt
		if _, err := p.ReadLine(context.Background(), ""); err != ErrInterrupted {
			t.Fatalf("got %v", err)
		}
		p.Close()
	}
}
