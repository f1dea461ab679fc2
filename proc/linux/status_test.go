package linux

import (
	"testing"

	"sockstat/proc"
)

const statusFile = "Name:\ta\\nUid:\t0\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t42\nNgid:\t0\nPid:\t42\n" +
	"PPid:\t1\nTracerPid:\t0\nUid:\t1000\t1001\t1002\t1003\nGid:\t100\t101\t102\t103\nFDSize:\t256\n"

func TestParseStatus(t *testing.T) {
	got, err := parseStatus([]byte(statusFile))
	if want := (status{tgid: 42, uid: 1000, euid: 1001, suid: 1002, gid: 100, egid: 101, sgid: 102}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, b := range []string{
		"", "Tgid:\t1\n", "Tgid:\t1\nUid:\t1\nGid:\t1\n", "Tgid:\t1\nUid:\t1 x\nGid:\t1\n",
		"Tgid:\t1\nUid:\t-1\t-1\nGid:\t1\n", "Uid:\t1\t1\t1\nGid:\t1\t1\t1\n",
		"Tgid:\t1\nUid:\t1\t1\t1\nGid:\t1\t1\n",
	} {
		if got, err := parseStatus([]byte(b)); err == nil {
			t.Errorf("%q: got %+v, want an error", b, got)
		}
	}
}

func TestParseCmdline(t *testing.T) {
	for file, want := range map[string]string{
		"":                         "",
		"\x00\x00":                 "",
		"cat\x00":                  "cat",
		"sleep\x0010\x00":          "sleep 10",
		"a\x00\x00b\x00":           "a  b",
		"a\x00\x00":                "a",
		"nginx: worker":            "nginx: worker",
		"title\x00\x00\x00\x00":    "title",
		"sh\x00-c\x00a\nb\x1b\x00": "sh -c a\nb\x1b",
	} {
		if got := string(parseCmdline([]byte(file))); got != want {
			t.Errorf("%q: got %q, want %q", file, got, want)
		}
	}
}

func TestParseLimits(t *testing.T) {
	const head = "Limit                     Soft Limit           Hard Limit           Units     \n" +
		"Max core file size        0                    unlimited            bytes     \n"
	for file, want := range map[string]uint64{
		head + "Max open files            1024                 524288               files     \n": 1024,
		head + "Max open files            unlimited            unlimited            files     \n": proc.NoLimit,
		"Max open files 7": 7,
	} {
		if got, err := parseLimits([]byte(file)); err != nil || got != want {
			t.Errorf("%q: got %d, %v, want %d", file, got, err, want)
		}
	}
	for _, file := range []string{"", head, "Max open files \n", "Max open files -1 -1 files\n"} {
		if got, err := parseLimits([]byte(file)); err == nil {
			t.Errorf("%q: got %d, want an error", file, got)
		}
	}
}

func TestParseIO(t *testing.T) {
	const file = "rchar: 5\nwchar: 6\nsyscr: 7\nsyscw: 8\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: "
	for cancelled, want := range map[string]uint64{"0": 8192, "1024": 7168, "9999": 0} {
		if read, written, err := parseIO([]byte(file + cancelled + "\n")); err != nil || read != 4096 || written != want {
			t.Errorf("%s cancelled: %d, %d, %v, want %d", cancelled, read, written, err, want)
		}
	}
	for _, file := range []string{"", "read_bytes: 1\n", "read_bytes: x\nwrite_bytes: 1\ncancelled_write_bytes: 0\n"} {
		if read, written, err := parseIO([]byte(file)); err == nil || read != 0 || written != 0 {
			t.Errorf("%q: %d, %d, %v", file, read, written, err)
		}
	}
}
