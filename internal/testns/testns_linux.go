package testns

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// stage is the environment variable that says how far Enter came in a process before.
const stage = "SOCKSTAT_TEST_NETNS"

// Values of stage.
const (
	created = "created" // this is the first process of a namespace, in which another is to be made
	entered = "entered" // the tests run in that, whose loopback interface is up
	refused = "refused" // there is none: the tests run where they are
)

// Enter is to be called first in TestMain. It runs the tests once more in a new network
// namespace with loopback up, and exits as they do. There, it returns. Root gets the
// namespace just so, others in a user namespace in which they keep their user id and have no
// capability. Where neither is permitted it says so and returns.
//
// The namespace has tables of sockets of its own if the kernel can give it any, so that reading
// them does not take long because other namespaces have many sockets.
func Enter() {
	if !isTest() {
		return
	}
	switch os.Getenv(stage) {
	case entered, refused:
	case created:
		prepare()
	default:
		status, err := again()
		if err == nil {
			os.Exit(status)
		}
		fmt.Fprintf(os.Stderr, "tests run in the network namespace of the machine: %v\n", err)
		os.Setenv(stage, refused)
	}
}

// again runs this program in a new network namespace and returns its exit status.
func again() (int, error) {
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(os.Environ(), stage+"="+created)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() != 0 {
		a := cmd.SysProcAttr
		a.Cloneflags |= syscall.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
		a.AmbientCaps = []uintptr{unix.CAP_NET_ADMIN, unix.CAP_SYS_ADMIN} // until all is prepared
	}
	runtime.LockOSThread() // the signal at the parent's death is at that of its thread
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT)
	defer signal.Stop(signals)
	go func() {
		for s := range signals {
			cmd.Process.Signal(s)
		}
	}()
	var exit *exec.ExitError
	switch err := cmd.Wait(); {
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode(), nil
	case err != nil: // a signal ended it
		fmt.Fprintln(os.Stderr, err)
		return 1, nil
	}
	return 0, nil
}

// prepare makes the namespace in which the tests run and brings loopback up, then starts this
// program anew in it, without capabilities that it did not have at first.
func prepare() {
	runtime.LockOSThread() // the namespace is that of a thread, which executes the program
	fail := func(what string, err error) {
		fmt.Fprintf(os.Stderr, "prepare a network namespace for tests: %s: %v\n", what, err)
		os.Exit(1)
	}
	if ownTables() == nil {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			fail("unshare", err)
		}
	}
	if err := loopbackUp(); err != nil {
		fail("bring lo up", err)
	}
	roomForTimeWait()
	if os.Geteuid() != 0 {
		if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
			fail("drop capabilities", err)
		}
	}
	os.Setenv(stage, entered)
	fail("start the tests", syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
}

// ownTables has network namespaces that are made in this one from now on get hash tables of TCP
// (Linux 6.1) and UDP sockets (6.2) of their own. Otherwise all namespaces share those of the
// machine, and whoever lists the sockets of one walks over those of all.
func ownTables() error {
	const tcp, udp = "/proc/sys/net/ipv4/tcp_child_ehash_entries", "/proc/sys/net/ipv4/udp_child_hash_entries"
	err := os.WriteFile(tcp, []byte("4096"), 0)
	if err == nil {
		os.WriteFile(udp, []byte("1024"), 0) // there are few of them elsewhere
	}
	return err
}

// roomForTimeWait lets as many sockets be in TIME_WAIT as on a machine; small hash tables allow
// few, and who closes a connection after a test of thousands would not find its own.
func roomForTimeWait() {
	os.WriteFile("/proc/sys/net/ipv4/tcp_max_tw_buckets", []byte("131072"), 0) // there is no such limit everywhere
}

func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, lo); err != nil {
		return err
	}
	lo.SetUint16(lo.Uint16() | unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo)
}

// isTest reports whether this program runs as a test, and not as a command that a test of
// package testscript starts under another name.
func isTest() bool {
	name := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
	return strings.HasSuffix(name, ".test")
}
