package table

import (
	"context"
	"sync"
)

// Lazy is a table that is declared when it is first looked at. There are many tables with many
// columns, and most statements name one of them.
type Lazy struct {
	Name    string
	Declare func() Table // has the same name
	// Derived says that the rows are made of those of another table, so that who keeps that need
	// not keep this.
	Derived bool

	once  sync.Once
	table Table
}

func (l *Lazy) declared() Table {
	l.once.Do(func() { l.table = l.Declare() })
	return l.table
}

// Info declares the table and describes it.
func (l *Lazy) Info() Info { return l.declared().Info() }

// Read starts reading the rows that a query wants.
func (l *Lazy) Read(ctx context.Context, q *Query) (Batches, error) { return l.declared().Read(ctx, q) }

// NameOf returns the name of a table, without declaring it.
func NameOf(t Table) string {
	if l, ok := t.(*Lazy); ok {
		return l.Name
	}
	return t.Info().Name
}

// IsDerived reports whether the rows of a table are made of those of another one.
func IsDerived(t Table) bool {
	l, ok := t.(*Lazy)
	return ok && l.Derived
}
