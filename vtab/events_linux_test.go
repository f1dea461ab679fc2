package vtab

import (
	"fmt"
	"net"
	"os"
	"slices"
	"testing"
	"time"
)

// Short connections are counted exactly, and their ends and bytes are right. Those to another
// port tell that the counting has begun.
func TestShortConnections(t *testing.T) {
	db := openDB(t)
	l, port := listen(t)
	probe, probePort := listen(t)
	const n = 500
	st, _, err := db.Prepare(fmt.Sprintf("SELECT event, local_port = %d, pid, bytes_sent, bytes_received, source, %d IN (local_port, remote_port) "+
		"FROM events(60) WHERE %[1]d IN (local_port, remote_port) OR %[2]d IN (local_port, remote_port)", port, probePort))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	begun, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- connectionsAfter(begun, probe, l, n) }()
	counts := map[string]int{}
	isBegun, withoutBPF := false, false
	for each := 4; total(counts) < each*n; {
		more, err := st.Step(t.Context())
		if err != nil || !more {
			t.Fatal(more, err)
		}
		if !isBegun {
			close(begun)
			isBegun = true
		}
		if st.Value(5).String() == "netlink" {
			each, withoutBPF = 2, true
		}
		if st.Value(6).Int() == 0 {
			counts[fmt.Sprint(st.Value(0), " ", st.Value(1), " ", st.Value(2), " ", st.Value(3), " ", st.Value(4))]++
		}
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	pid := os.Getpid()
	want := []string{fmt.Sprintf("closed 0 %d 5 0", pid), fmt.Sprintf("closed 1 %d 0 5", pid), fmt.Sprintf("accepted 1 %d  ", pid), fmt.Sprintf("opened 0 %d  ", pid)}
	if withoutBPF {
		want = []string{"closed 0  5 0", "closed 1  0 5"}
		for _, end := range want { // the peer's FIN counts as a byte if it came before the end was closed
			fin := end[:len(end)-1] + string(end[len(end)-1]+1)
			counts[end] += counts[fin]
			delete(counts, fin)
		}
	}
	for what, count := range counts {
		if count != n || !slices.Contains(want, what) {
			t.Errorf("%d: %q", count, what)
		}
	}
}

// connectionsAfter makes connections to a probe until it is told to begin, and then some.
func connectionsAfter(begun <-chan struct{}, probe, l net.Listener, n int) error {
	for {
		select {
		case <-begun:
			return connections(l, n)
		case <-time.After(5 * time.Millisecond):
			if err := connections(probe, 1); err != nil {
				return err
			}
		}
	}
}

func total(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// connections makes connections to a listener, in each of which the client says something.
func connections(l net.Listener, n int) error {
	for range n {
		c, err := net.Dial("tcp4", l.Addr().String())
		if err != nil {
			return err
		}
		s, err := l.Accept()
		if err != nil {
			return err
		}
		buf := make([]byte, 10)
		_, err = c.Write([]byte("hello"))
		c.Close()
		for err == nil {
			_, err = s.Read(buf)
		}
		s.Close()
	}
	return nil
}
