package linux

import (
	"math"
	"strings"
	"testing"
	"time"

	"sockstat/proc"
)

const statRest = " S 41 40 39 34816 40 4194304 57 0 0 0 150 50 7 8 20 -5 3 0 1234 8192000 250 " +
	"18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"

func TestParseStat(t *testing.T) {
	s, err := parseStat([]byte("42 (cat)" + statRest))
	if err != nil {
		t.Fatal(err)
	}
	p := proc.Process{PID: 42}
	boot := time.Unix(1_700_000_000, 0)
	s.fill(&p, machine{boot: boot, pageSize: 4096})
	want := proc.Process{
		PID: 42, Has: proc.PartStat, PPID: 41, PGID: 40, SID: 39, State: 'S', TTY: "pts/0",
		Start: boot.Add(12340 * time.Millisecond), SinceBoot: 12340 * time.Millisecond, Threads: 3, Nice: -5,
		CPU: 2 * time.Second, SystemCPU: 500 * time.Millisecond, VSize: 8192000, RSS: 250 * 4096,
	}
	if p != want {
		t.Errorf("got  %+v\nwant %+v", p, want)
	}
}

func TestParseStatNames(t *testing.T) {
	for _, name := range []string{
		"cat", "", " ", "a b", "a) S 1 2", ") R 1", "((", "))", "a\nb", "tmux: server", "\x00\xff\x1b[31m",
	} {
		s, err := parseStat([]byte("42 (" + name + ")" + statRest))
		if err != nil || string(s.name) != name || s.ppid != 41 {
			t.Errorf("name %q: got %q, parent %d, error %v", name, s.name, s.ppid, err)
		}
	}
}

func TestKernelThread(t *testing.T) {
	for line, want := range map[string]bool{
		"2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 21 0 0 0\n": true,
		"42 (cat)" + statRest: false,
	} {
		s, err := parseStat([]byte(line))
		if err != nil || s.kernelThread() != want {
			t.Errorf("%q: got %v, %v", line, s.kernelThread(), err)
		}
	}
}

func TestParseStatErrors(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"", "no name"},
		{"42 cat S 1", "no name"},
		{"42 )cat(", "no name"},
		{"42 (cat)", "field 3"},
		{"42 (cat) Sleeping 1", "field 3"},
		{"42 (cat) S x", "field 4"},
		{"42 (cat) S 1 2 99999999999", "field 6"},
		{"42 (cat)" + strings.Replace(statRest, " 250 ", " -1 ", 1), "field 24"},
		{"42 (cat)" + statRest[:60], "field 23"},
	} {
		_, err := parseStat([]byte(test.line))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: got error %v, want %q", test.line, err, test.want)
		}
	}
}

func TestTicks(t *testing.T) {
	if got := ticks(math.MaxUint64); got < math.MaxInt64-tick {
		t.Errorf("got %v, want the longest duration", got)
	}
}

func TestParseBootTime(t *testing.T) {
	got, err := parseBootTime([]byte("cpu  1 2 3\nintr 99 1 2\nctxt 5\nbtime 1700000000\nprocesses 7\n"))
	if want := time.Unix(1_700_000_000, 0); err != nil || !got.Equal(want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for _, b := range []string{"", "btime", "btime \n", "btime x\n", "xbtime 5\n"} {
		if got, err := parseBootTime([]byte(b)); err == nil {
			t.Errorf("%q: got %v, want an error", b, got)
		}
	}
}

func TestTTYName(t *testing.T) {
	device := func(major, minor uint32) uint32 {
		return minor&0xff | major<<8 | minor>>8<<20 // new_encode_dev, include/linux/kdev_t.h
	}
	for number, want := range map[uint32]string{
		0:                  "",
		34816:              "pts/0", // as seen in a stat file
		device(136, 300):   "pts/300",
		device(137, 2):     "pts/258",
		device(4, 1):       "tty1",
		device(4, 64):      "ttyS0",
		device(5, 1):       "console",
		device(229, 0):     "hvc0",
		device(188, 2):     "ttyUSB2",
		device(166, 1):     "ttyACM1",
		device(204, 64):    "204:64",
		math.MaxUint32:     "4095:1048575",
		device(5, 0):       "5:0",
		device(136, 70000): "pts/70000",
	} {
		if got := ttyName(number); got != want {
			t.Errorf("%#x: got %q, want %q", number, got, want)
		}
	}
}
