package linux

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// firstNetNamespace is the inode of the machine's first network namespace since Linux
// 6.18, NET_NS_INIT_INO of include/uapi/linux/nsfs.h. Before, it was a number that any
// namespace could get; but those start at 0xF0000000, so none ever had this one.
const firstNetNamespace = 0xEFFFFFF9

// ownNamespace is the link to the caller's network namespace, below proc.
const ownNamespace = "self/ns/net"

// errNoNamespaces says that the kernel has none, CONFIG_NET_NS.
var errNoNamespaces = errors.New("no network namespaces")

// own returns the inode of the caller's network namespace. That the kernel has none at all is
// errNoNamespaces, which is told from not seeing it: there is something else about the caller.
func (r *zoneReader) own() (uint64, error) {
	inode, err := r.calls.netNamespace(unix.AT_FDCWD, r.path.name(r.Root+"/"+ownNamespace), r.buf)
	if err == unix.ENOENT {
		var about unix.Stat_t
		if r.calls.stat(unix.AT_FDCWD, r.Root+"/self", &about) == nil {
			return 0, errNoNamespaces
		}
	}
	return inode, err
}

// errNoNamespace says that a link is to something else than a network namespace.
var errNoNamespace = errors.New("no network namespace")

// unlessNone drops an error which says that there is no network namespace to be seen.
func unlessNone(err error) error {
	if errors.Is(err, errNoNamespace) {
		return nil
	}
	return unlessUnseen(err)
}

// firstNamespace returns the inode of the machine's first network namespace, or one
// that no namespace has if it is not known; own is that of the caller.
func (r *zoneReader) firstNamespace(own uint64) (uint64, error) {
	if own == firstNetNamespace {
		return own, nil
	}
	// The kernel shows every process the settings of its own namespace. Those that are
	// the whole machine's exist in the first one only.
	var denied error
	if own != 0 {
		var st unix.Stat_t
		path := r.Root + "/sys/net/core/netdev_budget"
		switch err := r.calls.stat(unix.AT_FDCWD, path, &st); {
		case err == nil:
			return own, nil
		case isDenied(err):
			denied = &os.PathError{Op: "stat", Path: path, Err: err}
		case !isGone(err):
			return 0, &os.PathError{Op: "stat", Path: path, Err: err}
		}
	}
	// The kernel's threads live in it, if we may see them: the parent of most is 2.
	isThread, err := r.isKernelThread("2/stat")
	if err != nil {
		return 0, err
	}
	if isThread {
		if inode, err := r.namespace("2/ns/net"); err != nil || inode != 0 {
			return inode, err
		}
		if files, err := r.calls.filesOf(r.Root, "2"); err == nil {
			if id, ok := r.known[files]; ok {
				return id, denied
			}
			return unseenZone(files), denied
		}
	}
	return firstNetNamespace, denied
}

// isKernelThread reports whether a stat file below proc is that of one of the kernel's own.
func (r *zoneReader) isKernelThread(file string) (bool, error) {
	content, buf, err := r.calls.readFile(unix.AT_FDCWD, r.path.name(r.Root+"/"+file), r.buf, lines)
	r.buf = buf
	if unlessUnseen(err) != nil {
		return false, fmt.Errorf("read %s/%s: %w", r.Root, file, err)
	}
	if err != nil {
		return false, nil
	}
	s, err := parseStat(content)
	return err == nil && s.kernelThread(), nil
}

// namespace returns the inode of the network namespace that a link below proc names, 0
// if there is none or it may not be seen.
func (r *zoneReader) namespace(link string) (uint64, error) {
	path := r.Root + "/" + link
	inode, err := r.calls.netNamespace(unix.AT_FDCWD, r.path.name(path), r.buf)
	if unlessNone(err) != nil {
		return 0, fmt.Errorf("readlink %s: %w", path, err)
	}
	return inode, nil
}

// netNamespace returns the inode in a link to a network namespace, "net:[N]".
func (c *Calls) netNamespace(dir int, path cpath, buf []byte) (uint64, error) {
	n, err := c.readlink(dir, path, buf)
	if err != nil {
		return 0, err
	}
	inode, ok := linkInode(buf[:n], "net:[")
	if !ok {
		return 0, fmt.Errorf("%w: %q", errNoNamespace, buf[:n])
	}
	return inode, nil
}

// namedNamespace is a network namespace on which a file is mounted, as ip-netns(8) does.
type namedNamespace struct {
	name  string
	path  string
	inode uint64
}

// namedNamespaces lists the files on which a namespace is mounted, directory by directory, by
// name. What is left when one has been unmounted is an ordinary file.
func (r *zoneReader) namedNamespaces() ([]namedNamespace, error) {
	var named []namedNamespace
	for dir := range strings.SplitSeq(r.Netns, ":") {
		names, err := r.names(dir)
		if unlessUnseen(err) != nil { // ip-netns(8) makes the directory when it is first used
			return nil, fmt.Errorf("list %s: %w", dir, err)
		}
		for _, name := range names {
			path := dir + "/" + name
			inode, err := r.mounted(path)
			if err != nil {
				return nil, fmt.Errorf("stat %s: %w", path, err)
			}
			if inode != 0 {
				named = append(named, namedNamespace{name, path, inode})
			}
		}
	}
	return named, nil
}

// mounted returns the inode of the namespace that is mounted on a file, 0 if there is none.
func (r *zoneReader) mounted(path string) (uint64, error) {
	var fs unix.Statfs_t
	err := r.calls.statfs(path, &fs)
	if err != nil || fs.Type != unix.NSFS_MAGIC {
		return 0, unlessUnseen(err)
	}
	var st unix.Stat_t
	if err := r.calls.stat(unix.AT_FDCWD, path, &st); err != nil {
		return 0, unlessUnseen(err)
	}
	return st.Ino, nil
}

// names lists the names in a directory in their order.
func (r *zoneReader) names(dir string) (names []string, err error) {
	fd, err := r.calls.openDir(unix.AT_FDCWD, r.path.name(dir))
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	for {
		n, err := r.calls.getdents(fd, r.buf)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			slices.Sort(names)
			return names, nil
		}
		names = appendNames(names, r.buf[:n])
	}
}
