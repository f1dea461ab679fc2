package mib2

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// Whoever adds a protocol has to fill in its entry.
func TestEveryProtocolHasAnEntry(t *testing.T) {
	if len(Protocols) != int(protocolsEnd)-1 {
		t.Fatal(Protocols)
	}
	names, labels, files := map[string]bool{}, map[string]bool{}, map[string]bool{}
	once := func(what string, seen map[string]bool, name string) {
		t.Helper()
		if name == "" || seen[name] || strings.ToLower(name) != name {
			t.Errorf("%s %q is empty, not in lower case or that of two", what, name)
		}
		seen[name] = true
	}
	for _, p := range Protocols {
		e := p.entry()
		once("name", names, e.name)
		for _, label := range e.labels {
			once("label", labels, label)
		}
		for _, file := range e.files {
			once("file", files, file)
		}
		if e.doc == "" || strings.ContainsAny(e.doc, ".\n") {
			t.Errorf("%v: documentation %q", p, e.doc)
		}
		if len(e.families) == 0 || len(e.states) == 0 || p.Internet() != (e.number != 0) && p != SMC {
			t.Errorf("%v: families %v, states %v, number %d", p, e.families, e.states, e.number)
		}
		if len(e.files) > 0 && len(e.files) != len(e.families) {
			t.Errorf("%v: files %v of families %v", p, e.files, e.families)
		}
		if p.Internet() && len(e.labels) != 2 && len(e.labels) != 3 {
			t.Errorf("%v: labels %v are not for IPv4, IPv6 and perhaps both", p, e.labels)
		}
		if !p.Internet() && p != Unix && len(e.labels) != 1 {
			t.Errorf("%v: labels %v", p, e.labels)
		}
		if by := p.ShownBy(); by != p && !slices.Equal(by.Families(), p.Families()) {
			t.Errorf("%v is shown by %v", p, by)
		}
	}
	if len(Unix.Labels()) != len(UnixTypes) {
		t.Errorf("labels %v of types %v", Unix.Labels(), UnixTypes)
	}
}

// The listing has always had this order.
func TestOrderOfProtocols(t *testing.T) {
	if !slices.Equal(Protocols[:3], []Protocol{UDP, TCP, Unix}) {
		t.Error(Protocols)
	}
}

// What is no protocol has nothing, and is no reason to panic.
func TestNoProtocol(t *testing.T) {
	for _, p := range []Protocol{0, protocolsEnd, 99, 255} {
		s := Socket{Proto: p}
		if !strings.HasPrefix(p.String(), "unknown(") || s.Label() != p.String() || p.Number() != 0 || p.Internet() ||
			p.Labels() != nil || p.States() != nil || p.Doc() != "" || p.ProcNet(Inet) != "" || p.FamilyLabels(Inet) != nil {
			t.Errorf("%v %q", p, s.Label())
		}
	}
}

// Every label is that of some socket, and one of the family that it is said to be of.
func TestLabels(t *testing.T) {
	got := map[string]bool{}
	for _, p := range Protocols {
		for _, f := range p.Families() {
			for _, s := range []Socket{{}, {Dual: true}, {Unix: &UnixInfo{Type: Stream}}, {Unix: &UnixInfo{Type: Datagram}}, {Unix: &UnixInfo{Type: SeqPacket}}} {
				if s.Proto, s.Family = p, f; (s.Unix != nil) != (p == Unix) || s.Dual && (f != Inet6 || len(p.Labels()) < 3) {
					continue
				}
				got[s.Label()] = true
				if !slices.Contains(p.FamilyLabels(f), s.Label()) || !slices.Contains(p.Labels(), s.Label()) {
					t.Errorf("%v %v: label %s is not one of %v", p, f, s.Label(), p.FamilyLabels(f))
				}
			}
		}
		for _, label := range p.Labels() {
			if !got[label] {
				t.Errorf("no socket is %s", label)
			}
		}
	}
	for _, c := range []struct {
		s    Socket
		want string
	}{
		{Socket{Proto: TCP, Family: Inet}, "tcp4"}, {Socket{Proto: TCP, Family: Inet6}, "tcp6"},
		{Socket{Proto: UDP, Family: Inet6, Dual: true}, "udp46"},
		{Socket{Proto: Unix, Family: Local, Unix: &UnixInfo{Type: SeqPacket}}, "seqpac"},
		{Socket{Proto: Unix, Family: Local, Unix: &UnixInfo{}}, "unix"},
	} {
		if got := c.s.Label(); got != c.want {
			t.Errorf("%+v: %s instead of %s", c.s, got, c.want)
		}
	}
}

func TestProcNet(t *testing.T) {
	if TCP.ProcNet(Inet) != "tcp" || TCP.ProcNet(Inet6) != "tcp6" || Unix.ProcNet(Local) != "unix" || Unix.ProcNet(Inet) != "" {
		t.Error(TCP.ProcNet(Inet), TCP.ProcNet(Inet6), Unix.ProcNet(Local), Unix.ProcNet(Inet))
	}
}

// Names that enumerations print are told apart, so that a forgotten one is found.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range States {
		seen[s.String()] = true
	}
	if len(seen) != int(Unknown) || len(States) != int(Unknown) {
		t.Errorf("%d names of %d states", len(seen), len(States))
	}
	for _, name := range []string{Family(9).String(), State(0).String(), UnixType(9).String(), TimerKind(77).String(), SocketType(4).String()} {
		if !strings.HasPrefix(name, "unknown(") {
			t.Error(name)
		}
	}
}

// Rows are many: what is particular to some sockets stands behind a pointer.
func TestSizeOfSocket(t *testing.T) {
	const others = 8 + 4*4 + 2*8 // enumerations and flags, small and large numbers
	most := 2*unsafe.Sizeof(netip.AddrPort{}) + 5*unsafe.Sizeof(uintptr(0)) + others
	if size := unsafe.Sizeof(Socket{}); size > most {
		t.Errorf("%d bytes instead of %d", size, most)
	}
}
