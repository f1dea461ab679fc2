package linux

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"sockstat/proc"
)

// walkDescriptors reads the links in /proc/<pid>/fd. The threads of a process share
// its descriptors, so only processes are looked at; what a thread has for itself is looked
// for in a closer search only.
func (f *finder) walkDescriptors(ctx context.Context, pids []int32) (*proc.SocketHolders, error) {
	found, hidden, err := f.walk(ctx, pids, f.besides)
	if err != nil {
		return nil, err
	}
	h := newHolders(found, hidden)
	h.Unlisted = !f.listsAll()
	if f.zoned {
		h.Zones = f.files // those of sockets are not known
	}
	return h, nil
}

func newHolders(found []proc.Held, hidden []int32) *proc.SocketHolders {
	slices.Sort(hidden)
	hidden = slices.Compact(hidden)
	h := proc.NewSocketHolders(found, len(hidden))
	h.HiddenPIDs = hidden
	return h
}

// listsAll reports whether proc lists every process of the machine: it does not in a PID
// namespace, nor, with the option hidepid, those of others, such as process 1.
func (f *finder) listsAll() bool {
	return f.inFirstPIDNamespace() == nil && f.stat("1") == nil
}

// walkBuffer is how many bytes of entries of a directory are read at once.
const walkBuffer = 32 << 10

// walk is walkDescriptors without the processes besides.
func (f *finder) walk(ctx context.Context, pids []int32, besides map[int32]struct{}) (
	found []proc.Held, hidden []int32, err error,
) {
	dir, list, err := f.list(f.calls, pids, &f.path, f.buf)
	if err != nil {
		return nil, nil, err
	}
	defer dir.Close()
	list = slices.DeleteFunc(list, func(pid int32) bool {
		_, ok := besides[pid]
		return ok
	})

	walkers := f.walkers(int(dir.Fd()), len(list), pids != nil)
	var next atomic.Int64
	var wg sync.WaitGroup
	for i := range walkers {
		w := &walkers[i]
		walk := func() { w.err = w.walkAll(ctx, list, &next) }
		if i < len(walkers)-1 {
			wg.Go(walk)
		} else {
			walk() // this goroutine would only wait for the others
		}
	}
	wg.Wait()

	for i := range walkers {
		w := &walkers[i]
		if w.err != nil {
			return nil, nil, w.err
		}
		found = append(found, w.found...)
		hidden = append(hidden, w.hidden...)
		f.files = append(f.files, w.files...)
	}
	return found, hidden, nil
}

// walkers returns workers for some number of processes in proc, which is open as dir.
func (f *finder) walkers(dir, processes int, chosen bool) []fdWalker {
	// A few processes are done before another worker has woken up.
	const fewProcesses = 8
	walkers := make([]fdWalker, max(1, min(runtime.GOMAXPROCS(0), processes/fewProcesses)))
	const some = 64 // descriptors to begin with
	like := fdWalker{calls: f.calls, root: dir, chosen: chosen, sized: f.tellsSizes(), closer: f.closer}
	if f.closer {
		like.native = f.showsOwnPIDs()
	}
	buf := f.buf
	for i := range walkers {
		w := &walkers[i]
		*w = like
		w.buf, w.found, w.fds = buf, make([]proc.Held, 0, some), make([]int32, 0, some)
		if i+1 < len(walkers) {
			buf = make([]byte, walkBuffer)
		}
	}
	return walkers
}

// tellsSizes reports whether the size of an fd directory is the number of its descriptors
// (Linux 6.2, proc_fd_getattr in fs/proc/fd.c).
func (f *finder) tellsSizes() bool {
	return f.stat("self/fd") == nil && f.about.Size > 0
}

// fdWalker is one of the workers of walkDescriptors.
type fdWalker struct {
	calls  *Calls
	root   int  // descriptor of proc
	chosen bool // processes were
	sized  bool // the sizes of fd directories are known
	closer bool // whatever else can hold a socket is looked at too
	native bool // the PIDs in proc are those of system calls
	found  []proc.Held
	files  []proc.HeldZone // that stand for network namespaces
	hidden []int32         // processes that may not be looked at
	err    error

	path  cpath
	buf   []byte  // directory entries, content of files
	fds   []int32 // descriptors of a process
	rings []int32 // those of them that stand for io_uring, in a closer search
	link  [64]byte
	about unix.Statx_t
}

// walkAll takes one process after the other until none is left.
func (w *fdWalker) walkAll(ctx context.Context, pids []int32, next *atomic.Int64) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		i := int(next.Add(1) - 1)
		if i >= len(pids) {
			return nil
		}
		if err := w.walk(pids[i]); err != nil {
			return fmt.Errorf("read descriptors of process %d: %w", pids[i], err)
		}
	}
}

// walk finds the sockets of one process.
func (w *fdWalker) walk(pid int32) error {
	if w.chosen {
		ok, buf, err := w.calls.isProcess(w.root, pid, &w.path, w.buf)
		w.buf = buf
		switch {
		case isDenied(err): // proc is mounted with hidepid
			w.hide(pid)
			return nil
		case err != nil:
			return unlessGone(err)
		case !ok:
			return nil
		}
	}
	if w.sized && w.isEmpty(pid) {
		return nil
	}
	if w.closer {
		return w.walkClosely(pid)
	}
	n, err := w.scan(pid, w.root, w.path.set(pid, "/fd"))
	switch {
	case err == nil && n > 0, isGone(err):
		return nil
	case err == nil, isDenied(err):
		return w.walkWithout(pid, err)
	}
	return err
}

// isEmpty reports whether a process has one thread and no descriptors, as most processes
// of an idle machine, those of the kernel. To ask for sizes takes two system calls where to
// look takes seven.
func (w *fdWalker) isEmpty(pid int32) bool {
	const oneThread = 3 // with . and .., proc_task_getattr in fs/proc/base.c
	c := w.calls
	return c.statx(w.root, w.path.set(pid, "/fd"), unix.STATX_SIZE, &w.about) == nil && w.about.Size == 0 &&
		c.statx(w.root, w.path.set(pid, "/task"), unix.STATX_NLINK, &w.about) == nil && w.about.Nlink == oneThread
}

// walkWithout looks at a process that showed no descriptors: denied says why, nil if
// there were none. What has no memory has none either, even though their directory
// may not be opened: the kernel's threads, zombies and processes about to be one. But
// if only the first thread has ended, the descriptors are found with the others.
func (w *fdWalker) walkWithout(pid int32, denied error) error {
	s, err := w.stat(w.root, pid)
	switch {
	case isGone(err):
	case isResource(err):
		return err
	case err == nil && s.vsize == 0 && s.threads > 1:
		return w.walkThreads(pid)
	case err == nil && s.vsize == 0:
	case err != nil, denied != nil:
		w.hide(pid)
	}
	return nil
}

// hide notes that a process may not be looked at.
func (w *fdWalker) hide(pid int32) {
	if n := len(w.hidden); n == 0 || w.hidden[n-1] != pid {
		w.hidden = append(w.hidden, pid)
	}
}

// walkThreads takes the descriptors of the first thread that still has some.
func (w *fdWalker) walkThreads(pid int32) error {
	dir, err := w.calls.openDir(w.root, w.path.set(pid, "/task"))
	if err != nil {
		return unlessGone(err)
	}
	defer unix.Close(dir)
	threads, err := w.calls.appendNumbers(nil, dir, w.buf)
	if err != nil {
		return unlessGone(err)
	}
	for _, thread := range threads {
		n, err := w.scan(pid, dir, w.path.set(thread, "/fd"))
		switch {
		case err == nil && n > 0:
			return nil
		case isDenied(err):
			if s, err := w.stat(dir, thread); err == nil && s.vsize == 0 || isGone(err) {
				continue // it has ended too
			}
			w.hide(pid)
			return nil
		case unlessGone(err) != nil:
			return err
		}
	}
	return nil
}

// stat reads the stat file of a process in proc or of a thread in its task directory.
func (w *fdWalker) stat(dir int, id int32) (s stat, err error) {
	var content []byte
	content, w.buf, err = w.calls.readFile(dir, w.path.set(id, "/stat"), w.buf, lines)
	if err != nil {
		return stat{}, err
	}
	return parseStat(content)
}

// scan adds the sockets in an fd directory and returns the number of descriptors.
func (w *fdWalker) scan(pid int32, parent int, path cpath) (int, error) {
	dir, err := w.calls.openDir(parent, path)
	if err != nil {
		return 0, err
	}
	defer unix.Close(dir)
	if w.fds, err = w.calls.appendNumbers(w.fds[:0], dir, w.buf); err != nil {
		return 0, err
	}
	w.rings = w.rings[:0]
	for _, fd := range w.fds {
		n, err := w.calls.readlink(dir, w.path.set(fd, ""), w.link[:])
		switch {
		case err == unix.ENOENT: // closed meanwhile
		case err != nil:
			return 0, err // root may open the directory of anyone but not follow its links
		}
		if inode, ok := linkInode(w.link[:n], "socket:["); ok {
			w.found = append(w.found, proc.Held{Inode: inode, Holder: proc.Holder{PID: pid, FD: fd}})
		} else if id, ok := linkInode(w.link[:n], "net:["); ok {
			w.files = append(w.files, proc.HeldZone{ID: id, Holder: proc.Holder{PID: pid, FD: fd}, File: true})
		} else if w.closer && string(w.link[:n]) == ringLink {
			w.rings = append(w.rings, fd)
		}
	}
	return len(w.fds), nil
}
