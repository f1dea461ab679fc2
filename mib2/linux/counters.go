package linux

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"sockstat/mib2"
)

// Counters reads the files of /proc/net in which protocols count, those that there are.
func (n Network) Counters(ctx context.Context) (all []mib2.Counter, err error) {
	t := n.tables(ctx)
	var absent error
	for _, file := range []struct {
		name   string
		append func(dst []mib2.Counter, text string) []mib2.Counter
	}{{"snmp", appendTitled}, {"netstat", appendTitled}, {"snmp6", appendNamed}, {"sctp/snmp", appendNamed}} {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		text, err := t.readProcNet(file.name)
		if errors.Is(err, fs.ErrNotExist) { // the kernel does not have that protocol
			absent = err
			continue
		} else if err != nil {
			return nil, err
		}
		all = file.append(all, text)
	}
	if all == nil {
		return nil, absent
	}
	return all, nil
}

// readProcNet reads a file of /proc/net.
func (t *tables) readProcNet(name string) (string, error) {
	f, err := t.openProcNet(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	return string(b), err
}

// appendTitled reads lines in pairs, names and then numbers: "Udp: InDatagrams NoPorts" and
// "Udp: 5 0". What does not belong together is passed over.
func appendTitled(dst []mib2.Counter, text string) []mib2.Counter {
	var names []string
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || len(names) == 0 || fields[0] != names[0] || len(fields) != len(names) {
			names = fields
			continue
		}
		protocol := strings.TrimSuffix(fields[0], ":")
		for i, name := range names[1:] {
			if n, err := strconv.ParseInt(fields[i+1], 10, 64); err == nil {
				dst = append(dst, mib2.Counter{Protocol: protocol, Name: name, Value: n})
			}
		}
		names = nil
	}
	return dst
}

// namedProtocols begin the names of counters that have a line of their own.
var namedProtocols = []string{"Ip6", "Icmp6", "UdpLite6", "Udp6", "Sctp"}

// appendNamed reads lines of a name, which begins with that of the protocol, and a number.
func appendNamed(dst []mib2.Counter, text string) []mib2.Counter {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) != 2 {
			continue
		}
		n, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			continue
		}
		for _, protocol := range namedProtocols {
			if name, ok := strings.CutPrefix(fields[0], protocol); ok {
				dst = append(dst, mib2.Counter{Protocol: protocol, Name: name, Value: n})
				break
			}
		}
	}
	return dst
}
