package linux

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"sockstat/mib2"
)

// TestGoldenExtra has what congestion control algorithms and protocols within TCP tell. A C
// program wrote it with the structures of the kernel's headers.
func TestGoldenExtra(t *testing.T) {
	if !littleEndian {
		t.Skip("the dump is that of a little-endian machine")
	}
	d := diagDecoder{proto: mib2.TCP, filter: &mib2.Filter{Parts: mib2.PartInfo | mib2.PartControl}, seq: 1}
	rows, err := d.append(nil, testdata(t, "tcpextra.dump"))
	if !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	goldenBy(t, "tcpextra.dump.want", rows, func(s mib2.Socket) string {
		text := full(s)
		if s.Info.Control != nil {
			text += fmt.Sprintf(" %+v", *s.Info.Control)
		}
		if s.Info.MD5 != nil {
			text += fmt.Sprintf(" md5 %v", s.Info.MD5)
		}
		if u := s.Info.ULP; u != nil {
			text += " " + u.Name
			if u.TLS != nil {
				text += fmt.Sprintf(" %+v", *u.TLS)
			}
			if u.Subflow != nil {
				text += fmt.Sprintf(" %+v", *u.Subflow)
			}
		}
		return text
	})
}

// Attributes within attributes that are too short or contradict themselves are errors.
func TestShortExtra(t *testing.T) {
	for _, c := range []struct {
		kind mib2.Attr
		data []byte
	}{
		{mib2.AttrVegas, make([]byte, 15)}, {mib2.AttrDCTCP, make([]byte, 15)}, {mib2.AttrBBR, make([]byte, 19)},
		{mib2.AttrULP, []byte{9, 0, 1, 0}}, {mib2.AttrULP, attr(ulpTLS, attr(tlsVersion, 3)...)},
		{mib2.AttrULP, attr(ulpMPTCP, attr(subflowMapSeq, 1, 2, 3, 4)...)},
	} {
		d := diagDecoder{proto: mib2.TCP, filter: &mib2.Filter{Parts: mib2.PartInfo}, seq: 1}
		b := message(sockDiagByFamily, 2, 1, append(diagMsg(), attr(uint16(c.kind), c.data...)...))
		if rows, err := d.append(nil, b); err == nil {
			t.Errorf("%d % x: %+v", c.kind, c.data, rows)
		}
	}
}
