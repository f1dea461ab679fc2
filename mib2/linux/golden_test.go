package linux

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockstat/mib2"
)

var update = flag.Bool("update", false, "write testdata/*.want")

var internetProtocols = []mib2.Protocol{mib2.TCP, mib2.UDP}

const everything = mib2.PartTimer | mib2.PartInfo | mib2.PartMem | mib2.PartControl

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func lines(b []byte) [][]byte {
	return bytes.Split(bytes.TrimSuffix(b, []byte("\n")), []byte("\n"))
}

// full is describe and the rest of a row, on one line.
func full(s mib2.Socket) string {
	text := fmt.Sprintf("%s if %d uid %d inode %d cookie %d queues %d %d",
		describe(s), s.Interface, s.UID, s.Inode, s.Cookie, s.RecvQ, s.SendQ)
	if s.Timer != nil {
		text += fmt.Sprintf(" timer %v %d %d", s.Timer.Kind, s.Timer.Expires, s.Timer.Retransmits)
	}
	if s.Info != nil {
		i := s.Info
		text += fmt.Sprintf(" attrs %x cc %q tos %d cgroup %d options %x rcvbuf %d sndbuf %d", i.Attrs,
			i.Congestion, i.TOS, i.CgroupID, i.Options, i.Mem.RcvBuf, i.Mem.SndBuf)
		if i.Has(mib2.AttrTCPInfo) {
			text += fmt.Sprintf(" size %d mss %d rtt %d sent %d", i.TCP.Size, i.TCP.SndMSS, i.TCP.RTT, i.TCP.BytesSent)
		}
	}
	return text
}

// TestGolden replays what was recorded on Linux 6.18 on amd64.
func TestGolden(t *testing.T) {
	if !littleEndian {
		t.Skip("the recording is that of a little-endian kernel")
	}
	for _, proto := range internetProtocols {
		f := mib2.Filter{Parts: everything}
		d := diagDecoder{proto: proto, filter: &f, seq: 1, accECN16: true}
		rows, err := d.append(nil, testdata(t, proto.String()+".dump"))
		if !errors.Is(err, io.EOF) {
			t.Errorf("%v dump: %v", proto, err)
		}
		golden(t, proto.String()+".dump.want", rows)

		p := procDecoder{proto: proto, filter: &f}
		rows = nil
		for _, line := range lines(testdata(t, proto.String()+".lines")) {
			if rows, err = p.append(rows, line); err != nil {
				t.Error(err)
			}
		}
		golden(t, proto.String()+".lines.want", rows)
	}
}

func golden(t *testing.T, name string, rows []mib2.Socket) {
	t.Helper()
	goldenBy(t, name, rows, full)
}

// goldenBy compares the descriptions of rows with a file.
func goldenBy(t *testing.T, name string, rows []mib2.Socket, describe func(mib2.Socket) string) {
	t.Helper()
	var b strings.Builder
	for _, s := range rows {
		b.WriteString(describe(s) + "\n")
	}
	if *update {
		if err := os.WriteFile(filepath.Join("testdata", name), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := string(testdata(t, name)); b.String() != want {
		t.Errorf("%s:\ngot\n%s\nwant\n%s", name, b.String(), want)
	}
}
