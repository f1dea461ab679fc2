// Package engine answers SQL about declared tables. It makes virtual tables of SQLite of
// them, and knows nothing of what they are about.
//
// What happens to
//
//	SELECT s.local_port, p.name FROM sockets s JOIN processes p USING (pid) WHERE s.state = 'LISTEN'
//
// from [DB.Prepare] to [Stmt.Close]:
//
// SQLite parses it and asks an authorizer about everything that it would do (authorize.go);
// whatever does more than read is refused. To plan it, SQLite asks both tables how they
// would be scanned, several times, with the conditions that would hold (plan.go). The answer
// says which conditions are of use, and what that costs. Each time the columns that the scan
// reads and its conditions with literals are noted (planning.go): state = 'LISTEN' for
// sockets, and for processes that pid and name are read. An equality with a value that is not
// known before, pid = s.pid, is of use as well: it can be looked up.
//
// The first [Stmt.Step] puts the values of parameters in the place of their names, so that
// they narrow a table as literals do (params.go). SQLite starts its outer loop by filter on a
// cursor over sockets (cursor.go). That makes a [table.Query] for each table of everything that
// was noted of it, and starts to read all of them in the background, so that they are of one
// moment (moment.go, snapshot.go). The rows as they arrive are the statement's snapshot of
// sockets: all its cursors, however often they start, walk over the same rows (walker.go), and
// SQLite gets a value at a time out of the row that a cursor stands at. It checks every
// condition again, so a table may bring rows too many.
//
// For the first row of sockets SQLite starts the inner loop by filter on a cursor over
// processes. That waits for all processes, puts them into an index by pid (index.go), and finds
// the rows with the given pid. For the next row of sockets only the last is left to do. An
// index also has the rows of a GROUP BY together.
//
// Where a statement scans but one table, and starts that once (program.go finds out), the
// lists and values that are known only when it starts narrow the table as well, and of a large
// table the rows that were passed are dropped.
//
// An error of a table goes through SQLite as text and is kept beside the statement, so that
// Step returns what the table did. Close ends what is still being read, such as after LIMIT,
// and tells who asks for it how the reading went (account.go). Between BEGIN and COMMIT the
// snapshots belong to the DB, and are of all tables and hold everything, for the statements to
// come.
//
// Two SQLite engines do the work, behind the interfaces in seam.go: modernc.org/sqlite/lib
// (modernc_*.go), and github.com/ncruces/go-sqlite3 (ncruces_*.go) with the build tag
// sqlite_ncruces and on illumos, which the first does not support. Both are used through
// SQLite's own interface, not database/sql: that has neither an authorizer nor the position
// of an error, and cannot tell where one statement ends and the next begins.
package engine
