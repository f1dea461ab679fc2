package mib2

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var record = flag.Bool("record", false, "write testdata/*.dump and *.lines from the sockets of this test")

// TestRecord records what TestGolden replays; the sockets are all of this test.
func TestRecord(t *testing.T) {
	if !*record {
		return
	}
	rows := scene(t)
	for _, proto := range Protocols {
		settle(t, rows, proto, true, 0)
		var ports []PortRange
		for _, r := range rows {
			if port := r.want.Local.Port(); r.want.Proto == proto {
				ports = append(ports, PortRange{port, port})
			}
		}
		recordNetlink(t, proto, Filter{LocalPorts: ports, Parts: PartTimer | PartInfo | PartMem})
		recordProc(t, proto, Filter{LocalPorts: ports, Parts: PartTimer})
	}
}

func recordNetlink(t *testing.T, proto Protocol, f Filter) {
	r, err := openDiag(proto, f)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var dump []byte
	recv := r.recv
	r.recv = func(b []byte) (int, error) {
		n, err := recv(b)
		dump = append(dump, b[:max(n, 0)]...)
		return n, err
	}
	if proto == UDP {
		r.dumps = dumpEach[1:] // one request, one sequence number
	}
	drain(t, r)
	write(t, proto.String()+".dump", dump)
}

func recordProc(t *testing.T, proto Protocol, f Filter) {
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

func ownLines(t *testing.T, proto Protocol, f Filter, file []byte) []byte {
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
