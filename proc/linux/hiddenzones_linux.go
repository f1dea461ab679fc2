package linux

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"sockstat/internal/thread"
	"sockstat/proc"
)

// filesOf returns a number that stands for the network namespace of a process or thread. It is
// that of a file which has another inode in each. Unlike the link that names the namespace,
// anybody may see it.
func (c *Calls) filesOf(root, pid string) (uint64, error) {
	var about unix.Stat_t
	err := c.stat(unix.AT_FDCWD, root+"/"+pid+"/net/dev", &about)
	if err == unix.EINVAL { // of a process that is about to be gone
		err = unix.ESRCH
	}
	return about.Ino, err
}

// unseenZone returns the id of a zone of which only that number is known.
func unseenZone(files uint64) uint64 { return proc.UnseenZone + files }

// hiddenZones adds the zones of processes whose namespace the caller may not see. Some may be
// zones that other processes have told, or files that stand for them.
func (r *zoneReader) hiddenZones(ctx context.Context, zones *zonesByID, hidden []int32, named []namedNamespace) error {
	if len(hidden) == 0 {
		return nil
	}
	r.known = map[uint64]uint64{}
	for i := range zones.list {
		z := &zones.list[i]
		if files, err := r.calls.filesOf(r.Root, strconv.Itoa(int(z.PID))); err == nil {
			r.known[files], z.Unseen = z.ID, unseenZone(files)
		}
	}
	r.visit(slices.DeleteFunc(slices.Clone(named), func(n namedNamespace) bool {
		_, told := zones.index[n.inode]
		return told
	}))
	for _, pid := range hidden {
		if err := ctx.Err(); err != nil {
			return err
		}
		files, err := r.calls.filesOf(r.Root, strconv.Itoa(int(pid)))
		switch {
		case isDenied(err), isGone(err) && r.isThere(pid): // proc is mounted with hidepid
			r.hidden++
		case unlessGone(err) != nil:
			return fmt.Errorf("look at network namespace of process %d: %w", pid, err)
		case err == nil:
			id, ok := r.known[files]
			if !ok {
				id = unseenZone(files)
			}
			zones.add(id, pid, pid)
		}
	}
	return nil
}

// visit goes to namespaces, as far as the caller may, and notes what filesOf says there.
func (r *zoneReader) visit(named []namedNamespace) {
	if len(named) == 0 {
		return
	}
	done := make(chan struct{})
	work := func() {
		defer close(done)
		for _, n := range named {
			if err := r.enter(n); isDenied(err) {
				return
			} else if err != nil { // it is gone
				continue
			}
			if files, err := r.calls.filesOf(r.Root, "thread-self"); err == nil {
				r.known[files] = n.inode
			}
		}
	}
	thread.Go(work, func() bool { return unix.Gettid() == os.Getpid() })
	<-done
}

// enter moves the calling thread to a namespace.
func (r *zoneReader) enter(n namedNamespace) error {
	fd, err := r.calls.openNamespace(n.path)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := r.calls.isNamespace(fd, proc.Zone{ID: n.inode}); err != nil {
		return err
	}
	return r.calls.Setns(fd)
}

// isThere reports whether there is a process, as far as may be seen.
func (r *zoneReader) isThere(pid int32) bool {
	var about unix.Stat_t
	err := r.calls.stat(unix.AT_FDCWD, r.Root+"/"+strconv.Itoa(int(pid)), &about)
	return err == nil || isDenied(err)
}
