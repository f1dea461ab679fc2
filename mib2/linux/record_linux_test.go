package linux

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"sockstat/mib2"
)

var record = flag.Bool("record", false, "write testdata/*.dump and *.lines from the sockets of this test")

// TestRecord records what TestGolden replays; the sockets are all of this test.
func TestRecord(t *testing.T) {
	if !*record {
		return
	}
	rows := scene(t)
	for _, proto := range internetProtocols {
		settle(t, Tables{}, rows, proto, true, 0)
		var ports []mib2.PortRange
		for _, r := range rows {
			if port := r.want.Local.Port(); r.want.Proto == proto {
				ports = append(ports, mib2.PortRange{Lo: port, Hi: port})
			}
		}
		recordNetlink(t, proto, mib2.Filter{LocalPorts: ports, Parts: mib2.PartTimer | mib2.PartInfo | mib2.PartMem})
		recordProc(t, proto, mib2.Filter{LocalPorts: ports, Parts: mib2.PartTimer})
	}
}

func recordNetlink(t *testing.T, proto mib2.Protocol, f mib2.Filter) {
	r := openTestDiag(t, proto, f)
	var dump []byte
	receive := r.socket.calls.Receive
	r.socket.calls.Receive = func(fd int, b []byte) (int, bool, uint32, error) {
		n, cut, sender, err := receive(fd, b)
		dump = append(dump, b[:max(n, 0)]...)
		return n, cut, sender, err
	}
	if proto == mib2.UDP || proto == mib2.UDPLite || proto == mib2.MPTCP {
		r.dumps = dumpEach[1:] // one request, one sequence number
	}
	drain(t, r)
	write(t, proto.String()+".dump", dump)
}

func recordProc(t *testing.T, proto mib2.Protocol, f mib2.Filter) {
	var lines []byte
	for _, suffix := range []string{"", "6"} {
		file, err := os.ReadFile("/proc/net/" + proto.String() + suffix)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, ownLines(t, proto, f, file)...)
	}
	write(t, proto.String()+".lines", lines)
}

func ownLines(t *testing.T, proto mib2.Protocol, f mib2.Filter, file []byte) []byte {
	var own []byte
	d := procDecoder{proto: proto, filter: &f}
	for i, line := range lines(file) {
		if i == 0 {
			continue
		}
		rows, err := d.append(nil, line)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) > 0 {
			own = append(append(own, line...), '\n')
		}
	}
	return own
}

func write(t *testing.T, name string, b []byte) {
	if err := os.WriteFile(filepath.Join("testdata", name), b, 0o644); err != nil {
		t.Fatal(err)
	}
}
