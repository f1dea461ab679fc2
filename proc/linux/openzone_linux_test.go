package linux

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sockstat/proc"
)

// A namespace is opened by a socket that somebody holds, by a file, or by any process in it. What
// fails on the way is an error that says why, or that it is gone; and nothing stays open.
func TestOpenZone(t *testing.T) {
	const own = "/proc/self/ns/net"
	var about unix.Stat_t
	if err := unix.Stat(own, &about); err != nil {
		t.Skip(err)
	}
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(socket)
	errno := func(err error) func(int32, int32) (int, error) {
		return func(int32, int32) (int, error) { return -1, err }
	}
	gets := func(int32, int32) (int, error) { return unix.Dup(socket) }
	asked := func(err error) func(int) (int, error) {
		return func(int) (int, error) {
			if err != nil {
				return -1, err
			}
			return unix.Open(own, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		}
	}
	bySocket := proc.Zone{ID: about.Ino, Holder: proc.Holder{PID: 7, FD: 3}}
	other := bySocket
	other.ID++
	withProcess := proc.Zone{ID: about.Ino, Path: "/proc/0/ns/net", PID: int32(os.Getpid())}
	otherProcess := withProcess
	otherProcess.ID = 1
	for name, test := range map[string]struct {
		zone  proc.Zone
		calls Calls
		want  error
	}{
		"a socket":                    {bySocket, Calls{Pidfd: gets, SocketNamespace: asked(nil)}, nil},
		"a process that is gone":      {bySocket, Calls{Pidfd: errno(unix.ESRCH), SocketNamespace: asked(nil)}, fs.ErrNotExist},
		"a closed socket":             {bySocket, Calls{Pidfd: errno(unix.EBADF), SocketNamespace: asked(nil)}, fs.ErrNotExist},
		"somebody else's process":     {bySocket, Calls{Pidfd: errno(unix.EPERM), SocketNamespace: asked(nil)}, fs.ErrPermission},
		"an old kernel":               {bySocket, Calls{Pidfd: errno(unix.ENOSYS), SocketNamespace: asked(nil)}, unix.ENOSYS},
		"too many files":              {bySocket, Calls{Pidfd: errno(unix.EMFILE), SocketNamespace: asked(nil)}, unix.EMFILE},
		"no longer a socket":          {bySocket, Calls{Pidfd: gets, SocketNamespace: asked(unix.ENOTTY)}, unix.ENOTTY},
		"not CAP_NET_ADMIN there":     {bySocket, Calls{Pidfd: gets, SocketNamespace: asked(unix.EPERM)}, fs.ErrPermission},
		"too many files, second":      {bySocket, Calls{Pidfd: gets, SocketNamespace: asked(unix.EMFILE)}, unix.EMFILE},
		"a socket of another":         {other, Calls{Pidfd: gets, SocketNamespace: asked(nil)}, fs.ErrNotExist},
		"no number":                   {proc.Zone{ID: proc.UnseenZone + 1, Path: own}, Calls{}, fs.ErrNotExist},
		"a file":                      {proc.Zone{ID: about.Ino, Path: own}, Calls{}, nil},
		"a file of another":           {proc.Zone{ID: 1, Path: own}, Calls{}, fs.ErrNotExist},
		"a file that is gone":         {proc.Zone{ID: about.Ino, Path: "/proc/0/ns/net"}, Calls{}, fs.ErrNotExist},
		"another process of it":       {withProcess, Calls{}, nil},
		"no other process of it":      {otherProcess, Calls{}, fs.ErrNotExist},
		"a file that cannot be asked": {proc.Zone{ID: about.Ino, Path: own}, Calls{Fstatat: failing(own, unix.EIO)}, unix.EIO},
		"interrupted":                 {proc.Zone{ID: about.Ino, Path: own}, Calls{Fstatat: interrupted()}, nil},
	} {
		before := openFilesOfTest(t)
		p := live()
		p.Calls = test.calls
		fd, err := p.OpenZone(test.zone)
		if !errors.Is(err, test.want) || (err == nil) != (fd >= 0) {
			t.Errorf("%s: %d, %v, want %v", name, fd, err, test.want)
		}
		if err == nil {
			unix.Close(fd)
		}
		if now := openFilesOfTest(t); now != before {
			t.Errorf("%s: %d descriptors stay open", name, now-before)
		}
	}
}

// failing returns a call that fails for open files.
func failing(_ string, err error) func(int, string, *unix.Stat_t, int) error {
	return func(dir int, path string, to *unix.Stat_t, flags int) error {
		if path == "" {
			return err
		}
		return unix.Fstatat(dir, path, to, flags)
	}
}

// interrupted returns a call that a signal interrupts the first time.
func interrupted() func(int, string, *unix.Stat_t, int) error {
	calls := 0
	return func(dir int, path string, to *unix.Stat_t, flags int) error {
		if calls++; calls == 1 {
			return unix.EINTR
		}
		return unix.Fstatat(dir, path, to, flags)
	}
}

// A namespace that only an open file keeps is found by the walk as well, without BPF.
func TestZoneOfFileByWalk(t *testing.T) {
	root := tree(t, map[string]string{"self/ns/net": "->net:[20]", "1/ns/net": "->net:[20]", "1/stat": "", "1/status": "", "5/ns/net": "->net:[20]",
		"5/fd/3": "->socket:[7]", "5/fd/4": "->net:[21]", "5/fd/5": "->net:[20]", "5/fd/6": "->net:[x]", "5/fd/7": "->mnt:[22]"})
	p := Proc{Root: root, Way: "proc"}
	found, err := p.HoldersAndZones(t.Context())
	if err != nil || found.AllZones {
		t.Fatalf("%+v, %v", found, err)
	}
	listed, err := p.Zones(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	held, err := p.HeldZones(t.Context(), listed, found)
	if want := root + "/5/fd/4"; err != nil || len(held) != 1 || held[0].ID != 21 || held[0].Path != want || !strings.HasSuffix(held[0].Name, fmt.Sprint(21)) {
		t.Errorf("%+v, %v, want the one of %s", held, err, want)
	}
}
