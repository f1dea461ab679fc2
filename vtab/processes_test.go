package vtab

import (
	"math"
	"strings"
	"testing"
	"time"

	"sockstat/proc"
)

// Every column of processes: one of which all is known, and one of which nothing but its name.
func TestColumnsOfProcesses(t *testing.T) {
	m, _, processes := rowMachine()
	processes.processes = []proc.Process{
		{PID: 1, Name: "init", Has: everything, PPID: 2, PGID: 3, SID: 4, State: 'S', TTY: "pts/0", Start: time.Unix(1_700_000_000, 999),
			Threads: 5, Nice: -20, CPU: 6999 * time.Microsecond, SystemCPU: 2 * time.Millisecond, VSize: math.MaxUint64, RSS: 7, UID: 33, EUID: 9, GID: 10, EGID: 21, SUID: 22, SGID: 23, Args: "init -x",
			ExeDeleted: true, Root: "/jail", ReadBytes: 24, WrittenBytes: 25,
			Exe: "/sbin/init (deleted)", Cwd: "/", FDCount: 11, FDLimit: 12, Sockets: 5, Zone: 1,
			Cgroup:    "/system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope",
			Container: proc.Container{Name: "0123456789ab", Runtime: "docker", Pod: "7e0b-1"}},
		{PID: math.MaxInt32, Nice: 3, UID: 4, Zone: 1, State: 'R', Threads: 9},
		{PID: 3, Name: "bare", Has: everything, Nice: proc.NoNice, SystemCPU: proc.NoTime, SUID: proc.NoID, SGID: proc.NoID, FDLimit: proc.NoLimit, Zone: 9, State: '?'},
	}
	db := openMachine(t, m)
	checkRow(t, db, "processes", "pid = 1", `pid=1 ppid=2 pgid=3 sid=4 name=init args=init+-x exe=/sbin/init+(deleted) exe_deleted=1 cwd=/ uid=33 euid=9 gid=10
		user=www state=sleeping tty=pts/0 start_time=1700000000 threads=5 nice=-20 cpu_ms=6 vsize=1.8446744073709552e+19
		rss=7 fd_count=11 fd_limit=12 sockets=5 listens=0 zone=here path=/sbin/init on_disk=0 cmdline=init+-x root=/jail egid=21 suid=22 sgid=23 parent=2 pgroup=3
		resident_size=7 total_size=1.8446744073709552e+19 wired_size=0 user_time=4 system_time=2 disk_bytes_read=24 disk_bytes_written=25
		cgroup_path=/system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope container=0123456789ab runtime=docker pod=7e0b-1
		cgroup=/system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope
		unit=docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope`)
	checkRow(t, db, "processes", "pid = 2147483647", `pid=2147483647 ppid=- pgid=- sid=- name= args=- exe=- exe_deleted=- listens=- path=- on_disk=- cmdline=- root=- egid=- suid=- sgid=- parent=- pgroup=- resident_size=- total_size=-
		wired_size=0 user_time=- system_time=- disk_bytes_read=- disk_bytes_written=- cgroup_path=- cwd=- uid=- euid=- gid=-
		user=- state=- tty=- start_time=- threads=- nice=- cpu_ms=- vsize=- rss=- fd_count=- fd_limit=- sockets=- zone=- cgroup=- unit=-
		container=- runtime=- pod=-`)
	checkRow(t, db, "processes", "pid = 3", `pid=3 ppid=0 pgid=0 sid=0 name=bare args=- exe=- exe_deleted=0 listens=- path=- on_disk=1 cmdline=- root=- egid=0 suid=- sgid=- parent=0 pgroup=0 resident_size=0 total_size=0
		wired_size=0 user_time=- system_time=- disk_bytes_read=0 disk_bytes_written=0 cgroup_path=- cwd=- uid=0 euid=0 gid=0
		user=root state=- tty=- start_time=- threads=0 nice=- cpu_ms=0 vsize=0 rss=0 fd_count=0 fd_limit=- sockets=0 zone=zone+9
		cgroup=- unit=- container=- runtime=- pod=-`)
}

// A part of a process that could not be read makes NULL of its columns and of no others.
func TestPartsOfProcesses(t *testing.T) {
	m, _, processes := rowMachine()
	full := processes.processes[0]
	full.Root = "/"
	full.Exe, full.Cwd, full.TTY, full.State, full.FDLimit = "/x", "/", "pts/0", 'R', 1
	for part, want := range map[proc.Parts]string{
		proc.PartStat:   "ppid pgid sid state tty start_time threads nice cpu_ms vsize rss parent pgroup resident_size total_size user_time system_time",
		proc.PartStatus: "uid euid gid user egid suid sgid",
		proc.PartArgs:   "args cmdline", proc.PartExe: "exe exe_deleted path on_disk", proc.PartCwd: "cwd", proc.PartFDs: "fd_count", proc.PartLimits: "fd_limit",
		proc.PartZone: "zone listens", proc.PartCgroup: "cgroup unit container runtime pod cgroup_path",
		proc.PartSockets: "sockets listens", proc.PartRoot: "root", proc.PartIO: "disk_bytes_read disk_bytes_written",
	} {
		full.Has = everything &^ part
		full.Cgroup, full.Container = "/system.slice/docker.service", proc.Container{Name: "web", Runtime: "docker", Pod: "7e0b-1"}
		processes.processes = []proc.Process{full}
		db := openMachine(t, m)
		var null []string
		for _, c := range processColumns {
			if query(t, db, "SELECT %s FROM processes", c.Name)[0] == "-" {
				null = append(null, c.Name)
			}
		}
		equal(t, null, strings.Fields(want)...)
	}
}
