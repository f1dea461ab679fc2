package linux

import (
	"context"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"

	"sockstat/proc"
)

// Describe looks at descriptors of sockets, see [proc.Describer]. The name of the protocol is
// an extended attribute of sockets, sockfs_xattr_get in net/socket.c; the owner is that of
// their file.
func (p Proc) Describe(ctx context.Context, held []proc.Held) ([]proc.Description, error) {
	d := &descriptorReader{Proc: p, calls: p.Calls.orKernel(), here: map[int32]bool{}}
	own, err := d.namespace("self")
	if unlessUnseen(err) != nil {
		return nil, fmt.Errorf("stat %s/self: %w", p.Root, err)
	}
	descriptions := make([]proc.Description, len(held))
	for i, h := range held {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if descriptions[i], err = d.describe(h, own); err != nil {
			return nil, fmt.Errorf("look at descriptor %d of process %d: %w", h.FD, h.PID, err)
		}
	}
	return descriptions, nil
}

// descriptorReader looks at descriptors of sockets.
type descriptorReader struct {
	Proc
	calls *Calls
	here  map[int32]bool // processes in the caller's network namespace or not
	about unix.Stat_t
	name  [64]byte
}

// namespace returns a number that stands for the network namespace of a process. It is that
// of a file which has another inode in each: unlike the link that names the namespace,
// anybody may see it.
func (d *descriptorReader) namespace(pid string) (uint64, error) {
	err := d.calls.stat(unix.AT_FDCWD, d.Root+"/"+pid+"/net/dev", &d.about)
	return d.about.Ino, err
}

// describe looks at a descriptor; own stands for the caller's network namespace.
func (d *descriptorReader) describe(h proc.Held, own uint64) (of proc.Description, err error) {
	pid := strconv.Itoa(int(h.PID))
	isHere, known := d.here[h.PID]
	if !known {
		namespace, err := d.namespace(pid)
		if unlessUnseen(err) != nil && err != unix.EINVAL { // of a process that is about to be gone
			return of, err
		}
		isHere = err == nil && namespace == own
		d.here[h.PID] = isHere
	}
	if of.Here = isHere; !isHere {
		return of, nil
	}
	path := d.Root + "/" + pid + "/fd/" + strconv.Itoa(int(h.FD))
	n, err := d.calls.getxattr(path, "system.sockprotoname", d.name[:])
	switch {
	case isDenied(err):
		of.Unseen = true
		return of, nil
	case err == nil && n > 0:
		of.Protocol = string(d.name[:n-1]) // without the NUL at its end
	case isResource(err):
		return of, err
	}
	// After the name is read, so that it is that of this socket.
	if err := d.calls.stat(unix.AT_FDCWD, path, &d.about); err != nil || d.about.Ino != h.Inode {
		return proc.Description{Here: true, Unseen: isDenied(err)}, unlessUnseen(err)
	}
	of.Held, of.UID = true, d.about.Uid
	return of, nil
}
