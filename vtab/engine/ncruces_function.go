//go:build sqlite_ncruces || illumos

package engine

import (
	"errors"
	"strconv"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"sockstat/vtab/function"
	"sockstat/vtab/table"
)

func (c ncrucesConn) function(f function.Function) error {
	const flags = sqlite3.DETERMINISTIC | sqlite3.INNOCUOUS
	if f.Start != nil {
		return c.db.CreateWindowFunction(f.Name, f.Args, flags, func() sqlite3.AggregateFunction {
			return &ncrucesAggregate{f.Name, f.Start(), nil}
		})
	}
	var args []table.Value
	return c.db.CreateFunction(f.Name, f.Args, flags, func(ctx sqlite3.Context, arg ...sqlite3.Value) {
		args = ncrucesArgs(args, arg)
		ncrucesReturn(ctx, f.Name, func() (table.Value, error) { return f.Call(args) })
	})
}

// ncrucesArgs returns the values of arguments, in space that may be used for them.
func ncrucesArgs(space []table.Value, arg []sqlite3.Value) []table.Value {
	space = space[:0]
	for _, a := range arg {
		space = append(space, ncrucesValue(a))
	}
	return space
}

// ncrucesReturn has a function return what a call returns.
func ncrucesReturn(ctx sqlite3.Context, name string, call func() (table.Value, error)) {
	v, err := function.Guarded(name, call)
	if err != nil {
		ctx.ResultError(err)
		return
	}
	ncrucesResult(ctx, v)
}

// ncrucesAggregate adapts an aggregate function.
type ncrucesAggregate struct {
	name string
	function.Aggregate
	args []table.Value // space for a call
}

func (a *ncrucesAggregate) Step(ctx sqlite3.Context, arg ...sqlite3.Value) {
	a.args = ncrucesArgs(a.args, arg)
	_, err := function.Guarded(a.name, func() (table.Value, error) { return table.Null(), a.Aggregate.Step(a.args) })
	if err != nil {
		ctx.ResultError(err)
	}
}

func (a *ncrucesAggregate) Inverse(ctx sqlite3.Context, arg ...sqlite3.Value) {
	a.args = ncrucesArgs(a.args, arg)
	_, err := function.Guarded(a.name, func() (table.Value, error) { a.Aggregate.Inverse(a.args); return table.Null(), nil })
	if err != nil {
		ctx.ResultError(err)
	}
}

func (a *ncrucesAggregate) Value(ctx sqlite3.Context) {
	ncrucesReturn(ctx, a.name, a.Aggregate.Value)
}

// ncrucesExtras are the functions that this build of SQLite has beyond its core, with the
// number of their arguments, and ncrucesCollations its collations.
const (
	ncrucesExtras = `base64/1 decimal/1 decimal/2 decimal_add/2 decimal_cmp/2 decimal_exp/1 decimal_exp/2 decimal_mul/2
		decimal_pow2/1 decimal_sub/2 decimal_sum/1 ieee754/1 ieee754/2 ieee754_exponent/1 ieee754_from_blob/1
		ieee754_from_int/1 ieee754_inc/2 ieee754_mantissa/1 ieee754_to_blob/1 ieee754_to_int/1 regexpi/2`
	ncrucesCollations = `decimal time uint`
)

// core removes what this build of SQLite has beyond its core.
func (c ncrucesConn) core() error {
	var errs []error
	for _, f := range strings.Fields(ncrucesExtras) {
		name, args, _ := strings.Cut(f, "/")
		n, _ := strconv.Atoi(args)
		errs = append(errs, c.db.CreateFunction(name, n, 0, nil))
	}
	for _, name := range strings.Fields(ncrucesCollations) {
		errs = append(errs, c.db.CreateCollation(name, nil))
	}
	return errors.Join(errs...)
}
