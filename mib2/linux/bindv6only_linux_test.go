package linux

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockstat/mib2"
)

// A socket bound to :: takes IPv4 too, as far as /proc/net tells, unless net.ipv6.bindv6only
// says otherwise. One bound to an address, or with a peer, does not.
func TestProcDual(t *testing.T) {
	const rest = " 00000000:00000000 00:00000000 00000000 0 0 29260 1\n"
	any6, one6 := strings.Repeat("0", 32), strings.Repeat("0", 24)+"01000000"
	file := procHeading + "0: " + any6 + ":0050 " + any6 + ":0000 0A" + rest + "1: " + one6 + ":0050 " + any6 + ":0000 0A" + rest +
		"2: " + one6 + ":0050 " + one6 + ":0051 01" + rest
	for _, proto := range internetProtocols {
		for only, want := range map[string]bool{"0\n": true, "1\n": false, "": true} {
			dir := t.TempDir()
			for name, text := range map[string]string{"net/" + proto.String(): procHeading, "net/" + proto.String() + "6": file, "sys/net/ipv6/bindv6only": only} {
				name = filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if only == "" {
				os.RemoveAll(filepath.Join(dir, "sys"))
			}
			rows := readAll(t, Tables{Proc: dir, Way: WayProc}, proto, mib2.Filter{})
			if len(rows) != 3 || rows[0].Dual != want || rows[1].Dual || rows[2].Dual {
				t.Errorf("%v, bindv6only %q: %+v", proto, only, rows)
			}
		}
	}
}

// The ways that are not the best say so.
func TestLimits(t *testing.T) {
	for _, proto := range []mib2.Protocol{mib2.TCP, mib2.UDP, mib2.Unix} {
		for way, want := range map[string]bool{WayNetlink: false, WayProc: true} {
			r, _, err := Tables{Way: way}.Open(t.Context(), []mib2.Protocol{proto}, mib2.Filter{})
			if err != nil {
				t.Fatal(err)
			}
			l, ok := r.(mib2.Limiter)
			if says := ok && l.Limits() != ""; says != want {
				t.Errorf("%v %s: %v", proto, way, says)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
