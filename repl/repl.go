// Package repl is everything that a result passes on its way to the user: statements and
// their parameters (run.go, params.go), the formats (format.go and one file each), the one
// place where text of strangers is made harmless (escape.go), and the shell (shell.go)
// with its dot commands (command.go) and completion (complete.go).
//
// [Run] runs SQL and prints what it returns; a [Shell] does so with what a user types.
package repl
