package linux

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"sockstat/proc"
)

func FuzzStat(f *testing.F) {
	f.Add([]byte("42 (cat)" + statRest))
	f.Add([]byte("42 (a) b)" + statRest[:60]))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := parseStat(b)
		if err != nil && s.ppid != 0 {
			t.Errorf("a half-read row: %+v", s)
		}
		var p proc.Process
		s.fill(&p, machine{boot: time.Unix(0, 0), pageSize: 4096})
		if p.CPU < 0 {
			t.Errorf("CPU time %v", p.CPU)
		}
		parseBootTime(b)
	})
}

func FuzzStatus(f *testing.F) {
	f.Add([]byte(statusFile))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := parseStatus(b); err != nil && s != (status{}) {
			t.Errorf("a half-read row: %+v", s)
		}
	})
}

func FuzzCmdline(f *testing.F) {
	f.Add([]byte("sleep\x0010\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if args := string(parseCmdline(b)); strings.ContainsRune(args, 0) {
			t.Errorf("a NUL in %q", args)
		}
	})
}

func FuzzLimits(f *testing.F) {
	f.Add([]byte("Max open files            1024                 524288               files     \n"))
	f.Fuzz(func(t *testing.T, b []byte) { parseLimits(b) })
}

func FuzzCgroup(f *testing.F) {
	f.Add([]byte("9:name=systemd:/machine.slice/machine-a\\x2db.scope\n0::/\n"))
	f.Add([]byte("0::/system.slice/docker-" + strings.Repeat("a", 64) + ".scope\n"))
	f.Add([]byte("0::/user.slice/user@1.service/app.slice/a.service\n"))
	f.Add([]byte("0::/lxc/a/lxc.payload.b\n"))
	f.Add([]byte("3:cpu:/ecs/0123456789abcdef0123456789abcdef-12345\n2:pids:/garden/good/x\n"))
	f.Add([]byte("0::/kubepods-burstable-pod0_1.slice:cri-containerd:" + strings.Repeat("b", 64) + "\n"))
	f.Add([]byte("0::/nomad.slice/share.slice/7e0bb5d4-1111-2222-3333-444455556666.web.scope\n0::/runc-bpm-a.2eb.scope\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := parseCgroup(b)
		if c.path != "" && (c.path[0] != '/' || strings.ContainsRune(c.path, '\n')) {
			t.Errorf("path %q", c.path)
		}
		if c.path == "" && c.container != (proc.Container{}) || c.container.Name == "" && c.container.Runtime != "" {
			t.Errorf("%+v", c)
		}
		proc.Unit(c.path)
	})
}

func FuzzHeldRecords(f *testing.F) {
	f.Add(recordsOf(held(6, 7, 3), held(8, 1, 4)))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := newHeldRecords(nil, 0)
		if err := r.add(b); err != nil && len(r.found) > 0 {
			t.Errorf("half-read records: %v", r.found)
		}
		for e, holders := range proc.NewSocketHolders(r.found, 0).All() {
			if e.Inode == 0 || len(holders) == 0 {
				t.Errorf("socket %d is held by %v", e.Inode, holders)
			}
		}
	})
}

// The longer records tell the namespaces too.
func FuzzHeldZoneRecords(f *testing.F) {
	long := func(about uint64, found ...proc.Held) []byte {
		b := recordsOf(found...)
		return binary.NativeEndian.AppendUint64(b, about)
	}
	const bound = 2<<heldFamilyBit | 1<<heldTypeBit | 7<<heldStateBit | 80<<heldPortBit
	f.Add(slices.Concat(long(bound|4026531840, held(6, 7, 3)), long(9, held(8, 1, 4)), long(0, held(heldZone|11, 1, 5))))
	f.Add(long(1, proc.Held{Inode: 1<<63 | 9, Holder: proc.Holder{PID: 7, FD: 1}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := newHeldRecords(nil, 0)
		r.zones = new(heldZones)
		if err := r.add(b); err != nil && (len(r.found) > 0 || len(r.zones.list) > 0) {
			t.Errorf("half-read records: %v, %v", r.found, r.zones.list)
		}
		if n := len(b) / heldZoneSize; len(r.found)+len(r.rings) > n || len(r.zones.list) > n {
			t.Errorf("%d sockets and %d namespaces of %d records", len(r.found), len(r.zones.list), n)
		}
		seen := map[uint64]bool{}
		for _, z := range r.zones.list {
			if z.ID == 0 || seen[z.ID] || z.FD < 0 || z.File && z.Bound && z.ID>>32 != 0 {
				t.Errorf("%+v", z)
			}
			seen[z.ID] = true
		}
		for e := range proc.NewSocketHolders(r.found, 0).All() {
			if e.Inode == 0 || e.Inode&heldZone != 0 && e.Inode&heldRing == 0 {
				t.Errorf("socket %d", e.Inode)
			}
		}
	})
}

func FuzzUserFiles(f *testing.F) {
	f.Add([]byte("SqThread:\t-1\nUserFiles:\t3\n    1: socket:[4711]\n    2: /a\\040b\nUserBufs:\t0\n"))
	f.Add([]byte("UserFiles:\t1\n    0: TCP\n    1: <none>\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if u := parseUserFiles(b); u.slots < notTold || u.slots == notTold && u.files > 0 || len(u.sockets) > u.files {
			t.Errorf("%+v", u)
		}
	})
}

func FuzzTaskFileTypes(f *testing.F) {
	f.Add(likeLinux(8, 8*1268, taskFile))
	f.Fuzz(func(t *testing.T, b []byte) {
		types, sockets, err := typesIn(b)
		if err != nil && (types.ring == nil && types != (taskFileTypes{}) || sockets != (socketTypes{})) {
			t.Errorf("half-read types: %+v, %+v", types, sockets)
		}
	})
}

func FuzzIO(f *testing.F) {
	f.Add([]byte("read_bytes: 1\nwrite_bytes: 2\ncancelled_write_bytes: 3\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if read, written, err := parseIO(b); err != nil && read+written > 0 {
			t.Errorf("a half-read row: %d, %d", read, written)
		}
	})
}
