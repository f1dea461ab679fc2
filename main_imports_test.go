package main

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Imports run one way: kernel bytes, rows, columns, SQL, terminal.
func TestImportsRunOneWay(t *testing.T) {
	allowed := map[string][]string{
		".":           {"sockstat/queries", "sockstat/repl", "sockstat/vtab", "sockstat/vtab/engine"},
		"repl":        {"sockstat/vtab/engine"},
		"queries":     {},
		"vtab":        {"sockstat/mib2", "sockstat/proc", "sockstat/vtab/engine"},
		"vtab/engine": {},
		"mib2":        {},
		"proc":        {},
	}
	for dir, may := range allowed {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", dir, len(files), err)
		}
		for _, file := range files {
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range f.Imports {
				path, _ := strconv.Unquote(spec.Path.Value)
				if strings.HasPrefix(path, "sockstat") && !slices.Contains(may, path) {
					t.Errorf("%s imports %s", file, path)
				}
			}
		}
	}
}
