package linux

import (
	"io/fs"
	"os"
	"path"
	"syscall"
)

// cgroupMounts are where the file system of control groups (version 2) is mounted: alone, or
// beside those of version 1.
var cgroupMounts = []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}

// CgroupPaths returns the paths of the control groups that can be seen, by the inode of their
// directory, which is the number that the kernel gives with sockets. The first one is "/". It
// reads every directory: what cannot be read is left out.
func CgroupPaths() map[uint64]string {
	for _, mount := range cgroupMounts {
		root := os.DirFS(mount)
		if _, err := fs.Stat(root, "cgroup.procs"); err == nil {
			return directoryPaths(root)
		}
	}
	return nil
}

// directoryPaths returns the paths of the directories of a file system by inode.
func directoryPaths(root fs.FS) map[uint64]string {
	paths := map[uint64]string{}
	fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			if inode := fileInode(info); inode != 0 {
				paths[inode] = path.Join("/", name)
			}
		}
		return nil
	})
	return paths
}

// fileInode returns the inode of a file, 0 if it has none.
func fileInode(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Ino
	}
	return 0
}
