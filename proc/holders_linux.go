package proc

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// walkDescriptors reads the links in /proc/<pid>/fd. The threads of a process share
// its descriptors, so only processes are looked at; a thread that has made itself a
// table of its own, unshare(2), is not seen.
func (l linux) walkDescriptors(ctx context.Context, pids []int32) (*SocketHolders, error) {
	found, hidden, err := l.walk(ctx, pids, nil)
	if err != nil {
		return nil, err
	}
	h := newSocketHolders(found, hidden)
	h.Unlisted = !l.listsAll()
	return h, nil
}

// listsAll reports whether proc lists every process of the machine: it does not in a PID
// namespace, nor, with the option hidepid, those of others, such as process 1.
func (l linux) listsAll() bool {
	var st unix.Stat_t
	return l.inFirstPIDNamespace() == nil && unix.Stat(l.proc+"/1", &st) == nil
}

// walk is walkDescriptors without the processes besides.
func (l linux) walk(ctx context.Context, pids []int32, besides map[int32]struct{}) (
	found []held, hidden int, err error,
) {
	dir, list, err := l.openProc(pids)
	if err != nil {
		return nil, 0, err
	}
	defer dir.Close()
	list = slices.DeleteFunc(list, func(pid int32) bool {
		_, ok := besides[pid]
		return ok
	})

	// A few processes are done before another worker has woken up.
	const fewProcesses = 8
	walkers := make([]fdWalker, max(1, min(runtime.GOMAXPROCS(0), len(list)/fewProcesses)))
	sized := l.tellsSizes()
	var next atomic.Int64
	var wg sync.WaitGroup
	for i := range walkers {
		w := &walkers[i]
		*w = fdWalker{proc: int(dir.Fd()), chosen: pids != nil, sized: sized, buf: make([]byte, 32<<10)}
		walk := func() { w.err = w.walkAll(ctx, list, &next) }
		if i < len(walkers)-1 {
			wg.Go(walk)
		} else {
			walk() // what would wait for the others can as well walk
		}
	}
	wg.Wait()

	for _, w := range walkers {
		if w.err != nil {
			return nil, 0, w.err
		}
		found = append(found, w.found...)
		hidden += w.hidden
	}
	return found, hidden, nil
}

// tellsSizes reports whether the size of an fd directory is the number of its descriptors
// (Linux 6.2, proc_fd_getattr in fs/proc/fd.c).
func (l linux) tellsSizes() bool {
	var st unix.Stat_t
	return unix.Stat(l.proc+"/self/fd", &st) == nil && st.Size > 0
}

// fdWalker is one of the workers of walkDescriptors.
type fdWalker struct {
	proc   int  // descriptor of proc
	chosen bool // processes were
	sized  bool // the sizes of fd directories are known
	found  []held
	hidden int
	err    error

	path cpath
	buf  []byte  // directory entries, content of files
	fds  []int32 // descriptors of a process
	link [64]byte
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
		ok, buf, err := isProcess(w.proc, pid, &w.path, w.buf)
		w.buf = buf
		switch {
		case isDenied(err): // proc is mounted with hidepid
			w.hidden++
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
	n, err := w.scan(pid, w.proc, w.path.set(pid, "/fd"))
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
	var fd, task unix.Statx_t
	const oneThread = 3 // with . and .., proc_task_getattr in fs/proc/base.c
	return statx(w.proc, w.path.set(pid, "/fd"), unix.STATX_SIZE, &fd) == nil && fd.Size == 0 &&
		statx(w.proc, w.path.set(pid, "/task"), unix.STATX_NLINK, &task) == nil && task.Nlink == oneThread
}

// walkWithout looks at a process that showed no descriptors: denied says why, nil if
// there were none. What has no memory has none either, even though their directory
// may not be opened: the kernel's threads, zombies and processes about to be one. But
// if only the first thread has ended, the descriptors are found with the others.
func (w *fdWalker) walkWithout(pid int32, denied error) error {
	s, err := w.stat(w.proc, pid)
	switch {
	case isGone(err):
	case err == nil && s.vsize == 0 && s.threads > 1:
		return w.walkThreads(pid)
	case err == nil && s.vsize == 0:
	case denied != nil:
		w.hidden++
	}
	return nil
}

// walkThreads takes the descriptors of the first thread that still has some.
func (w *fdWalker) walkThreads(pid int32) error {
	dir, err := openDir(w.proc, w.path.set(pid, "/task"))
	if err != nil {
		return unlessGone(err)
	}
	defer unix.Close(dir)
	threads, err := appendNumbers(nil, dir, w.buf)
	if err != nil {
		return unlessGone(err)
	}
	for _, thread := range threads {
		n, err := w.scan(pid, dir, w.path.set(thread, "/fd"))
		if err == nil && n > 0 {
			return nil
		}
		if isDenied(err) {
			if s, err := w.stat(dir, thread); err == nil && s.vsize > 0 {
				w.hidden++
				return nil
			}
		}
	}
	return nil
}

// stat reads the stat file of a process in proc or of a thread in its task directory.
func (w *fdWalker) stat(dir int, id int32) (s stat, err error) {
	var content []byte
	content, w.buf, err = readFile(dir, w.path.set(id, "/stat"), w.buf, maxFile)
	if err != nil {
		return stat{}, err
	}
	return parseStat(content)
}

// scan adds the sockets in an fd directory and returns the number of descriptors.
func (w *fdWalker) scan(pid int32, parent int, path cpath) (int, error) {
	dir, err := openDir(parent, path)
	if err != nil {
		return 0, err
	}
	defer unix.Close(dir)
	if w.fds, err = appendNumbers(w.fds[:0], dir, w.buf); err != nil {
		return 0, err
	}
	for _, fd := range w.fds {
		n, err := readlinkat(dir, w.path.set(fd, ""), w.link[:])
		switch {
		case err == unix.ENOENT: // closed meanwhile
		case err != nil:
			return 0, err // root may open the directory of anyone but not follow its links
		}
		if inode, ok := linkInode(w.link[:n], "socket:["); ok {
			w.found = append(w.found, held{inode, Holder{PID: pid, FD: fd}})
		}
	}
	return len(w.fds), nil
}
