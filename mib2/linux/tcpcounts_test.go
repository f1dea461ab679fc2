package linux

import "testing"

func TestTCPCounts(t *testing.T) {
	const (
		sockstat = "sockets: used 61408\nTCP: inuse 61301 orphan 2 tw 7 alloc 61304 mem 3\nUDP: inuse 5 mem 0\nRAW: inuse 0\n"
		six      = "TCP6: inuse 3\nUDP6: inuse 4\nFRAG6: inuse 0 memory 0\n"
	)
	for _, test := range []struct {
		files []string
		want  tcpCounts
	}{
		{[]string{sockstat}, tcpCounts{61301, 61304}},
		{[]string{sockstat, six}, tcpCounts{61304, 61304}},
		{[]string{"", "\n\n", "TCP:\nTCP6:\n"}, tcpCounts{}},
		{[]string{"TCP: inuse", "TCP: inuse x alloc 9", "TCP: alloc"}, tcpCounts{0, 9}},
		{[]string{"TCPX: inuse 3 alloc 3"}, tcpCounts{}},
	} {
		var got tcpCounts
		for _, file := range test.files {
			got.add([]byte(file))
		}
		if got != test.want {
			t.Errorf("%q: %+v, want %+v", test.files, got, test.want)
		}
	}
}

func FuzzTCPCounts(f *testing.F) {
	f.Add([]byte("TCP: inuse 61301 orphan 2 tw 7 alloc 61304 mem 3\nTCP6: inuse 3\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		var once, twice tcpCounts
		once.add(file)
		twice.add(file)
		twice.add(file)
		if twice != (tcpCounts{2 * once.inUse, 2 * once.allocated}) {
			t.Errorf("%+v, twice %+v", once, twice)
		}
	})
}
