package main

import (
	"bytes"
	"cmp"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// connections opens so many connections to an address and keeps both ends of them.
func connections(t *testing.T, l net.Listener, n int) {
	t.Cleanup(func() { l.Close() })
	for range n {
		client, err := net.Dial(l.Addr().Network(), l.Addr().String())
		must(t, err)
		server, err := l.Accept()
		must(t, err)
		t.Cleanup(func() { client.Close(); server.Close() })
	}
}

// The metrics count the sockets that there are; each family is in one piece with its help and type, no series is
// there twice, and there are never more than the limit allows.
func TestMetrics(t *testing.T) {
	for range 12 {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		must(t, err)
		connections(t, l, 1)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	connections(t, l, 30)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	out := sockstat(t, "-f", "metrics", "--param", "limit=5", "-o", "prometheus")
	if want := fmt.Sprintf("sockstat_port_sockets{port=\"%s\",proto=\"tcp\"} 31\n", port); !strings.Contains(out, want) {
		t.Errorf("no %s in\n%s", want, out)
	}
	line := regexp.MustCompile(`^(?:# HELP (\w+) \S.*|# TYPE (\w+) (?:gauge|counter)|(\w+)(\{\w+="[^"]*"(?:,\w+="[^"]*")*\})? \d+)\n$`)
	seen, count, name := map[string]bool{}, map[string]int{}, ""
	for text := range strings.Lines(out) {
		m := line.FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("%q is no line of metrics", text)
		}
		if m[1] != "" {
			name = m[1]
		}
		line, _, _ := strings.Cut(text, "} ") // but for the value, of which those without labels have no other
		if seen[line] || cmp.Or(m[1], m[2], m[3]) != name || m[1] != "" && count[name] > 0 {
			t.Errorf("%s is not in its place, or again", text)
		}
		seen[line] = true
		if m[3] != "" {
			count[name]++
		}
		if m[2] != "" && strings.HasSuffix(name, "_total") != strings.Contains(text, "counter") {
			t.Error(text)
		}
	}
	for name, n := range count {
		if n > 6 && name != "sockstat_sockets" {
			t.Errorf("%s has %d series", name, n)
		}
	}
	if len(count) < 10 {
		t.Errorf("%v", count)
	}
}

// The picture is one that Graphviz draws, and an edge says where connections lead to and how many they are.
func TestTopology(t *testing.T) {
	l, err := net.Listen("tcp6", "[::1]:0")
	must(t, err)
	connections(t, l, 7)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	out := sockstat(t, "-f", "topology", "-o", "dot")
	if want := fmt.Sprintf(`[label="%s ×7"]`, port); !strings.Contains(out, want) {
		t.Errorf("no %s in\n%s", want, out)
	}
	dot, err := exec.LookPath("dot")
	if err != nil {
		t.Skip("Graphviz is not installed")
	}
	cmd := exec.Command(dot, "-Tsvg")
	cmd.Stdin, cmd.Stderr = strings.NewReader(out), os.Stderr
	svg, err := cmd.Output()
	must(t, err)
	if !bytes.Contains(svg, []byte(port)) {
		t.Errorf("no %s in\n%s", port, svg)
	}
}
