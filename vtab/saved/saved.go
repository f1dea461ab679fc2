// Package saved keeps what the tables of a machine showed, moment after moment, in a file that
// is an ordinary SQLite database, and makes a machine of a moment in it.
//
// It stands apart from vtab because it knows no table: what it keeps are the values of the
// columns that any table declares, and what it gives back are tables of the same columns, so
// that a column or a table added elsewhere is kept without a line here. It reads and writes
// files by connections of its own; the one that statements of users run on never knows of them.
//
// # The file
//
// A row is kept once, for as long as it stays the same: from the moment that saw it first until
// the first that did not, as first and gone, which is NULL while it lives. For a table T
//
//	T            a view: the rows at the last moment, the plain table
//	T_over_time  a view: the rows of all moments, with first and gone as times in UTC
//	T_spans      the rows, with the numbers of moments, of texts and of what is kept apart
//	T_measures   the counters and gauges of rows, see table.Kept
//
// and, for all tables,
//
//	moments        when each moment was, in milliseconds since 1970
//	texts          every text, once
//	X_values       what rows of several tables tell of the same, such as socket_values
//	saved_columns  which columns there are, and where they are kept: all else follows from that
//
// What is known of the reading itself are tables too: saved_machine (host, boot_id, kernel,
// version, zone), saved_tables (which tables a moment has, and how many rows), saved_notices
// (what their readers had to tell) and saved_ways (how they were read). What was open at a time,
// in any program that reads SQLite:
//
//	SELECT * FROM sockets_over_time
//	WHERE first <= '2026-11-26 03:12' AND (gone > '2026-11-26 03:12' OR gone IS NULL)
//
// The header has "SOCK" as application id and the number of the format as user version. A file
// with any other table, index, view or trigger than follows from saved_columns is not one of
// ours and is refused, so that nothing in it is ever run.
package saved

// Format is the number of the file's format. A file with a higher one is refused; columns and
// tables that are new do not change it.
const Format = 1

// applicationID is "SOCK", at offset 68 of an SQLite file.
const applicationID = 0x534f434b

// Names of the tables that tell of the reading.
const (
	machineName = "saved_machine"
	tablesName  = "saved_tables"
	noticesName = "saved_notices"
	waysName    = "saved_ways"
)
