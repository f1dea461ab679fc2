package engine

import "strings"

// action is something that a statement may be about to do: one of SQLite's action codes,
// https://sqlite.org/c3ref/c_alter_table.html. Those without a name here are refused.
type action int

// The actions that may be allowed. SQLite's numbers never change.
const (
	actionCreateIndex     action = 1
	actionCreateTable     action = 2
	actionCreateTempIndex action = 3
	actionCreateTempTable action = 4
	actionCreateTempView  action = 6
	actionCreateView      action = 8
	actionDelete          action = 9
	actionDropIndex       action = 10
	actionDropTable       action = 11
	actionDropTempIndex   action = 12
	actionDropTempTable   action = 13
	actionDropTempView    action = 15
	actionDropView        action = 17
	actionInsert          action = 18
	actionPragma          action = 19
	actionRead            action = 20
	actionSelect          action = 21
	actionTransaction     action = 22
	actionUpdate          action = 23
	actionAlterTable      action = 26
	actionReindex         action = 27
	actionFunction        action = 31
	actionSavepoint       action = 32
	actionRecursive       action = 33
)

// deed is what a statement is about to do, as SQLite tells its authorizer. What the arguments
// are depends on the action.
type deed struct {
	action     action
	arg1, arg2 string
	schema     string // of the table, index or view it does it to
	bare       bool   // there is no arg2, not even an empty one
}

// temporary is the schema of temporary tables and views.
const temporary = "temp"

// authorized reports whether a statement may do something. It may read, and do as it likes
// with temporary tables and views, which are memory and end with the connection. A query of
// unknown origin must be safe to run as root, so it can change neither the database nor make
// SQLite open or write a file.
func authorized(d deed) bool {
	switch d.action {
	case actionSelect, actionRead, actionRecursive, actionTransaction, actionSavepoint:
		return true
	case actionFunction:
		return !forbiddenFunctions[strings.ToLower(d.arg2)]
	case actionPragma:
		name := strings.ToLower(d.arg1)
		return readOnlyPragmas[name] || d.bare && settingPragmas[name]
	case actionInsert, actionUpdate, actionDelete, actionReindex,
		actionCreateTable, actionCreateView, actionCreateIndex, // that name the schema
		actionCreateTempTable, actionCreateTempView, actionCreateTempIndex,
		actionDropTable, actionDropView, actionDropIndex,
		actionDropTempTable, actionDropTempView, actionDropTempIndex:
		return d.schema == temporary
	case actionAlterTable:
		return d.arg1 == temporary
	}
	return false
}

// forbiddenFunctions reach outside of the database or into memory, or tell of the place of a
// row in its file, which no engine but one does.
var forbiddenFunctions = map[string]bool{
	"load_extension": true, "sqlite_offset": true, "fts3_tokenizer": true, "readfile": true, "writefile": true, "edit": true,
}

// readOnlyPragmas only tell something, with an argument or without.
var readOnlyPragmas = setOf(`collation_list compile_options data_version database_list foreign_key_check
	foreign_key_list freelist_count function_list index_info index_list index_xinfo integrity_check
	module_list page_count pragma_list quick_check table_info table_list table_xinfo`)

// settingPragmas tell a setting without an argument, and change it with one.
var settingPragmas = setOf(`analysis_limit application_id auto_vacuum automatic_index busy_timeout cache_size
	cache_spill cell_size_check defer_foreign_keys encoding foreign_keys hard_heap_limit ignore_check_constraints
	journal_mode journal_size_limit legacy_alter_table locking_mode max_page_count page_size query_only
	read_uncommitted recursive_triggers reverse_unordered_selects schema_version secure_delete soft_heap_limit
	synchronous temp_store threads trusted_schema user_version writable_schema`)

// setOf returns the words of a text.
func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}
