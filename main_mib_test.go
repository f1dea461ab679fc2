package main

import (
	"strings"
	"testing"
)

// A saved reply gives the same sockets by every way to ask for them.
func TestReplay(t *testing.T) {
	for capture, want := range map[string]int{"small": 20, "empty": 0, "grown": 10, "oldkernel": 7, "sockinfo": 8} {
		file := "mib2/testdata/illumos/" + capture + ".tpi"
		for _, args := range [][]string{{"-H"}, {"-4H"}, {"-6H"}, {"-HZasn", "--where", "creator IS NOT NULL OR pid IS NULL"},
			{"-Hu"}, {"-H", "--holders"}, {"-o", "list", "-H", "-q", "SELECT 1 FROM udp UNION ALL SELECT 1 FROM tcp"}} {
			lines := strings.Count(sockstat(t, append([]string{"--mib", file}, args...)...), "\n")
			switch args[0] {
			case "-4H":
				lines += strings.Count(sockstat(t, "--mib", file, "-6H"), "\n")
			case "-6H", "-Hu":
				lines = want
			}
			if lines != want {
				t.Errorf("%s %q: %d lines instead of %d", capture, args, lines, want)
			}
		}
	}
}
