package saved

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sockstat/internal/trust"
	"sockstat/vtab"
	"sockstat/vtab/engine"
)

// Recorder adds moments to a file. There is but one for a file at a time.
//
// Where nobody else can put files into the directory, a moment is a transaction, with SQLite's
// journal beside the file. A file that does not exist yet, or lies in a directory of all, such as
// /tmp, where a stranger could put a journal of his own, is written anew under another name and
// then renamed. Either way it is whole, whenever the program or the machine stops.
type Recorder struct {
	path   string
	lock   *os.File
	writer *writer     // nil while there is none
	opened os.FileInfo // the file that the writer writes to
}

// NewRecorder returns a recorder for a file, which need not exist. Close it.
func NewRecorder(path string) (*Recorder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := checkTarget(path); err != nil {
		return nil, fileError(path, err)
	}
	lock, err := takeLock(path + "-lock")
	if err != nil {
		if named := new(fs.PathError); errors.As(err, &named) && named.Path != path {
			err = fmt.Errorf("lock %s: %w", filepath.Base(named.Path), named.Err)
		}
		return nil, fileError(path, err)
	}
	r := &Recorder{path: path, lock: lock}
	r.removeLeftovers()
	return r, nil
}

// checkTarget checks that a file can be written to, if it is there.
func checkTarget(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return errors.New("a symbolic link is not written to")
	case !info.Mode().IsRegular():
		return errors.New("not a regular file")
	}
	if why := trust.Foreign(path, info); why != "" {
		return errors.New("not written to: " + why)
	}
	if err := checkBeside(path); err != nil {
		return err
	}
	return checkHeader(path)
}

// takeLock locks a file beside the one that is written to. To close the latter would make SQLite's
// own locks on it void.
func takeLock(path string) (*os.File, error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|noFollow, 0o600)
		if err != nil {
			return nil, err
		}
		info, err := f.Stat()
		if err == nil {
			if why := trust.Foreign(path, info); why != "" {
				err = errors.New(path + " is not ours: " + why)
			} else if !info.Mode().IsRegular() {
				err = errors.New(path + " is not a regular file")
			}
		}
		ok := false
		if err == nil {
			ok, err = lockFile(f)
		}
		if err == nil && !ok {
			err = errors.New("another program is recording to it")
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		// Who had the lock before may have removed the file since it was opened here.
		if now, err := os.Lstat(path); err == nil && os.SameFile(now, info) {
			return f, nil
		}
		f.Close()
	}
}

// Close ends the recording.
func (r *Recorder) Close() error {
	err := r.closeWriter()
	_ = os.Remove(r.lock.Name()) // while it is locked
	return errors.Join(err, r.lock.Close())
}

// closeWriter closes the file.
func (r *Recorder) closeWriter() error {
	if r.writer == nil {
		return nil
	}
	w := r.writer
	r.writer = nil
	return errors.Join(w.detach(), w.file.Close())
}

// Add reads a machine and adds the moment.
func (r *Recorder) Add(ctx context.Context, m *vtab.Machine, choice Choice) (Moment, error) {
	reading, err := read(ctx, m, choice)
	if err != nil {
		return Moment{}, err
	}
	defer reading.close()
	moment, err := r.write(ctx, reading)
	if err == nil {
		return moment, nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return moment, fileError(r.path, err)
}

// write adds a moment in the way that is safe.
func (r *Recorder) write(ctx context.Context, reading *reading) (Moment, error) {
	inPlace, err := r.inPlace()
	if err != nil {
		return Moment{}, err
	}
	if !inPlace {
		return r.writeAnew(ctx, reading)
	}
	if r.writer == nil {
		if err := r.openWriter(); err != nil {
			return Moment{}, err
		}
	}
	return r.writer.add(ctx, reading)
}

// ErrReplaced is the error for a file that is not there any more, or is another one.
var ErrReplaced = errors.New("no longer the file that was recorded to")

// inPlace reports whether the file is there and can be added to where it is.
func (r *Recorder) inPlace() (bool, error) {
	info, err := os.Lstat(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		if r.writer != nil {
			return false, fmt.Errorf("%w: it was removed", ErrReplaced)
		}
		return false, nil
	} else if err != nil {
		return false, err
	}
	if r.writer != nil && !os.SameFile(info, r.opened) {
		return false, fmt.Errorf("%w: another has taken its place", ErrReplaced)
	}
	dir, err := os.Stat(filepath.Dir(r.path))
	if err != nil {
		return false, err
	}
	return dir.Mode().Perm()&0o022 == 0, nil
}

// openWriter opens the file.
func (r *Recorder) openWriter() error {
	if err := checkTarget(r.path); err != nil {
		return err
	}
	info, err := os.Lstat(r.path)
	if err != nil {
		return err
	}
	file, err := engine.OpenFile(r.path)
	if err != nil {
		return err
	}
	w, err := newWriter(file)
	if err != nil {
		return errors.Join(err, w.detach(), file.Close())
	}
	r.writer, r.opened = w, info
	return nil
}

// writeAnew writes a new file, with what is in the old one if there is one, and puts it in its
// place.
func (r *Recorder) writeAnew(ctx context.Context, reading *reading) (m Moment, err error) {
	temp, err := r.createTemp()
	if err != nil {
		return m, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp)
			_ = os.Remove(temp + "-journal")
		}
	}()
	if m, err = writeWhole(ctx, temp, reading); err != nil {
		return m, err
	}
	if err := syncFile(temp); err != nil {
		return m, err
	}
	if err := os.Rename(temp, r.path); err != nil {
		return m, err
	}
	return m, syncDirectory(r.path)
}

// writeWhole adds a moment to a file that nobody else knows.
func writeWhole(ctx context.Context, path string, reading *reading) (m Moment, err error) {
	file, err := engine.OpenFile(path)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	for _, pragma := range []string{"journal_mode = MEMORY", "synchronous = OFF"} { // OFF would be refused
		if err := file.Exec("PRAGMA " + pragma); err != nil {
			return m, err
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return m, err
	}
	if info.Size() == 0 {
		if err := create(file); err != nil {
			return m, err
		}
	}
	w, err := newWriter(file)
	if err != nil {
		return m, err
	}
	w.once = true
	m, err = w.add(ctx, reading)
	return m, errors.Join(err, w.detach())
}

// createTemp creates a file in the same directory, with the bytes of the file if there is one.
func (r *Recorder) createTemp() (name string, err error) {
	dir, base := filepath.Split(r.path)
	name = filepath.Join(dir, "."+base+"."+rand.Text()+leftover)
	temp, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	defer func() {
		if err = errors.Join(err, temp.Close()); err != nil {
			_ = os.Remove(name)
		}
	}()
	if err := checkTarget(r.path); err != nil {
		return "", err
	}
	old, err := os.OpenFile(r.path, os.O_RDONLY|noFollow, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return name, nil
	} else if err != nil {
		return "", err
	}
	defer old.Close()
	_, err = io.Copy(temp, old)
	return name, err
}

// leftover ends the names of files that are renamed when they are whole.
const leftover = ".tmp"

// removeLeftovers removes what recorders that were killed left behind. There is no other one.
func (r *Recorder) removeLeftovers() {
	dir, base := filepath.Split(r.path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, "."+base+".") || !strings.HasSuffix(strings.TrimSuffix(name, "-journal"), leftover) {
			continue
		}
		path := filepath.Join(dir, name)
		if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() && trust.Foreign(path, info) == "" {
			_ = os.Remove(path)
		}
	}
}

// syncFile makes what is in a file lasting.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return errors.Join(fmt.Errorf("sync: %w", err), f.Close())
	}
	return f.Close()
}
