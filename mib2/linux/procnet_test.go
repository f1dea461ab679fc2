package linux

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/iotest"

	"sockstat/mib2"
)

func TestBadLines(t *testing.T) {
	const good = "0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 29260 1"
	replace := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for _, c := range []struct{ line, want string }{
		{good, ""},
		{"", "line has 0 fields, 10 short of 10"},
		{good[:40], "line has 5 fields, 5 short of 10"},
		{replace("0100007F", "0100007"), `field 2 of line is "0100007:0050"`},
		{replace("0050", "10050"), `field 2 of line is "0100007F:10050"`},
		{replace(":0050", ""), `field 2 of line is "0100007F"`},
		{replace("0100007F:", "0100007G:"), `field 2 of line is "0100007G:0050"`},
		{replace("0100007F:", strings.Repeat("0", 32)+":"), `field 3 of line is "00000000:0000"`},
		{replace("0A", "10A"), `field 4 of line is "10A"`},
		{replace(" 00:00000000", " 00"), `field 6 of line is "00"`},
		{replace("29260", "-1"), `field 10 of line is "-1"`},
		{replace("29260", "18446744073709551616"), `field 10 of line is "18446744073709551616"`},
	} {
		d := procDecoder{proto: mib2.TCP, filter: &mib2.Filter{Parts: mib2.PartTimer}}
		rows, err := d.append(nil, []byte(c.line))
		if got := text(err); got != c.want || (err == nil) != (len(rows) == 1) {
			t.Errorf("%q: got %d rows and %q, want %q", c.line, len(rows), got, c.want)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

const procHeading = "  sl  local_address rem_address   st\n"

// procFiles returns a reader of files in memory.
func procFiles(t testing.TB, proto mib2.Protocol, filter mib2.Filter, files map[string]string, wrap func(io.Reader) io.Reader) *procReader {
	r := newProcReader(t.Context(), proto, filter)
	r.open = func(name string) (io.ReadCloser, error) {
		text, ok := files[name]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return io.NopCloser(wrap(strings.NewReader(text))), nil
	}
	return r
}

func all(r mib2.Reader) ([]mib2.Socket, error) {
	var rows []mib2.Socket
	for {
		more, err := r.Read(rows)
		if err != nil {
			return more, err
		}
		rows = more
	}
}

// TestProcReader reads files that arrive in pieces.
func TestProcReader(t *testing.T) {
	lines := string(testdata(t, "tcp.lines"))
	count := strings.Count(lines, "\n")
	other := strings.ReplaceAll(lines, " 45", " 99") // of the inodes
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r }, "bytes": iotest.OneByteReader, "halves": iotest.HalfReader} {
		files := map[string]string{"tcp": procHeading + lines, "tcp6": procHeading + other + lines}
		rows, err := all(procFiles(t, mib2.TCP, mib2.Filter{}, files, wrap))
		if !errors.Is(err, io.EOF) || len(rows) != 2*count {
			t.Errorf("%s: %d rows, want %d, %v", name, len(rows), 2*count, err)
		}
		delete(files, "tcp6") // a kernel without IPv6
		if rows, err = all(procFiles(t, mib2.TCP, mib2.Filter{}, files, wrap)); !errors.Is(err, io.EOF) || len(rows) != count {
			t.Errorf("%s: %d rows, want %d, %v", name, len(rows), count, err)
		}
	}
}

// TestProcReaderSubflows reads sockets with one inode: those of an MPTCP connection. One that
// comes again is left out.
func TestProcReaderSubflows(t *testing.T) {
	line := "   0: 0100007F:1F90 0200007F:%04X 01 00000000:00000000 00:00000000 00000000     0        0 4567 1 0 20 4 30 10 -1\n"
	text := procHeading + fmt.Sprintf(line+line+line, 1, 2, 1)
	rows, err := all(procFiles(t, mib2.TCP, mib2.Filter{}, map[string]string{"tcp": text}, func(r io.Reader) io.Reader { return r }))
	if !errors.Is(err, io.EOF) || len(rows) != 2 || rows[0].Remote.Port() != 1 || rows[1].Remote.Port() != 2 {
		t.Errorf("got %+v, %v", rows, err)
	}
}

func TestProcReaderErrors(t *testing.T) {
	whole := func(r io.Reader) io.Reader { return r }
	good := string(lines(testdata(t, "tcp.lines"))[0])
	for _, c := range []struct{ text, want string }{
		{procHeading + good + "\nbad\n", "read /proc/net/tcp: line 3: line has 1 fields, 9 short of 10"},
		{procHeading + good, "read /proc/net/tcp: line 1: unexpected EOF"},
		{procHeading + strings.Repeat("x", 40<<10), "read /proc/net/tcp: line 1: line too long"},
	} {
		if _, err := all(procFiles(t, mib2.TCP, mib2.Filter{}, map[string]string{"tcp": c.text}, whole)); text(err) != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	if _, err := all(procFiles(t, mib2.TCP, mib2.Filter{}, nil, whole)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	stuck := func(io.Reader) io.Reader { return iotest.ErrReader(nil) }
	if _, err := all(procFiles(t, mib2.TCP, mib2.Filter{}, map[string]string{"tcp": ""}, stuck)); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("stuck: %v", err)
	}
}

func FuzzProcNet(f *testing.F) {
	for _, proto := range internetProtocols {
		for _, line := range lines(testdata(f, proto.String()+".lines")) {
			f.Add(line, uint8(proto))
		}
	}
	f.Fuzz(func(t *testing.T, line []byte, proto uint8) {
		d := procDecoder{proto: mib2.Protocol(proto), filter: &mib2.Filter{Parts: everything}}
		rows, err := d.append(nil, bytes.Clone(line))
		if (err == nil) != (len(rows) == 1) {
			t.Errorf("%d rows, %v", len(rows), err)
		}
		for _, s := range rows {
			checkRow(t, s)
		}
	})
}
