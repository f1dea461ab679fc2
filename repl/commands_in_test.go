package repl

import "testing"

func TestHasCommands(t *testing.T) {
	for text, want := range map[string]bool{
		".mode list\nSELECT 1;": true, "SELECT 1;\n .tables": true, "SELECT 1\n.5;": false, "SELECT 1; -- x\n.tables": true,
		"/* x\n.tables\n*/ SELECT 1": false, "SELECT '\n.tables\n'": false, "-- .tables\nSELECT 1": false, "": false, "\ufeff.tables": true,
	} {
		if got := HasCommands(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestBeginsStatement(t *testing.T) {
	for text, want := range map[string]bool{
		"select 1": true, "\n\n  WITH x": true, "-- x": true, "/* x */": true, "#!/bin/x": true, ".tables\n": true, ".mode list": true,
		"selct 1": true, "values(1)": true, ".5": false, "..": false, "web1\nweb2\n": false, "": false, "  \n": false, "select": false,
		"192.168.0.1 x": false, "with-hyphen x": false, "{\"a\": 1}": false, "root:x:0:0": false, "update": false,
	} {
		if got := BeginsStatement(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
