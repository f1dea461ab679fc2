// Package repl is the shell: statements and their parameters (run.go, params.go, statement.go),
// the loop that reads and runs what is typed (shell.go, pending.go), the dot commands
// (command.go and a file for each kind), the line editor with its completion and history
// (editor.go, complete.go, history.go). How results are shown is package format's.
//
// [Run] runs SQL and prints what it returns; a [Shell] does so with what a user types.
package repl
