package illumos

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"time"

	"sockstat/proc"
)

func illumosFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPsinfo(t *testing.T) {
	b := illumosFile(t, "psinfo")
	p, err := parsePsinfo(b)
	want := proc.Process{PID: 18637, PPID: 1, PGID: p.PGID, SID: p.SID, Name: "beam.smp", Has: proc.PartStat | proc.PartStatus | proc.PartArgs | proc.PartZone,
		State: 'S', Start: time.Unix(1426000100, 123456789), Threads: 131, Nice: proc.NoNice, CPU: p.CPU, SystemCPU: proc.NoTime,
		VSize: 2867200 << 10, RSS: 1433600 << 10, UID: 1001, EUID: 1001, GID: 1001, EGID: 1001, SUID: proc.NoID, SGID: proc.NoID, Zone: 7,
		Args: "/opt/local/lib/erlang/erts-5.9.1/bin/beam.smp -K true -A 64 -W w -- -root /opt/"}
	if err != nil || p.Process != want || p.zombie {
		t.Errorf("got  %+v\nwant %+v\n%v", p.Process, want, err)
	}
	if _, err := parsePsinfo(b[:psinfoLen-1]); err == nil {
		t.Error("a short psinfo is read")
	}
	zombie := bytes.Clone(b)
	copy(zombie[88:104], make([]byte, 16))  // pr_start
	copy(zombie[136:232], make([]byte, 96)) // pr_fname, pr_psargs
	zombie[314] = 'Z'
	binary.LittleEndian.PutUint64(zombie[72:], 24<<32|3) // pr_ttydev
	p, err = parsePsinfo(zombie)
	if err != nil || !p.zombie || !p.Start.IsZero() || p.Name != "" || p.Args != "" || p.TTY != "24,3" {
		t.Errorf("zombie %+v, %v", p.Process, err)
	}
}

func FuzzPsinfo(f *testing.F) {
	f.Add(illumosFile(f, "psinfo"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parsePsinfo(b)
		if err == nil && (len(p.Name) > 16 || len(p.Args) > 80 || strings.ContainsRune(p.Name+p.Args, 0)) {
			t.Errorf("name %q, arguments %q", p.Name, p.Args)
		}
		_ = p.State.String()
	})
}
