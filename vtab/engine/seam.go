package engine

import (
	"context"

	"sockstat/vtab/function"
	"sockstat/vtab/table"
)

// What an SQLite engine has to offer, and what it calls. The files modernc_*.go and
// ncruces_*.go implement the first half and set openEngine. A conn and all that comes from
// it belong to one goroutine.

// openEngine opens a connection to a new in-memory database.
var openEngine func() (conn, error)

// conn is a connection (sqlite3*).
type conn interface {
	// prepare compiles the first statement of sql and returns what follows it. The
	// stmt is nil if there is none, only blanks and comments.
	prepare(sql string) (s stmt, tail string, err error)
	// table makes t known as a read-only virtual table: one that exists without being created
	// if it is eponymous, else one for CREATE VIRTUAL TABLE.
	table(name string, t virtualTable, eponymous bool) error
	// function makes f known to statements.
	function(f function.Function) error
	// core removes functions, collations and virtual tables that the engine has beyond those of
	// SQLite's core, as far as it can. It comes before table and function.
	core() error
	// authorize lets allow decide what statements may do from now on.
	authorize(allow authorizer) error
	// interruptible lets the end of ctx interrupt what runs until stop is called.
	interruptible(ctx context.Context) (stop func())
	// autocommit reports whether no transaction is open.
	autocommit() bool
	close() error
}

// authorizer reports whether a statement may do something.
type authorizer func(deed) bool

// stmt is a prepared statement (sqlite3_stmt*).
type stmt interface {
	columns() []string
	// params returns the names of the parameters with their prefix, "" for a nameless one.
	params() []string
	// bind sets parameter i, counted from 0.
	bind(i int, v table.Value) error
	// expanded returns the SQL with the values of the parameters in their place.
	expanded() string
	// step reports whether there is a row.
	step() (bool, error)
	// value returns a column of the row; text and blobs are valid until the next step, and so
	// is the text that a REAL comes with.
	value(i int) table.Value
	// reset makes it start anew, with the same parameters.
	reset() error
	close() error
}

// virtualTable is what SQLite asks of a virtual table (sqlite3_module).
type virtualTable interface {
	// declaration is a CREATE TABLE statement with the columns.
	declaration() string
	bestIndex(*indexInfo)
	// isList reports whether the numbered plan wants a whole IN list as an argument.
	isList(plan, arg int) bool
	// isNumber reports whether an argument is compared with numbers, so that a text that
	// looks like one is to become one.
	isNumber(plan, arg int) bool
	open() cursor
}

// cursor walks over a table (sqlite3_vtab_cursor).
type cursor interface {
	// filter starts anew, as the numbered plan says.
	filter(plan int, args []argument) error
	next() error
	eof() bool
	column(i int) table.Value
	rowid() int64
}

// indexInfo is sqlite3_index_info: the conditions on a table, and the plan made of them.
type indexInfo struct {
	constraints []constraint
	used        uint64      // bit n is set if column n is read, bit 63 for any from 63 on
	orderBy     []orderTerm // of an ORDER BY or GROUP BY
	groups      []int       // columns of a GROUP BY or DISTINCT

	// refused says that there is no plan for these conditions, but for others.
	refused bool

	plan int
	text string // says the plan, in EXPLAIN QUERY PLAN
	cost float64
	rows int64
	// ordered says that the rows will come in the order of orderBy. A GROUP BY alone needs
	// equal values together, in no order, but it is not told from one with ORDER BY.
	ordered bool
}

// constraint is a condition that compares a column with an expression.
type constraint struct {
	column int      // -1 for the rowid
	op     table.Op // 0 for an operator that no table is told of, such as LIKE or LIMIT
	usable bool     // the expression has a value when the scan starts
	// literal is the value of the expression if it is a literal.
	literal *table.Value
	in      bool   // the expression is a list or subquery after IN, and op is table.OpEq
	is      bool   // the operator is IS, under which NULL equals NULL, and op is table.OpEq
	collate string // name of the collation that compares texts

	arg  int  // position among the arguments of filter, from 1; 0 if not wanted
	omit bool // SQLite need not check it again
}

// What sqlite3_vtab_distinct returns for an ORDER BY and for a GROUP BY; the others are DISTINCT,
// which is not better served by rows in order than in none.
const (
	distinctOrderBy = 0
	distinctGroupBy = 1
)

// order notes a column of an ORDER BY, GROUP BY or DISTINCT; sqlite3_vtab_distinct tells which.
func (info *indexInfo) order(distinct int, term orderTerm) {
	if distinct != distinctOrderBy {
		info.groups = append(info.groups, term.column)
	}
	if distinct == distinctOrderBy || distinct == distinctGroupBy {
		info.orderBy = append(info.orderBy, term)
	}
}

// orderTerm is a column to sort or group by.
type orderTerm struct {
	column int
	desc   bool
}
