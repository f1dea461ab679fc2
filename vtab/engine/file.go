package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"sockstat/vtab/table"
)

// openEngineFile opens a connection to a database in a file that exists. The files of the
// engines set it.
var openEngineFile func(path string, readOnly bool) (conn, error)

// File is a connection to a database in a file, of its own: what statements of users run on
// never knows of it. It belongs to one goroutine.
type File struct{ conn conn }

// OpenFile opens a file for writing, which has to exist. Nothing that its schema says is run
// but the statements of the caller: neither triggers nor views.
func OpenFile(path string) (*File, error) { return openFile(path, false) }

// OpenFileReadOnly opens a file that anybody may have written. Statements can do nothing but
// read its tables.
func OpenFileReadOnly(path string) (*File, error) { return openFile(path, true) }

// openFile opens a file. An absolute path is never taken for a URI or a name that is special
// to SQLite.
func openFile(path string, readOnly bool) (f *File, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	defer func() {
		if v := recover(); v != nil {
			f, err = nil, fmt.Errorf("open SQLite: %v", v)
		}
	}()
	c, err := openEngineFile(path, readOnly)
	if err != nil {
		return nil, err
	}
	f = &File{conn: c}
	for _, pragma := range []string{"trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "busy_timeout = 5000"} {
		if err := f.Exec("PRAGMA " + pragma); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	if readOnly {
		if err := c.authorize(authorizedOfFile); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return f, nil
}

// authorizedOfFile reports whether a statement may do something with a file of unknown origin.
func authorizedOfFile(d deed) bool {
	switch d.action {
	case actionSelect, actionRead, actionTransaction:
		return true
	case actionFunction:
		return d.arg2 == "max" || d.arg2 == "count" || d.arg2 == "coalesce"
	}
	return false
}

// Watch has the end of ctx interrupt what runs, until stop is called.
func (f *File) Watch(ctx context.Context) (stop func()) { return f.conn.interruptible(ctx) }

// Exec runs a statement that returns no rows of interest.
func (f *File) Exec(sql string) error {
	s, err := f.Prepare(sql)
	if err != nil {
		return err
	}
	_, err = s.Step()
	return errors.Join(err, s.Close())
}

// Prepare compiles a statement.
func (f *File) Prepare(sql string) (_ *FileStmt, err error) {
	defer recovered(&err)
	s, _, err := f.conn.prepare(sql)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, &Error{Code: codeError, Message: "no statement", SQL: sql, Offset: -1}
	}
	return &FileStmt{s}, nil
}

// Close closes the file. What was not committed is rolled back.
func (f *File) Close() (err error) {
	defer recovered(&err)
	return f.conn.close()
}

// FileStmt is a prepared statement of a [File].
type FileStmt struct{ stmt stmt }

// Bind sets a parameter, counted from 0.
func (s *FileStmt) Bind(i int, v table.Value) (err error) {
	defer recovered(&err)
	return s.stmt.bind(i, v)
}

// Step moves to the next row and reports whether there is one.
func (s *FileStmt) Step() (row bool, err error) {
	defer recovered(&err)
	return s.stmt.step()
}

// Run binds parameters, runs a statement that returns no rows, and makes it ready to run again.
func (s *FileStmt) Run(values ...table.Value) error {
	for i, v := range values {
		if err := s.Bind(i, v); err != nil {
			return err
		}
	}
	if _, err := s.Step(); err != nil {
		return err
	}
	return s.Reset()
}

// Value returns a column of the current row. The bytes of a text or blob are valid until the
// next Step.
func (s *FileStmt) Value(i int) table.Value { return s.stmt.value(i) }

// Reset makes the statement start anew. Parameters keep their values.
func (s *FileStmt) Reset() (err error) {
	defer recovered(&err)
	return s.stmt.reset()
}

// Close ends the statement.
func (s *FileStmt) Close() (err error) {
	defer recovered(&err)
	return s.stmt.close()
}

// recovered makes an error of a panic, such as an engine's that a damaged file leads astray.
func recovered(err *error) {
	if v := recover(); v != nil {
		*err = errors.Join(*err, fmt.Errorf("SQLite: %v", v))
	}
}
