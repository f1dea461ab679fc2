// Package format is everything that a result passes on its way to the user: the formats
// (format.go and a file for each), writing (write.go, output.go), the widths of columns
// (grid.go, width.go), and the one place where text of strangers is made harmless (escape.go).
// Errors with their hints (hint.go) and other text (text.go) take the same way.
//
// [Write] prints a [Result] as [Settings] say. A new format is a file that declares a [Format]
// and its name in the list of format.go. It says which columns a result must have and which
// settings it heeds; what it cannot show it refuses before anything is printed.
package format
