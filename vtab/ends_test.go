package vtab

import (
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"sockstat/mib2"
)

// Both ends of sockets as texts, with and without addresses, ports and paths.
func TestEnds(t *testing.T) {
	at := netip.MustParseAddrPort
	none := netip.AddrPort{}
	for _, test := range []struct {
		s    mib2.Socket
		want string // local_address local remote_address remote
	}{
		{mib2.Socket{Local: at("127.0.0.1:80"), Remote: at("10.0.0.2:5000")}, "127.0.0.1 127.0.0.1:80 10.0.0.2 10.0.0.2:5000"},
		{mib2.Socket{Local: at("0.0.0.0:0"), Remote: none}, "0.0.0.0 - - -"},
		{mib2.Socket{Local: at("[::]:65535"), Remote: none}, ":: :::65535 - -"},
		{mib2.Socket{Local: at("[::1]:1"), Remote: at("[2001:db8::1]:0")}, "::1 ::1:1 2001:db8::1 -"},
		{mib2.Socket{Local: none, Remote: at("10.0.0.2:5000")}, "- - 10.0.0.2 10.0.0.2:5000"},
		{mib2.Socket{Local: none, Remote: none}, "- - - -"},
		{mib2.Socket{Local: at("[::c000:201]:1"), Remote: at("[::ffff:192.0.2.1]:2")}, "::192.0.2.1 ::192.0.2.1:1 ::ffff:192.0.2.1 ::ffff:192.0.2.1:2"},
		{mib2.Socket{Local: at("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"), Remote: at("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe]:65534")},
			"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:65535 " +
				"ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe:65534"},
		{mib2.Socket{Local: at("[::2:3]:1"), Remote: at("[::ffff]:2")}, "::0.2.0.3 ::0.2.0.3:1 ::ffff ::ffff:2"},
		{mib2.Socket{Local: at("[::100:3]:1"), Remote: at("[::1:0:0]:2")}, "::1.0.0.3 ::1.0.0.3:1 ::1:0:0 ::1:0:0:2"},
		{mib2.Socket{Unix: &mib2.UnixInfo{}}, "- - - -"},
		{mib2.Socket{Unix: &mib2.UnixInfo{Path: "/a", PeerPath: "@b"}}, "/a /a @b @b"},
	} {
		if got := ownEnds(&socket{Socket: &test.s}); got != test.want {
			t.Errorf("%v: %q instead of %q", test.s, got, test.want)
		}
	}
}

// ownEnds returns the ends of a socket that is alone in its batch.
func ownEnds(s *socket) string {
	rows := []socket{*s}
	setEnds(rows)
	return endsOf(&rows[0])
}

// endsOf returns all ends of a socket.
func endsOf(s *socket) string {
	var texts []string
	for _, v := range []interface {
		String() string
		IsNull() bool
	}{s.localAddress(), s.localEnd(), s.remoteAddress(), s.remoteEnd()} {
		if texts = append(texts, v.String()); v.IsNull() {
			texts[len(texts)-1] = "-"
		}
	}
	return strings.Join(texts, " ")
}

// Many sockets share memory for their texts: those of one are not those of another, and stay
// what they are while later ones are made.
func TestEndsOfManySockets(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	end := func() netip.AddrPort {
		addresses := []string{"192.0.2.1", "2001:db8::1", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff" + strconv.FormatInt(random.Int64N(16), 16)}
		if n := random.IntN(len(addresses) + 1); n < len(addresses) {
			return netip.AddrPortFrom(netip.MustParseAddr(addresses[n]), uint16(random.IntN(65536)))
		}
		return netip.AddrPort{}
	}
	for _, n := range []int{0, 1, 2, 3, 100, 5000} {
		rows := make([]socket, n)
		for i := range rows {
			rows[i].Socket = &mib2.Socket{Local: end(), Remote: end()}
			if i%5 == 0 {
				rows[i].Unix, rows[i].Local, rows[i].Remote = &mib2.UnixInfo{Path: strconv.Itoa(i)}, netip.AddrPort{}, netip.AddrPort{}
			}
		}
		setEnds(rows)
		for i := range rows {
			if got, want := endsOf(&rows[i]), ownEnds(&rows[i]); got != want {
				t.Fatalf("socket %d of %d: %q instead of %q", i, n, got, want)
			}
		}
	}
}

// Every address is shown so that it is the same when it is read again.
func TestAddressesCanBeReadAgain(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		var b [16]byte
		for i := range b {
			if random.IntN(3) == 0 {
				b[i] = byte(random.Uint32())
			}
		}
		a := netip.AddrFrom16(b)
		if random.IntN(4) == 0 {
			a = netip.AddrFrom4([4]byte(b[:4]))
		}
		text := string(appendAddress([]byte("x"), a))
		if got, err := netip.ParseAddr(text[1:]); err != nil || got != a {
			t.Fatalf("%v: %s, %v", a, text, err)
		}
	}
}
