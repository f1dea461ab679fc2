package engine

import "testing"

func TestAuthorized(t *testing.T) {
	for _, c := range []struct {
		do         action
		arg1, arg2 string
		want       bool
	}{
		{actionSelect, "", "", true},
		{actionRead, "item", "id", true},
		{actionRecursive, "", "", true},
		{actionTransaction, "BEGIN", "", true},
		{actionSavepoint, "BEGIN", "x", true},
		{actionFunction, "", "count", true},
		{actionFunction, "", "load_extension", false},
		{actionFunction, "", "LOAD_EXTENSION", false},
		{actionFunction, "", "Writefile", false},
		{actionFunction, "", "fts3_tokenizer", false},
		{actionPragma, "table_info", "item", true},
		{actionPragma, "TABLE_XINFO", "item", true},
		{actionPragma, "temp_store_directory", "/tmp", false},
		{actionPragma, "journal_mode", "", false},
		{actionPragma, "", "", false},
	} {
		if got := authorized(c.do, c.arg1, c.arg2); got != c.want {
			t.Errorf("action %d with %q, %q: %t", c.do, c.arg1, c.arg2, got)
		}
	}
}

// What has no name, and what a later SQLite may add, is refused.
func TestOtherActionsAreRefused(t *testing.T) {
	named := map[action]bool{
		actionPragma: true, actionRead: true, actionSelect: true, actionTransaction: true, actionFunction: true,
		actionSavepoint: true, actionRecursive: true,
	}
	for do := action(-1); do < 100; do++ {
		if !named[do] && authorized(do, "table_info", "count") {
			t.Errorf("action %d is allowed", do)
		}
	}
}
