package saved

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"sockstat/internal/trust"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// File is a file of moments that is only read. Every reading has a connection of its own, so
// that a recorder may go on and several tables be read side by side.
type File struct {
	path    string
	layout  *layout
	moments []Moment // those that are kept

	idle   chan *engine.File                    // connections that nobody reads by
	mutex  sync.Mutex                           // of what follows
	abouts map[int64]map[string][][]table.Value // see about
}

// Open opens a file of moments that anybody may have written.
func Open(path string) (*File, error) {
	f := &File{path: path, idle: make(chan *engine.File, idleConnections), abouts: map[int64]map[string][][]table.Value{}}
	if err := f.check(); err != nil {
		return nil, fileError(path, err)
	}
	return f, nil
}

// fileError says of which file an error is, once.
func fileError(path string, err error) error {
	var named *fs.PathError
	var own *Error
	if err == nil || errors.As(err, &named) || errors.As(err, &own) {
		return err
	}
	return &Error{path, err}
}

// Error is an error of a file.
type Error struct {
	Path string
	Err  error
}

func (e *Error) Error() string { return e.Path + ": " + explain(e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// SQLite's result codes that a reader of files meets.
const (
	codeCorrupt  = 11
	codeNotADB   = 26
	codeReadOnly = 8
	codeBusy     = 5
)

// explain says what SQLite means.
func explain(err error) string {
	var e *engine.Error
	if errors.As(err, &e) {
		switch e.Code {
		case codeCorrupt, codeNotADB:
			return "damaged: " + e.Message
		case codeBusy:
			return "another program is writing to it: " + e.Message
		}
	}
	return err.Error()
}

// check looks at the file before SQLite does, then at its schema and moments.
func (f *File) check() error {
	if err := checkHeader(f.path); err != nil {
		return err
	}
	file, err := f.connection()
	if err != nil {
		return err
	}
	defer f.release(file)
	if f.layout, err = readLayout(file); err != nil {
		return err
	}
	f.moments, err = readMoments(file)
	return err
}

// idleConnections is how many connections are kept: to open one takes the time of parsing the
// schema.
const idleConnections = 8

// connection returns a connection for one reading.
func (f *File) connection() (*engine.File, error) {
	select {
	case file := <-f.idle:
		return file, nil
	default:
		return f.open()
	}
}

// release takes back a connection that is outside of a transaction.
func (f *File) release(file *engine.File) {
	select {
	case f.idle <- file:
	default:
		file.Close()
	}
}

// Close closes the file. Readings that go on end by themselves.
func (f *File) Close() (err error) {
	for {
		select {
		case file := <-f.idle:
			err = errors.Join(err, file.Close())
		default:
			return err
		}
	}
}

// readMoments returns the moments that are kept, the oldest first.
func readMoments(file *engine.File) (moments []Moment, err error) {
	err = each(file, "SELECT moment, time_ms FROM moments WHERE kept ORDER BY moment", func(s *engine.FileStmt) error {
		moments = append(moments, Moment{s.Value(0).Int(), time.UnixMilli(s.Value(1).Int())})
		return nil
	})
	return moments, err
}

// open opens the file for reading. What a recorder that was killed left half done, SQLite takes
// back first, which is writing: that is done for nobody but who could have written the file.
func (f *File) open() (*engine.File, error) {
	if err := checkBeside(f.path); err != nil {
		return nil, err
	}
	file, err := engine.OpenFileReadOnly(f.path)
	if err != nil {
		return nil, err
	}
	err = each(file, "SELECT 1 FROM sqlite_schema", func(*engine.FileStmt) error { return nil })
	var e *engine.Error
	if err == nil || !errors.As(err, &e) || e.Code != codeReadOnly && e.Code != codeCantOpen {
		return file, err
	}
	if err := errors.Join(file.Close(), f.recover()); err != nil {
		return nil, err
	}
	return engine.OpenFileReadOnly(f.path)
}

const codeCantOpen = 14

// recover takes back what was left half done.
func (f *File) recover() error {
	for _, path := range []string{f.path, f.path + "-journal"} {
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		if why := trust.Foreign(path, info); why != "" || !info.Mode().IsRegular() {
			return fmt.Errorf("its writer was stopped halfway, and it can be mended only by its owner: %s: %s", path, why)
		}
	}
	file, err := engine.OpenFile(f.path)
	if err != nil {
		return err
	}
	err = each(file, "SELECT 1 FROM sqlite_schema", func(*engine.FileStmt) error { return nil })
	return errors.Join(err, file.Close())
}

// checkBeside checks that SQLite finds nothing beside a file that it would wait for, such as a
// FIFO by the name of its journal.
func checkBeside(path string) error {
	for _, end := range []string{"-journal", "-wal"} {
		switch info, err := os.Lstat(path + end); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s%s beside it is not a regular file", filepath.Base(path), end)
		}
	}
	return nil
}

// headerSize is the size of an SQLite file's header.
const headerSize = 100

// checkHeader checks that a path leads to a regular file with a header of ours, before SQLite
// is let near it.
func checkHeader(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	file, err := os.OpenFile(path, os.O_RDONLY|nonBlock, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	var header [headerSize]byte
	if _, err := io.ReadFull(file, header[:]); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return errNotOurs
		}
		return err
	}
	return checkHeaderBytes(header)
}

// checkHeaderBytes checks a header, https://sqlite.org/fileformat2.html#the_database_header.
func checkHeaderBytes(h [headerSize]byte) error {
	const magic = "SQLite format 3\x00"
	format := binary.BigEndian.Uint32(h[60:])
	switch {
	case string(h[:len(magic)]) != magic:
		return errNotOurs
	case binary.BigEndian.Uint32(h[68:]) != applicationID:
		return fmt.Errorf("%w, but another SQLite database", errNotOurs)
	case format > Format:
		return fmt.Errorf("written by a newer sockstat, in format %d; this one reads up to %d", format, Format)
	case h[18] != 1 || h[19] != 1: // WAL: to read it would create files beside it
		return fmt.Errorf("%w: its journal mode was changed", errNotOurs)
	}
	return nil
}

// Moments returns the moments in the file, the oldest first.
func (f *File) Moments() []Moment { return f.moments }

// Path returns the path that the file was opened by.
func (f *File) Path() string { return f.path }

// Size returns the size of the file in bytes.
func (f *File) Size() (int64, error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// syncDirectory makes the name of a file as lasting as the file.
func syncDirectory(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(ignoreUnsupported(dir.Sync()), dir.Close())
}

// ignoreUnsupported drops the error of a file system that does not sync directories.
func ignoreUnsupported(err error) error {
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrInvalid) || isInvalid(err) {
		return nil
	}
	return err
}
