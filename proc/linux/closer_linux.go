package linux

import (
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"sockstat/proc"
)

// walkClosely finds what one process holds in whatever way. All is read below one descriptor
// of its directory, which stands for this process even if the PID is given to another.
func (w *fdWalker) walkClosely(pid int32) error {
	dir, err := w.calls.open(w.root, w.path.set(pid, ""), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return w.orHide(pid, err)
	}
	defer unix.Close(dir)
	n, err := w.table(pid, dir, "")
	switch {
	case isGone(err):
		return nil
	case isDenied(err):
		return w.walkWithout(pid, err)
	case err != nil:
		return err
	}
	return w.ownTables(pid, dir, n > 0)
}

// orHide drops an error which says that a process is gone or may not be looked at. The latter
// is noted.
func (w *fdWalker) orHide(pid int32, err error) error {
	if isDenied(err) {
		w.hide(pid)
		return nil
	}
	return unlessGone(err)
}

// table adds the sockets in the table of descriptors of a process or thread, whose files are
// below dir with the given beginning, and what is registered with its io_urings. It returns
// the number of descriptors.
func (w *fdWalker) table(pid int32, dir int, files string) (int, error) {
	n, err := w.scan(pid, dir, w.path.name(files+"fd"))
	if err != nil {
		return n, err
	}
	for _, ring := range w.rings {
		if err := w.registered(pid, dir, files+"fdinfo/"+strconv.Itoa(int(ring))); err != nil {
			return n, err
		}
	}
	return n, nil
}

// ownTables looks at the threads of a process that have descriptors for themselves, as after
// unshare(2). The first thread's were looked at, unless it has ended.
func (w *fdWalker) ownTables(pid int32, dir int, first bool) error {
	const oneThread = 3 // with . and .., proc_task_getattr in fs/proc/base.c
	if err := w.calls.statx(dir, w.path.name("task"), unix.STATX_NLINK, &w.about); err == nil && w.about.Nlink == oneThread {
		return nil
	}
	tasks, err := w.calls.openDir(dir, w.path.name("task"))
	if err != nil {
		return w.orHide(pid, err)
	}
	defer unix.Close(tasks)
	threads, err := w.calls.appendNumbers(nil, tasks, w.buf)
	if err != nil {
		return unlessGone(err)
	}
	like := int32(0) // a thread whose table was looked at
	if first {
		like = pid
	}
	for _, thread := range threads {
		if thread == like || like != 0 && w.shareTable(like, thread) {
			continue
		}
		n, err := w.table(pid, tasks, strconv.Itoa(int(thread))+"/")
		if isDenied(err) {
			if s, err := w.stat(tasks, thread); err == nil && s.vsize == 0 || isGone(err) {
				continue // it has ended
			}
		}
		if err := w.orHide(pid, err); err != nil {
			return err
		}
		if like == 0 && n > 0 {
			like = thread
		}
	}
	return nil
}

// shareTable reports whether two threads are known to have the same table of descriptors.
func (w *fdWalker) shareTable(a, b int32) bool {
	const kcmpFiles = 2 // KCMP_FILES, include/uapi/linux/kcmp.h
	if !w.native {
		return false
	}
	differ, err := w.calls.Kcmp(a, b, kcmpFiles)
	return err == nil && differ == 0
}

// ringLink is the target of the link that stands for a descriptor of io_uring.
const ringLink = "anon_inode:[io_uring]"

// registered adds the sockets that are registered with an io_uring. Those the kernel does not
// tell while the ring is at work, which takes microseconds.
func (w *fdWalker) registered(pid int32, dir int, path string) error {
	const attempts = 5
	for i := range attempts {
		content, buf, err := w.calls.readFile(dir, w.path.name(path), w.buf, registeredFiles)
		w.buf = buf
		if err != nil {
			return w.orHide(pid, err)
		}
		u := parseUserFiles(content)
		if u.slots != 0 && u.files == 0 && i < attempts-1 { // locked, or no slot is taken
			time.Sleep(50 * time.Microsecond << i)
			continue
		}
		for _, inode := range u.sockets {
			w.found = append(w.found, proc.Held{Inode: inode, Holder: proc.Holder{PID: pid, FD: proc.NoFD}})
		}
		if u.slots == notTold {
			w.hide(pid)
		}
		return nil
	}
	return nil
}

// showsOwnPIDs reports whether proc is that of the caller's own PID namespace.
func (f *finder) showsOwnPIDs() bool {
	var link [16]byte
	n, err := f.calls.readlink(unix.AT_FDCWD, f.path.name(f.Root+"/self"), link[:])
	return err == nil && string(link[:n]) == strconv.Itoa(os.Getpid())
}
