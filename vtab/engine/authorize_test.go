package engine

import "testing"

func TestAuthorized(t *testing.T) {
	for _, c := range []struct {
		do   deed
		want bool
	}{
		{deed{action: actionSelect}, true},
		{deed{action: actionRead, arg1: "item", arg2: "id", schema: "main"}, true},
		{deed{action: actionRecursive}, true},
		{deed{action: actionTransaction, arg1: "BEGIN"}, true},
		{deed{action: actionSavepoint, arg1: "BEGIN", arg2: "x"}, true},
		{deed{action: actionFunction, arg2: "count"}, true},
		{deed{action: actionFunction, arg2: "load_extension"}, false},
		{deed{action: actionFunction, arg2: "LOAD_EXTENSION"}, false},
		{deed{action: actionFunction, arg2: "Writefile"}, false},
		{deed{action: actionFunction, arg2: "fts3_tokenizer"}, false},
		{deed{action: actionPragma, arg1: "table_info", arg2: "item"}, true},
		{deed{action: actionPragma, arg1: "TABLE_XINFO", arg2: "item"}, true},
		{deed{action: actionPragma, arg1: "temp_store_directory", arg2: "/tmp"}, false},
		{deed{action: actionPragma, arg1: "temp_store_directory", bare: true}, false},
		{deed{action: actionPragma, arg1: "journal_mode", bare: true}, true},
		{deed{action: actionPragma, arg1: "journal_mode"}, false},
		{deed{action: actionPragma, arg1: "journal_mode", arg2: "WAL"}, false},
		{deed{action: actionPragma, bare: true}, false},
		{deed{action: actionInsert, arg1: "x", schema: "temp"}, true},
		{deed{action: actionInsert, arg1: "x", schema: "main"}, false},
		{deed{action: actionCreateTempTable, arg1: "x", schema: "temp"}, true},
		{deed{action: actionCreateTable, arg1: "x", schema: "main"}, false},
		{deed{action: actionAlterTable, arg1: "temp", arg2: "x"}, true},
		{deed{action: actionAlterTable, arg1: "main", arg2: "x", schema: "temp"}, false},
	} {
		if got := authorized(c.do); got != c.want {
			t.Errorf("%+v: %t", c.do, got)
		}
	}
}

// What has no name, and what a later SQLite may add, is refused in every schema.
func TestOtherActionsAreRefused(t *testing.T) {
	named := map[action]bool{
		actionPragma: true, actionRead: true, actionSelect: true, actionTransaction: true, actionFunction: true,
		actionSavepoint: true, actionRecursive: true,
	}
	changing := map[action]bool{
		actionInsert: true, actionUpdate: true, actionDelete: true, actionReindex: true, actionCreateTable: true, actionCreateView: true,
		actionCreateIndex: true, actionCreateTempTable: true, actionCreateTempView: true, actionCreateTempIndex: true, actionDropTable: true,
		actionDropView: true, actionDropIndex: true, actionDropTempTable: true, actionDropTempView: true, actionDropTempIndex: true,
	}
	for do := action(-1); do < 100; do++ {
		if !named[do] && authorized(deed{action: do, arg1: "table_info", arg2: "count", schema: "main"}) {
			t.Errorf("action %d is allowed", do)
		}
		if !named[do] && authorized(deed{action: do, arg1: "table_info", arg2: "count", schema: "temp"}) != changing[do] {
			t.Errorf("action %d on what is temporary: %t", do, !changing[do])
		}
	}
}
