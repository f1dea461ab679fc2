package function

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sockstat/vtab/table"
)

// call calls a function by name.
func call(t testing.TB, name string, args ...table.Value) (table.Value, error) {
	t.Helper()
	for _, f := range All() {
		if f.Name == name && f.Args == len(args) {
			return Guarded(name, func() (table.Value, error) { return f.Call(args) })
		}
	}
	t.Fatalf("there is no function %s with %d arguments", name, len(args))
	return table.Null(), nil
}

func text(s string) table.Value { return table.String(s) }

func TestFunctionsAreDescribed(t *testing.T) {
	all := All()
	if !slices.IsSortedFunc(all, func(a, b Function) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the functions are not in order")
	}
	for _, f := range all {
		if f.Doc == "" || strings.HasSuffix(f.Doc, ".") || f.Usage == "" || (f.Call == nil) == (f.Start == nil) {
			t.Errorf("%s: %+v", f.Name, f)
		}
	}
}

func TestCIDR(t *testing.T) {
	for _, c := range []struct{ network, address, want string }{
		{"10.0.0.0/8", "10.255.0.1", "1"}, {"10.0.0.0/8", "11.0.0.1", "0"}, {"10.1.2.3/8", "10.9.9.9", "1"},
		{"0.0.0.0/0", "1.2.3.4", "1"}, {"0.0.0.0/0", "::1", "0"}, {"::/0", "::1", "1"}, {"::/0", "1.2.3.4", "0"},
		{"fe80::/10", "fe80::1%eth0", "1"}, {"10.0.0.1", "10.0.0.1", "1"}, {"10.0.0.1", "10.0.0.2", "0"}, {"::1", "::1", "1"},
		{"10.0.0.0/8", "::ffff:10.1.1.1", "1"}, {"::ffff:10.0.0.0/104", "10.1.1.1", "1"}, {"::ffff:10.0.0.0/104", "11.1.1.1", "0"},
		{"10.0.0.0/33", "10.0.0.1", ""}, {"10.0.0.0/", "10.0.0.1", ""}, {"x", "10.0.0.1", ""}, {"10.0.0.0/8", "x", ""},
		{"10.0.0.0/8", "/run/a", ""}, {"", "", ""}, {"fe80::%eth0/10", "fe80::1", ""},
	} {
		if got, err := call(t, "cidr", text(c.network), text(c.address)); err != nil || got.String() != c.want {
			t.Errorf("cidr(%s, %s) is %q, %v", c.network, c.address, got, err)
		}
	}
	for _, args := range [][]table.Value{{table.Null(), text("::1")}, {text("::/0"), table.Null()}, {table.Int(1), table.Int(1)}} {
		if got, err := call(t, "cidr", args...); err != nil || !got.IsNull() {
			t.Errorf("cidr(%v) is %q, %v", args, got, err)
		}
	}
}

func TestNetwork(t *testing.T) {
	for _, c := range []struct {
		address string
		bits    table.Value
		want    string
	}{
		{"10.1.2.3", table.Int(24), "10.1.2.0/24"}, {"10.1.2.3", table.Int(0), "0.0.0.0/0"}, {"10.1.2.3", text("8"), "10.0.0.0/8"},
		{"::ffff:10.1.2.3", table.Int(32), "10.1.2.3/32"}, {"2001:db8:1:2:3::4", table.Int(64), "2001:db8:1:2::/64"},
		{"fe80::1%eth0", table.Int(10), "fe80::/10"}, {"10.1.2.3", table.Int(33), ""}, {"10.1.2.3", table.Int(-1), ""},
		{"10.1.2.3", table.Null(), ""}, {"::1", table.Int(129), ""}, {"/run/a", table.Int(8), ""}, {"", table.Int(8), ""},
	} {
		if got, err := call(t, "network", text(c.address), c.bits); err != nil || got.String() != c.want {
			t.Errorf("network(%s, %v) is %q, %v", c.address, c.bits, got, err)
		}
	}
}

func TestIPSortsAddresses(t *testing.T) {
	sorted := []string{"0.0.0.0", "9.0.0.1", "10.0.0.1", "10.0.0.10", "100.0.0.1", "255.255.255.255",
		"::", "::1", "2001:db8::9", "2001:db8::10", "fe80::1", "fe80::1%eth0", "fe80::1%eth1", "fe80::2"}
	var keys []string
	for _, a := range sorted {
		key, err := call(t, "ip", text(a))
		if err != nil || key.Kind() != table.KindText {
			t.Errorf("%s: %v", a, err)
		}
		keys = append(keys, key.String())
	}
	if !slices.IsSorted(keys) || len(slices.Compact(keys)) != len(sorted) {
		t.Errorf("keys %q", keys)
	}
	same, _ := call(t, "ip", text("::ffff:9.0.0.1"))
	if same.String() != keys[1] {
		t.Errorf("an address of IPv4 in IPv6 has the key %q", same)
	}
	for _, v := range []table.Value{table.Null(), text(""), text("*"), text("/run/a"), table.Int(1), text("10.0.0"), text("010.0.0.1")} {
		if key, err := call(t, "ip", v); err != nil || !key.IsNull() {
			t.Errorf("%q has the key %q, %v", v, key, err)
		}
	}
}

func TestHuman(t *testing.T) {
	for _, c := range []struct {
		v    table.Value
		want string
	}{
		{table.Int(0), "0 B"}, {table.Int(1), "1 B"}, {table.Int(1023), "1023 B"}, {table.Int(1024), "1.0 KiB"}, {table.Int(1536), "1.5 KiB"},
		{table.Int(10188), "9.9 KiB"}, {table.Int(10189), "10 KiB"}, {table.Int(20000), "20 KiB"}, {table.Int(1048063), "1023 KiB"}, {table.Int(1048064), "1.0 MiB"},
		{table.Int(-1536), "-1.5 KiB"}, {table.Int(int64(math.MaxInt64)), "8.0 EiB"}, {table.Float(1e30), "867361737988 EiB"}, {table.Float(0.4), "0 B"},
		{table.Null(), ""}, {text("1536"), ""}, {table.Float(math.Inf(1)), ""},
	} {
		if got, err := call(t, "human", c.v); err != nil || got.String() != c.want {
			t.Errorf("human(%s) is %q, %v", c.v, got, err)
		}
	}
}

func TestRegexp(t *testing.T) {
	for _, c := range []struct{ pattern, text, want string }{
		{"a+", "caat", "1"}, {"^a", "caat", "0"}, {"(?i)AA", "caat", "1"}, {"", "", "1"}, {"é.$", "été", "0"}, {"^\\d+$", "443", "1"},
	} {
		if got, err := call(t, "regexp", text(c.pattern), text(c.text)); err != nil || got.String() != c.want {
			t.Errorf("%s matches %s: %q, %v", c.pattern, c.text, got, err)
		}
	}
	if got, err := call(t, "regexp", text("^44"), table.Int(443)); err != nil || got.String() != "1" {
		t.Errorf("a number: %q, %v", got, err)
	}
	if got, _ := call(t, "regexp", table.Null(), text("a")); !got.IsNull() {
		t.Errorf("NULL matches: %q", got)
	}
	if _, err := call(t, "regexp", text("("), text("a")); err == nil || !strings.HasPrefix(err.Error(), "regexp: error parsing regexp") {
		t.Errorf("a pattern that is none: %v", err)
	}
	for i := range 3 * mostPatterns { // ever new ones
		if got, err := call(t, "regexp", text(fmt.Sprint("^", i, "$")), table.Int(i)); err != nil || got.String() != "1" {
			t.Errorf("pattern %d: %q, %v", i, got, err)
		}
	}
	if n := len(patterns.compiled); n > mostPatterns {
		t.Errorf("%d patterns are kept", n)
	}
}

func TestService(t *testing.T) {
	got := firstNames(parseServices(strings.NewReader("# services\nssh\t22/tcp\t# shell\nssh-too 22/tcp\nDNS 53/UDP domain\nbad\nworse x/tcp\nbig 65536/tcp\nnone 7\n\x00\nlast 65535/tcp")))
	want := map[port]string{{22, "tcp"}: "ssh", {53, "udp"}: "DNS", {65535, "tcp"}: "last"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("services %v", got)
	}
	old := services
	defer func() { services = old }()
	services = func() map[port]string { return want }
	for _, c := range []struct {
		port, proto table.Value
		want        string
	}{
		{table.Int(22), text("tcp"), "ssh"}, {table.Int(22), text("tcp46"), "ssh"}, {table.Int(22), text("TCP"), "ssh"}, {table.Int(22), text("udp"), ""},
		{table.Int(-1), text("tcp"), ""}, {table.Null(), text("tcp"), ""}, {table.Int(22), table.Null(), ""}, {text("22"), text("tcp"), ""}, {table.Int(22 + 1<<16), text("tcp"), ""},
	} {
		if got, err := call(t, "service", c.port, c.proto); err != nil || got.String() != c.want {
			t.Errorf("service(%s, %s) is %q, %v", c.port, c.proto, got, err)
		}
	}
}

// aggregate starts an aggregate function by name.
func aggregate(t testing.TB, name string) Aggregate {
	for _, f := range All() {
		if f.Name == name {
			return f.Start()
		}
	}
	t.Fatalf("there is no function %s", name)
	return nil
}

func TestPercentiles(t *testing.T) {
	for _, c := range []struct {
		name string
		p    float64 // NaN for none
		of   []float64
		want string
	}{
		{"median", math.NaN(), nil, ""}, {"median", math.NaN(), []float64{7}, "7.0"}, {"median", math.NaN(), []float64{9, 1}, "5.0"}, {"median", math.NaN(), []float64{9, 1, 2}, "2.0"},
		{"percentile", 0, []float64{3, 1, 2}, "1.0"}, {"percentile", 100, []float64{3, 1, 2}, "3.0"}, {"percentile", 25, []float64{1, 2, 3, 4}, "1.75"},
		{"percentile_cont", 0.25, []float64{1, 2, 3, 4}, "1.75"}, {"percentile_disc", 0.25, []float64{1, 2, 3, 4}, "1.0"}, {"percentile_disc", 1, []float64{1, 2, 3, 4}, "4.0"},
	} {
		a := aggregate(t, c.name)
		for _, f := range c.of {
			if err := a.Step([]table.Value{table.Float(f), table.Float(c.p)}); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if got, err := a.Value(); err != nil || got.String() != c.want {
			t.Errorf("%s(%v) of %v is %s, %v", c.name, c.p, c.of, got, err)
		}
	}
}

func TestPercentilesRefuse(t *testing.T) {
	for want, rows := range map[string][][]table.Value{
		"the first argument is not a number":                 {{text("1"), table.Int(1)}},
		"the first argument is infinite":                     {{table.Float(math.Inf(1)), table.Int(1)}},
		"the second argument is not a number from 0 to 100":  {{table.Int(1), table.Float(100.5)}},
		"the second argument is not a number from 0 to 100 ": {{table.Int(1), table.Null()}},
		"the second argument is not the same in all rows":    {{table.Int(1), table.Int(1)}, {table.Int(1), table.Int(2)}},
		"": {{table.Null(), table.Int(1)}, {table.Int(1), table.Int(1)}},
	} {
		a := aggregate(t, "percentile")
		var err error
		for _, row := range rows {
			err = a.Step(row)
		}
		if got := fmt.Sprint(err); got != strings.TrimSpace(want) && (want != "" || err != nil) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A window that moves has the same value as one that starts anew.
func TestPercentilesOverAWindow(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var numbers []table.Value
	for range 300 {
		numbers = append(numbers, table.Int(r.IntN(40)), table.Null())
	}
	moving := aggregate(t, "median")
	for i := range numbers {
		moving.Step(numbers[i : i+1])
		first := max(0, i-20)
		if first > 0 {
			moving.Inverse(numbers[first-1 : first])
		}
		anew := aggregate(t, "median")
		for k := first; k <= i; k++ {
			anew.Step(numbers[k : k+1])
		}
		got, _ := moving.Value()
		if want, _ := anew.Value(); got != want {
			t.Fatalf("at %d: %s, want %s", i, got, want)
		}
	}
}

func TestGuarded(t *testing.T) {
	v, err := Guarded("f", func() (table.Value, error) { panic("lost") })
	if !v.IsNull() || err == nil || err.Error() != "f: panic: lost" {
		t.Errorf("%s, %v", v, err)
	}
}

// No argument makes a function panic, or an address another one's key.
func FuzzFunctions(f *testing.F) {
	for _, s := range []string{"", "10.0.0.0/8", "::1", "fe80::1%eth0", "tcp6", "(a|b)*", "\x00", "é"} {
		f.Add(s, "10.0.0.1", int64(22), 1.5)
	}
	f.Fuzz(func(t *testing.T, a, b string, n int64, x float64) {
		values := []table.Value{text(a), text(b), table.Int(n), table.Float(x), table.Null(), table.Blob(a)}
		for _, fn := range All() {
			for i, v := range values {
				args := []table.Value{v, values[(i+1)%len(values)]}[:fn.Args]
				if fn.Call != nil {
					fn.Call(args)
					continue
				}
				agg := fn.Start()
				agg.Step(args)
				agg.Value()
				agg.Inverse(args)
				agg.Value()
			}
		}
	})
}

// Services are found by name and alias, on any protocol.
func TestPorts(t *testing.T) {
	old := portsByName
	defer func() { portsByName = old }()
	entries := parseServices(strings.NewReader("http 80/tcp www # web\nhttp 80/udp\ndomain 53/tcp\nodd 1/tcp\nodd 2/udp\n"))
	portsByName = func() map[string][]uint16 { return byName(entries) }
	for name, want := range map[string][]uint16{"http": {80}, "WWW": {80}, "domain": {53}, "odd": {1, 2}, "none": nil} {
		if got := Ports(name); !slices.Equal(got, want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := ServiceNames(); !slices.Equal(got, []string{"domain", "http", "odd", "www"}) {
		t.Errorf("%q", got)
	}
}

func FuzzParseServices(f *testing.F) {
	f.Add("ssh 22/tcp # shell\n")
	f.Fuzz(func(t *testing.T, file string) {
		for p, name := range firstNames(parseServices(strings.NewReader(file))) {
			if name == "" || p.number < 0 || p.number > math.MaxUint16 || strings.ContainsAny(name, " \t\n#") {
				t.Errorf("%v: %q", p, name)
			}
		}
	})
}
