package repl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"sockstat/repl/format"
	"sockstat/vtab/table"
)

// Watch runs something again and again. On a terminal each result takes the place of the one before,
// and rows that are new or gone are marked. Elsewhere a result follows the other, each with the
// time at which it was asked for.
type Watch struct {
	Every time.Duration
	Title string // what is run, for the terminal
	Out   io.Writer
	// Run runs it once, and prints what it returns as the settings say.
	Run      func(ctx context.Context, out io.Writer, s format.Settings) error
	Settings format.Settings

	tty     *os.File // nil if Out is no terminal, or one whose cursor cannot be moved
	results []*watched
	nth     int    // result of the run
	begun   bool   // the first run is over
	frame   []byte // what is on the screen
	now     time.Time
}

// LeastWatch and MostWatch limit how often something can be run.
const (
	LeastWatch = 100 * time.Millisecond
	MostWatch  = 24 * time.Hour
)

// Sequences of terminals: the other screen, without wrapping long lines and without a cursor.
const (
	enterScreen = "\x1b[?1049h\x1b[?7l\x1b[?25l\x1b[H\x1b[2J"
	leaveScreen = "\x1b[?25h\x1b[?7h\x1b[?1049l"
)

// Loop runs until the context ends, and returns its cause, or until the first error.
func (w *Watch) Loop(ctx context.Context) error {
	w.enter()
	err := w.loop(ctx)
	w.leave()
	return err
}

// enter takes the screen.
func (w *Watch) enter() {
	f, ok := terminal(w.Out)
	if chosen, err := format.Default(w.Settings.Format, ok); ok && err == nil && movable(os.Getenv("TERM")) && drawn(chosen.Name) {
		w.tty, w.Settings.Format = f, chosen.Name
		io.WriteString(w.Out, enterScreen)
	}
}

// movable reports whether the cursor of a terminal can be moved.
func movable(term string) bool { return term != "" && term != "dumb" }

// leave gives the screen back, and shows once more what it had.
func (w *Watch) leave() {
	if w.tty == nil {
		return
	}
	io.WriteString(w.Out, leaveScreen)
	w.Out.Write(w.frame)
	w.tty = nil
}

// loop is Loop on a screen that is taken. It keeps to the times that were to be from the
// start on, however long a run takes; those that have passed are left out.
func (w *Watch) loop(ctx context.Context) error {
	resized, stop := resizes()
	defer stop()
	next := time.Now()
	for {
		w.now = time.Now()
		if err := w.tick(ctx); err != nil {
			return err
		}
		if late := time.Since(next); late >= 0 {
			next = next.Add(w.Every * (late/w.Every + 1))
		}
		timer := time.NewTimer(time.Until(next))
		select {
		case <-timer.C:
		case <-resized:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

// tick runs it once.
func (w *Watch) tick(ctx context.Context) error {
	w.nth = 0
	defer func() { w.begun = true }()
	if w.tty == nil {
		return w.append(ctx)
	}
	columns, rows := size(w.tty)
	s := w.Settings
	s.Screen = &format.Screen{Columns: columns, Color: colored()}
	s.NoPager = true
	s.Widths = append([]int{1}, s.Widths...)
	s.Fit = s.Fit || broad(s.Widths) > columns
	room := max(rows-1-besides, 1)
	s.Through = func(r format.Result) format.Result { return w.compare(r, room) }
	var b bytes.Buffer
	b.WriteString(w.title(columns) + "\n")
	if err := w.Run(ctx, &b, s); err != nil {
		return err
	}
	for _, r := range w.results {
		if r.total > room {
			fmt.Fprintf(&b, "%d rows, %d shown\n", r.total, room)
		}
	}
	lines := strings.SplitAfter(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) > rows-1 {
		lines = lines[:rows-1]
	}
	w.draw(lines, s.Screen.Color)
	return ctx.Err()
}

// broad returns how many cells columns of such widths take.
func broad(widths []int) (cells int) {
	for _, w := range widths {
		cells += max(w, -w) + 1
	}
	return cells
}

// title returns the line above the result.
func (w *Watch) title(columns int) string {
	now := w.now.Format("2006-01-02 15:04:05")
	what := fmt.Sprintf("every %s: %s", strings.TrimSuffix(w.Every.String(), "m0s"), format.Escape(strings.Join(strings.Fields(w.Title), " ")))
	room := columns - len(now) - 2
	if room < 10 {
		return runewidth.Truncate(what, columns, "…")
	}
	return runewidth.FillRight(runewidth.Truncate(what, room, "…"), room) + "  " + now
}

// draw draws over what is on the screen.
func (w *Watch) draw(lines []string, color bool) {
	w.frame = w.frame[:0]
	var b strings.Builder
	b.WriteString("\x1b[H")
	for i, line := range lines {
		line = strings.TrimSuffix(line, "\n")
		if i > 0 && color {
			line = colorMark(line)
		}
		w.frame = append(append(w.frame, line...), '\n')
		b.WriteString("\x1b[K" + line + "\r\n") // behind a line that is full, \x1b[K erases its last cell
	}
	b.WriteString("\x1b[J")
	io.WriteString(w.Out, b.String())
}

// colorMark colors the mark that a line begins with: green for new, red for gone.
func colorMark(line string) string {
	for _, frame := range []string{"│ ", "| ", ""} {
		rest, ok := strings.CutPrefix(line, frame)
		switch {
		case !ok || strings.Trim(rest, "- ") == "": // a line below headers
		case strings.HasPrefix(rest, markNew+" "):
			return frame + "\x1b[32m" + markNew + "\x1b[0m" + rest[1:]
		case strings.HasPrefix(rest, markGone+" "):
			return frame + "\x1b[31m" + markGone + "\x1b[0m" + rest[1:]
		}
	}
	return line
}

// append prints a result behind the last one.
func (w *Watch) append(ctx context.Context) error {
	s := w.Settings
	_, onTerminal := terminal(w.Out)
	f, err := format.Default(s.Format, onTerminal)
	if err != nil {
		return err
	}
	s.NoPager = true
	now := w.now.UTC().Format("2006-01-02T15:04:05.000Z")
	if drawn(f.Name) || f.Name == "html" {
		gap := ""
		if w.begun {
			gap = "\n"
		}
		if _, err := io.WriteString(w.Out, gap+now+"\n"); err != nil {
			return err
		}
		return w.Run(ctx, w.Out, s)
	}
	s.Headers = s.Headers && !w.begun
	if s.Origin == nil { // which has the time already
		s.Through = func(r format.Result) format.Result { return timed{r, table.String(now)} }
	}
	return w.Run(ctx, w.Out, s)
}

// drawn reports whether a format is for people: its results are blocks.
func drawn(name string) bool {
	return slices.Contains([]string{"table", "box", "qbox", "column", "line", "markdown", "listing"}, name)
}

// timed is a Result with the time as its first column.
type timed struct {
	format.Result
	now table.Value
}

func (t timed) Columns() []string { return append([]string{"ts"}, t.Result.Columns()...) }

func (t timed) Value(i int) table.Value {
	if i == 0 {
		return t.now
	}
	return t.Result.Value(i - 1)
}

// watch runs a statement again and again.
func watch(s *Shell, c *call) error {
	every, sql := 2*time.Second, c.from(0)
	if n, err := Seconds(c.arg(0)); err == nil {
		every, sql = n, c.from(1)
	}
	if every < LeastWatch || every > MostWatch {
		return fmt.Errorf("watch: every %s: not from %s to %s", every, LeastWatch, MostWatch)
	}
	if sql == "" {
		sql = s.last
	}
	switch {
	case strings.TrimSpace(sql) == "":
		return format.WithHint(errors.New("watch: there is no statement yet"), ".watch 2 SELECT …")
	case s.DB.InTransaction():
		return format.WithHint(errors.New("watch: all that a transaction reads is of one moment"), "COMMIT ends it")
	}
	s.last = sql
	ctx, stop := s.interruptible(c.ctx)
	out := &guarded{ctx: ctx, w: s.destination()}
	w := &Watch{Every: every, Title: sql, Out: s.destination(), Settings: s.Settings}
	db, params := s.DB, s.Params
	w.Run = func(ctx context.Context, to io.Writer, settings format.Settings) error {
		err := Run(ctx, db, sql, params, to, settings)
		if s.redirect != nil {
			err = first(err, s.redirect.Flush())
		}
		return err
	}
	if f, ok := terminal(s.file()); ok {
		w.Out = f
	}
	w.enter()
	err := s.beside(ctx, db, out, func() error { return w.loop(ctx) })
	w.leave()
	if err = first(err, stop()); errors.Is(err, ErrInterrupted) && s.interactive {
		return nil // that is how it ends
	}
	s.interrupted = errors.Is(err, ErrInterrupted)
	return err
}

// Seconds reads a time: a number of seconds, or one with its unit such as 500ms.
func Seconds(text string) (time.Duration, error) {
	if d, err := time.ParseDuration(text); err == nil {
		return d, nil
	}
	return time.ParseDuration(text + "s")
}
