package repl

import (
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
type history struct{ f *os.File }

const (
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
	f, err := openPrivate(path)
	if err != nil {
		return nil, nil, fmt.Errorf("keep no history: %w", err)
	}
	h := &history{f}
	lines, err := h.read()
	if err != nil {
		return nil, nil, first(fmt.Errorf("read history: %w", err), h.Close())
	}
	return h, lines, nil
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
	size, err := h.f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	b := make([]byte, min(size, 2*historySize))
	if _, err := h.f.ReadAt(b, size-int64(len(b))); err != nil && err != io.EOF {
		return nil, err
	}
	var lines []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && utf8.ValidString(line) && format.Escape(line) == line {
			lines = append(lines, line)
		}
	}
	lines = lines[max(0, len(lines)-historyLines):]
	if size < historySize {
		return lines, nil
	}
	if err := h.f.Truncate(0); err != nil {
		return nil, err
	}
	_, err = h.f.WriteString(strings.Join(lines, "\n") + "\n")
	return lines, err
}

// add adds a line. A disk that is full is no reason to disturb the user at each line.
func (h *history) add(line string) {
	if h != nil {
		h.f.WriteString(line + "\n")
	}
}

func (h *history) Close() error {
	if h == nil {
		return nil
	}
	return h.f.Close()
}
