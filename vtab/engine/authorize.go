package engine

import "strings"

// action is something that a statement may be about to do: one of SQLite's action codes,
// https://sqlite.org/c3ref/c_alter_table.html. Those without a name here are refused.
type action int

// The actions that only read, or may do no more than that. SQLite's numbers never change.
const (
	actionPragma      action = 19
	actionRead        action = 20
	actionSelect      action = 21
	actionTransaction action = 22
	actionFunction    action = 31
	actionSavepoint   action = 32
	actionRecursive   action = 33
)

// authorized reports whether a statement may do something, with the arguments that SQLite
// tells of it. Statements may only read: a query of unknown origin must be safe to run as
// root, so it can neither change the database nor make SQLite open or write a file.
func authorized(do action, arg1, arg2 string) bool {
	switch do {
	case actionSelect, actionRead, actionRecursive, actionTransaction, actionSavepoint:
		return true
	case actionFunction:
		return !forbiddenFunctions[strings.ToLower(arg2)]
	case actionPragma:
		return readOnlyPragmas[strings.ToLower(arg1)]
	}
	return false
}

// forbiddenFunctions reach outside of the database or into memory.
var forbiddenFunctions = map[string]bool{
	"load_extension": true, "fts3_tokenizer": true, "readfile": true, "writefile": true, "edit": true,
}

// readOnlyPragmas only tell something, with an argument or without.
var readOnlyPragmas = map[string]bool{
	"collation_list": true, "compile_options": true, "database_list": true, "function_list": true,
	"module_list": true, "pragma_list": true, "table_info": true, "table_list": true, "table_xinfo": true,
}
