package engine

import "strings"

// authorized reports whether a statement may do an action, named and with the arguments
// of https://sqlite.org/c3ref/c_alter_table.html. Statements may only read: a query of
// unknown origin must be safe to run as root, so it can neither change the database nor
// make SQLite open or write a file.
func authorized(action, arg1, arg2 string) bool {
	switch action {
	case "SELECT", "READ", "RECURSIVE", "TRANSACTION", "SAVEPOINT":
		return true
	case "FUNCTION":
		return !forbiddenFunctions[strings.ToLower(arg2)]
	case "PRAGMA":
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

// actions are the names of the action codes.
var actions = [...]string{
	1: "CREATE_INDEX", 2: "CREATE_TABLE", 3: "CREATE_TEMP_INDEX", 4: "CREATE_TEMP_TABLE",
	5: "CREATE_TEMP_TRIGGER", 6: "CREATE_TEMP_VIEW", 7: "CREATE_TRIGGER", 8: "CREATE_VIEW",
	9: "DELETE", 10: "DROP_INDEX", 11: "DROP_TABLE", 12: "DROP_TEMP_INDEX", 13: "DROP_TEMP_TABLE",
	14: "DROP_TEMP_TRIGGER", 15: "DROP_TEMP_VIEW", 16: "DROP_TRIGGER", 17: "DROP_VIEW",
	18: "INSERT", 19: "PRAGMA", 20: "READ", 21: "SELECT", 22: "TRANSACTION", 23: "UPDATE",
	24: "ATTACH", 25: "DETACH", 26: "ALTER_TABLE", 27: "REINDEX", 28: "ANALYZE",
	29: "CREATE_VTABLE", 30: "DROP_VTABLE", 31: "FUNCTION", 32: "SAVEPOINT", 33: "RECURSIVE",
}

// actionName names an action code, "" for one that is not known.
func actionName(code int) string {
	if code < 0 || code >= len(actions) {
		return ""
	}
	return actions[code]
}
