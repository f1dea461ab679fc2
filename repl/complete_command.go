package repl

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// inCommand returns what may stand at the end of a line with a dot command.
func (c *completer) inCommand(line, tail string) (candidates, int) {
	args, starts := argumentsBefore(line)
	last := len(args) - 1
	if last == 0 {
		var names []string
		for _, cmd := range commands {
			names = append(names, "."+cmd.name)
		}
		return candidates{names, slices.Sorted(maps.Keys(otherWords))}, starts[0]
	}
	if args[0] == `\d` {
		return candidates{tableNames(c.shell, args[1:last])}, starts[last]
	}
	cmd, err := findCommand(strings.TrimPrefix(args[0], "."))
	if err != nil {
		return nil, starts[last]
	}
	if cmd.statement > 0 && last >= cmd.statement {
		if strings.HasPrefix(args[cmd.statement], "-") {
			return nil, starts[last] // flags, as of .explain -4l
		}
		begin := starts[cmd.statement]
		found, start := c.inSQL(line[begin:], tail)
		return found, begin + start
	}
	if cmd.complete == nil {
		return nil, starts[last]
	}
	return candidates{cmd.complete(c.shell, args[1:last], args[last])}, starts[last]
}

// argumentsBefore returns the words of a line and where they begin. The last one is that which is
// begun, "" behind a blank; it is as it was typed, but for an opening quote.
func argumentsBefore(line string) (args []string, starts []int) {
	at := 0
	for {
		at += len(line[at:]) - len(strings.TrimLeft(line[at:], " \t"))
		var a argument
		rest, err := a.value(line[at:])
		starts = append(starts, at)
		if err != nil { // the quote is open
			return append(args, line[at+1:]), starts
		}
		args = append(args, a.text)
		if rest == "" { // also where there was nothing: a word is to begin
			return args, starts
		}
		at = len(line) - len(rest)
	}
}

// fileNames completes the name of a file.
func fileNames(_ *Shell, words []string, begun string) (names []string) {
	if len(words) > 0 {
		return nil
	}
	return entries(begun, func(os.DirEntry) bool { return true })
}

// directoryNames completes the name of a directory.
func directoryNames(_ *Shell, words []string, begun string) []string {
	if len(words) > 0 {
		return nil
	}
	return entries(begun, os.DirEntry.IsDir)
}

// entries returns the files that may complete a path, quoted where they have to be. Hidden ones are
// left out unless their dot is typed.
func entries(begun string, wanted func(os.DirEntry) bool) (names []string) {
	dir, base := filepath.Split(begun)
	list, err := os.ReadDir(filepath.Join(".", dir))
	if filepath.IsAbs(dir) {
		list, err = os.ReadDir(dir)
	}
	if err != nil {
		return nil
	}
	for _, e := range list {
		name := dir + e.Name()
		info, err := os.Stat(name)
		isDir := err == nil && info.IsDir()
		if e.Name()[0] == '.' && !strings.HasPrefix(base, ".") || !wanted(e) && !isDir {
			continue
		}
		closing := "'"
		if isDir {
			name, closing = name+"/", ""
		}
		if strings.ContainsAny(name, " \t'\"=") {
			name = "'" + strings.ReplaceAll(name, "'", "''") + closing
		}
		names = append(names, name)
	}
	return names
}

// paramNames returns the names of the parameters that have a value.
func paramNames(s *Shell) []string { return slices.Sorted(maps.Keys(s.Params)) }
