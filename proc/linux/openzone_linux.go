package linux

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"golang.org/x/sys/unix"

	"sockstat/proc"
)

// OpenZone returns a descriptor of a network namespace for setns(2), which the caller closes.
// That there is no such namespace any more is fs.ErrNotExist.
func (p Proc) OpenZone(z proc.Zone) (fd int, err error) {
	c := p.Calls.orKernel()
	if z.Holder.PID != 0 {
		fd, err = c.socketNamespace(z.Holder)
	} else {
		fd, err = c.openNamespace(z.Path)
	}
	if err == nil {
		if err = c.isNamespace(fd, z); err == nil {
			return fd, nil
		}
		unix.Close(fd)
	}
	if !errors.Is(err, fs.ErrNotExist) || z.PID == 0 {
		return -1, err
	}
	// That process has ended, or gone elsewhere: there may be another.
	return p.openAnyOf(z)
}

// openNamespace opens a file that stands for a namespace.
func (c *Calls) openNamespace(path string) (int, error) {
	var p cpath
	fd, err := c.open(unix.AT_FDCWD, p.name(path), unix.O_RDONLY)
	if isGone(err) {
		err = unix.ENOENT
	}
	if err != nil {
		return -1, fmt.Errorf("open %s: %w", path, err)
	}
	return fd, nil
}

// isNamespace returns an error unless a descriptor is that of a zone.
func (c *Calls) isNamespace(fd int, z proc.Zone) error {
	if !z.Seen() {
		return fs.ErrNotExist
	}
	var about unix.Stat_t
	for {
		err := c.Fstatat(fd, "", &about, unix.AT_EMPTY_PATH)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return err
		case about.Ino != z.ID:
			return fs.ErrNotExist
		}
		return nil
	}
}

// openAnyOf looks for a process that is in a namespace.
func (p Proc) openAnyOf(z proc.Zone) (int, error) {
	r := p.zoneReader()
	r.buf = make([]byte, 4096)
	dir, pids, err := p.list(r.calls, nil, &r.path, r.buf)
	if err != nil {
		return -1, err
	}
	defer dir.Close()
	for _, pid := range pids {
		id, from, err := r.processNamespace(int(dir.Fd()), pid)
		if err != nil || id != z.ID {
			continue
		}
		fd, err := r.calls.openNamespace(p.Root + "/" + strconv.Itoa(int(from)) + "/ns/net")
		if err != nil {
			continue
		}
		if err := r.calls.isNamespace(fd, z); err == nil {
			return fd, nil
		}
		unix.Close(fd)
	}
	return -1, fs.ErrNotExist
}

// ZoneFiles returns the directory of proc(5) that shows the sockets of a zone to anybody, ""
// if there is none, and a function that returns an error if it has become another zone's.
func (p Proc) ZoneFiles(z proc.Zone) (dir string, verify func() error) {
	if z.PID == 0 {
		return "", nil
	}
	c, pid := p.Calls.orKernel(), strconv.Itoa(int(z.PID))
	files, err := c.filesOf(p.Root, pid)
	if err != nil || !z.Seen() && unseenZone(files) != z.ID {
		return "", nil
	}
	return p.Root + "/" + pid + "/net", func() error {
		now, err := c.filesOf(p.Root, pid)
		if err != nil || now != files {
			return fs.ErrNotExist
		}
		return nil
	}
}

// socketNamespace returns a descriptor of the namespace of a socket that a process holds:
// pidfd_getfd(2) and the ioctl SIOCGSKNS of include/uapi/linux/sockios.h, since Linux 5.6.
func (c *Calls) socketNamespace(h proc.Holder) (int, error) {
	socket, err := c.duplicate(h)
	if err != nil {
		return -1, err
	}
	defer unix.Close(socket)
	fd, err := c.SocketNamespace(socket)
	if err != nil {
		return -1, fmt.Errorf("network namespace of a socket: %w", err)
	}
	return fd, nil
}

// duplicate returns a descriptor of the caller's for what one of a process stands for.
func (c *Calls) duplicate(h proc.Holder) (int, error) {
	fd, err := c.Pidfd(h.PID, h.FD)
	if err == unix.EBADF || isGone(err) {
		err = unix.ENOENT
	}
	if err != nil {
		return -1, fmt.Errorf("pidfd_getfd: %w", err)
	}
	return fd, nil
}

// socketZone returns the zone of a socket, if a descriptor stands for it still.
func (c *Calls) socketZone(h proc.Holder, inode uint64) (uint64, error) {
	socket, err := c.duplicate(h)
	if err != nil {
		return 0, err
	}
	defer unix.Close(socket)
	var about unix.Stat_t
	if err := c.Fstatat(socket, "", &about, unix.AT_EMPTY_PATH); err != nil || about.Ino != inode {
		return 0, fs.ErrNotExist
	}
	fd, err := c.SocketNamespace(socket)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	err = c.Fstatat(fd, "", &about, unix.AT_EMPTY_PATH)
	return about.Ino, err
}

// HeldZones returns the network namespaces besides some that only descriptors of processes
// keep: files that stand for them, and sockets. See [proc.ZoneSearcher].
func (p Proc) HeldZones(ctx context.Context, besides []proc.Zone, found *proc.SocketHolders) (more []proc.Zone, err error) {
	known := map[uint64]bool{}
	for i := range besides {
		known[besides[i].ID] = true
	}
	r := p.zoneReader()
	for _, h := range found.Zones {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if known[h.ID] {
			continue
		}
		z := proc.Zone{ID: h.ID, Name: r.ZoneName(h.ID), Kind: "anonymous"}
		if h.File {
			z.Path = fmt.Sprintf("%s/%d/fd/%d", p.Root, h.PID, h.FD)
			if id, err := r.namespace(fmt.Sprintf("%d/fd/%d", h.PID, h.FD)); err != nil || id != h.ID {
				continue // of another kind, or closed meanwhile
			}
		} else {
			z.Holder = h.Holder
		}
		known[h.ID] = true
		more = append(more, z)
	}
	return more, nil
}

// Inspect returns the cookie of a network namespace: that of the ioctl NS_GET_ID of
// include/uapi/linux/nsfs.h, since Linux 6.18. The error is why it may not be entered.
func (p Proc) Inspect(z proc.Zone) (cookie uint64, err error) {
	c := p.Calls.orKernel()
	fd, err := p.OpenZone(z)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	cookie, _ = c.NamespaceID(fd)
	return cookie, nil
}
