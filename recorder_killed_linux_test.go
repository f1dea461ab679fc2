package main

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"sockstat/vtab"
	"sockstat/vtab/saved"
)

// A recorder that is killed before any of its system calls that change files leaves a whole file:
// the one of before, or the one with the moment. Whoever reads it then sees that, and the next
// recorder goes on with it and clears away what was left.
func TestRecorderIsKilledAtEachSystemCall(t *testing.T) {
	for name, mode := range map[string]os.FileMode{"in place": 0o700, "anew": os.ModeSticky | 0o777, "first": 0} {
		t.Run(name, func(t *testing.T) {
			dir := privateDirectory(t)
			file := filepath.Join(dir, "m.db")
			var before []byte
			if mode != 0 {
				before = oldMoments(t, file)
				if err := os.Chmod(dir, mode); err != nil {
					t.Fatal(err)
				}
			}
			step := 1
			if testing.Short() {
				step = 9
			}
			n := 0
			for ; ; n += step {
				if before != nil {
					if err := os.WriteFile(file, before, 0o600); err != nil {
						t.Fatal(err)
					}
				} else {
					os.Remove(file)
				}
				killed := killedAt(t, n, "--save", file, "--tables", "users", "--keep", "1h")
				checkMoments(t, n, file, killed, before != nil)
				if !killed {
					break
				}
			}
			if n < 10 {
				t.Errorf("only %d system calls change files", n)
			}
			t.Logf("%d system calls", n)
		})
	}
}

// oldMoments writes a file of moments that are so old that the next one drops some of them, and
// returns it.
func oldMoments(t *testing.T, file string) []byte {
	t.Helper()
	r, err := saved.NewRecorder(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		choice := saved.Choice{Tables: []string{"users"}, Time: time.Now().Add(time.Duration(i-10) * time.Hour)}
		if _, err := r.Add(t.Context(), vtab.Live(), choice); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// checkMoments checks what is left where a recorder was killed, or not.
func checkMoments(t *testing.T, n int, file string, killed, there bool) {
	t.Helper()
	f, err := saved.Open(file)
	switch {
	case errors.Is(err, os.ErrNotExist) && killed && !there:
	case err != nil:
		t.Fatalf("killed at %d: %v", n, err)
	default:
		var numbers []int64
		for _, m := range f.Moments() {
			numbers = append(numbers, m.Number)
		}
		before, after := []int64{1, 2, 3}, []int64{3, 4}
		if !there {
			before, after = nil, []int64{1}
		}
		if !slices.Equal(numbers, after) && (!killed || before == nil || !slices.Equal(numbers, before)) {
			t.Fatalf("killed at %d: moments %v", n, numbers)
		}
		f.Close()
	}
	next, err := saved.NewRecorder(file)
	if err != nil {
		t.Fatalf("killed at %d: %v", n, err)
	}
	if _, err := next.Add(t.Context(), vtab.Live(), saved.Choice{Tables: []string{"users"}}); err != nil {
		t.Fatalf("killed at %d: %v", n, err)
	}
	if err := next.Close(); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(filepath.Dir(file)); err != nil || len(entries) != 1 {
		t.Fatalf("killed at %d: %v is left, %v", n, entries, err)
	}
	if n%10 != 0 {
		return
	}
	const sql = "SELECT count(*) = (SELECT count(*) FROM then_users) FROM users"
	if same := sockstat(t, "--diff", file, "--at", "first", "--to", "last", "-H", "-o", "list", "-q", sql); same != "1\n" {
		t.Fatalf("killed at %d: %q", n, same)
	}
	if python, err := exec.LookPath("python3"); err == nil {
		const check = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('PRAGMA integrity_check').fetchall())"
		if out, err := exec.Command(python, "-c", check, file).Output(); err == nil && !strings.Contains(string(out), "'ok'") {
			t.Fatalf("killed at %d: %s", n, out)
		}
	}
}

// killedAt runs the program under ptrace(2) and kills it before the system call with a number,
// counting those that change files. It reports whether there were so many.
func killedAt(t *testing.T, number int, args ...string) (killed bool) {
	t.Helper()
	runtime.LockOSThread() // a tracer is a thread
	defer runtime.UnlockOSThread()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "SOCKSTAT_TEST_MAIN=1")
	cmd.SysProcAttr = &unix.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); errors.Is(err, unix.EPERM) {
		t.Skip("ptrace is not permitted")
	} else if err != nil {
		t.Fatal(err)
	}
	pid, count := cmd.Process.Pid, 0
	for first := true; ; first = false {
		var status unix.WaitStatus
		tid, err := unix.Wait4(-1, &status, unix.WALL|unix.WNOTHREAD, nil)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			t.Fatalf("wait: %v", err)
		case status.Exited() || status.Signaled():
			if tid == pid {
				if !killed && status.ExitStatus() != 0 {
					t.Fatalf("exit status %d", status.ExitStatus())
				}
				return killed
			}
			continue
		case first:
			const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_EXITKILL
			if err := unix.PtraceSetOptions(pid, options); err != nil {
				cmd.Process.Kill()
				t.Skip("ptrace: ", err)
			}
		case status.StopSignal() == unix.SIGTRAP|0x80 && changesFiles(t, tid):
			if count == number && !killed {
				killed = true
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
			count++
		}
		if !killed {
			_ = unix.PtraceSyscall(tid, passedOn(status, first)) // ESRCH if it is gone
		}
	}
}

// passedOn returns the signal that a tracee stopped for and is to get, 0 for what stands for
// something of ptrace.
func passedOn(status unix.WaitStatus, first bool) int {
	switch s := status.StopSignal(); {
	case first, s == unix.SIGTRAP|0x80, s == unix.SIGTRAP, s == unix.SIGSTOP: // the last is a new thread
		return 0
	default:
		return int(s)
	}
}

// changing are the system calls that change files. Those of old that not all architectures have
// are here by their numbers.
var changing = func() []uint64 {
	calls := []uint64{unix.SYS_WRITE, unix.SYS_PWRITE64, unix.SYS_WRITEV, unix.SYS_PWRITEV, unix.SYS_FSYNC, unix.SYS_FDATASYNC, unix.SYS_FTRUNCATE,
		unix.SYS_FALLOCATE, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_UNLINKAT, unix.SYS_LINKAT, unix.SYS_OPENAT, unix.SYS_FCHMOD,
		unix.SYS_COPY_FILE_RANGE}
	if runtime.GOARCH == "amd64" {
		calls = append(calls, 2, 82, 86, 87) // open, rename, link, unlink
	}
	return calls
}()

// changesFiles reports whether a thread stands before a system call that changes files.
func changesFiles(t *testing.T, tid int) bool {
	const getSyscallInfo, entry = 0x420e, 1 // PTRACE_GET_SYSCALL_INFO (Linux 5.3), PTRACE_SYSCALL_INFO_ENTRY
	var info [88]byte                       // struct ptrace_syscall_info
	if _, _, errno := unix.Syscall6(unix.SYS_PTRACE, getSyscallInfo, uintptr(tid), uintptr(len(info)), uintptr(unsafe.Pointer(&info)), 0, 0); errno == unix.EIO {
		t.Skip("the kernel has no PTRACE_GET_SYSCALL_INFO")
	} else if errno != 0 || info[0] != entry {
		return false
	}
	call, second, third := binary.NativeEndian.Uint64(info[24:]), binary.NativeEndian.Uint64(info[40:]), binary.NativeEndian.Uint64(info[48:])
	switch call {
	case unix.SYS_OPENAT:
		return third&unix.O_CREAT != 0
	case 2:
		return runtime.GOARCH == "amd64" && second&unix.O_CREAT != 0
	}
	return slices.Contains(changing, call)
}
