package repl

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"sockstat/repl/format"
)

// history is the file of lines typed in earlier shells. A line is added as soon as it is
// typed, so that shells running side by side keep theirs. It may be nil, which keeps none.
type history struct {
	path string
	f    *os.File
}

const (
	// historyMark is the first line of a history, by which it is known that a shell made the
	// file. Any other file that is in its place by mistake stays what it is.
	historyMark  = "-- history of sockstat -i"
	historySize  = 256 << 10 // from which on the file is shortened
	historyLines = 1000      // to which it is shortened
)

// historyPath returns the file's name: SOCKSTAT_HISTORY, empty for none, or history in
// the state directory of the XDG Base Directory Specification. home is what has to belong
// to the user.
func historyPath() (path, home string) {
	if path, ok := os.LookupEnv("SOCKSTAT_HISTORY"); ok {
		return path, ""
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", ""
	}
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "sockstat", "history"), home
}

// openHistory opens the history and returns its lines. Where there must be none it
// returns nothing.
func openHistory() (*history, []string, error) {
	path, home := historyPath()
	if path == "" || home != "" && !(owned(home) && owned(nearest(path))) {
		return nil, nil, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, fmt.Errorf("keep no history: %w", err)
	}
	h := &history{path: path}
	if err := h.open(); err != nil {
		return nil, nil, fmt.Errorf("keep no history: %w", err)
	}
	lines, err := h.read()
	if err != nil {
		return nil, nil, first(fmt.Errorf("keep no history: %w", err), h.Close())
	}
	return h, lines, nil
}

// open opens the file, or makes one.
func (h *history) open() (err error) {
	if h.f, err = createPrivate(h.path); err == nil {
		_, err = h.f.WriteString(historyMark + "\n")
		return first(err)
	}
	if !errors.Is(err, os.ErrExist) {
		return err
	}
	h.f, err = openPrivate(h.path)
	return err
}

// nearest returns the innermost directory above a path that exists.
func nearest(path string) string {
	for {
		parent := filepath.Dir(path)
		if _, err := os.Lstat(parent); err == nil || parent == path {
			return parent
		}
		path = parent
	}
}

// read returns the lines, at most historyLines, and shortens a long file to them.
func (h *history) read() ([]string, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	size, err := h.f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	b := make([]byte, min(size, 2*historySize))
	if _, err := h.f.ReadAt(b, size-int64(len(b))); err != nil && err != io.EOF {
		return nil, err
	}
	lines := historyOf(string(b))
	if size < historySize {
		return lines, nil
	}
	return lines, h.shorten(lines)
}

// check checks that a shell made the file.
func (h *history) check() error {
	mark := make([]byte, len(historyMark)+1)
	if _, err := h.f.ReadAt(mark, 0); err != nil && err != io.EOF {
		return err
	}
	if string(mark) != historyMark+"\n" {
		return &os.PathError{Op: "use", Path: h.path, Err: errors.New("not made by sockstat")}
	}
	return nil
}

// historyOf returns the last lines of a text that can have been typed.
func historyOf(text string) (lines []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if line != "" && line != historyMark && utf8.ValidString(line) && format.Escape(line) == line {
			lines = append(lines, line)
		}
	}
	return lines[max(0, len(lines)-historyLines):]
}

// shorten puts a new file with some lines in the place of the old one.
func (h *history) shorten(lines []string) error {
	name := h.path + ".new"
	os.Remove(name) // left by a shell that was ended just here
	f, err := createPrivate(name)
	if err != nil {
		return err
	}
	if _, err = f.WriteString(historyMark + "\n" + strings.Join(lines, "\n") + "\n"); err == nil {
		err = os.Rename(name, h.path)
	}
	if err != nil {
		os.Remove(name)
		return first(err, f.Close())
	}
	err = h.f.Close()
	h.f = f
	return err
}

// add adds a line, to the file that has the name now: another shell may have shortened it. A disk
// that is full is no reason to disturb the user at each line.
func (h *history) add(line string) {
	if h == nil || h.f == nil {
		return
	}
	if ours, err := h.f.Stat(); err != nil || !h.named(ours) {
		h.f.Close()
		h.f = nil
		again := &history{path: h.path}
		if again.open() != nil {
			return
		}
		if again.check() != nil {
			again.f.Close()
			return
		}
		h.f = again.f
	}
	h.f.WriteString(line + "\n")
}

// named reports whether a file is the one that has the name of the history.
func (h *history) named(ours os.FileInfo) bool {
	info, err := os.Lstat(h.path)
	return err == nil && os.SameFile(info, ours)
}

func (h *history) Close() error {
	if h == nil || h.f == nil {
		return nil
	}
	return h.f.Close()
}
