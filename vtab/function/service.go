package function

import (
	"bufio"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"sockstat/vtab/table"
)

// service returns the name of the service on a port. A protocol may be a label, such as tcp6.
func service(args []table.Value) (table.Value, error) {
	if args[0].Kind() != table.KindInteger || args[1].Kind() != table.KindText {
		return table.Null(), nil
	}
	proto := strings.ToLower(strings.TrimRight(args[1].Bytes(), "0123456789"))
	if name, ok := services()[port{args[0].Int(), proto}]; ok {
		return table.String(name), nil
	}
	return table.Null(), nil
}

// port is a port number of a protocol.
type port struct {
	number int64
	proto  string
}

// servicesFile is services(5), and mostServices the bytes of it that are read at most.
const (
	servicesFile = "/etc/services"
	mostServices = 1 << 20
)

// services returns the names of services. A machine without the file has none.
var services = sync.OnceValue(func() map[port]string { return firstNames(known()) })

// known returns the services of the file, which is read once.
var known = sync.OnceValue(func() []entry {
	if info, err := os.Stat(servicesFile); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(servicesFile)
	if err != nil {
		return nil
	}
	defer f.Close()
	return parseServices(io.LimitReader(f, mostServices))
})

// entry is a service on a port, with its name and aliases.
type entry struct {
	names []string
	port  port
}

// parseServices parses services(5): "name port/protocol aliases # comment".
func parseServices(r io.Reader) (entries []entry) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		number, proto, _ := strings.Cut(fields[1], "/")
		n, err := strconv.ParseUint(number, 10, 16)
		if err == nil && proto != "" {
			entries = append(entries, entry{append(fields[:1:1], fields[2:]...), port{int64(n), strings.ToLower(proto)}})
		}
	}
	return entries
}

// firstNames returns the first name that a port has.
func firstNames(entries []entry) map[port]string {
	names := map[port]string{}
	for _, e := range entries {
		if _, named := names[e.port]; !named {
			names[e.port] = e.names[0]
		}
	}
	return names
}

// Ports returns the ports of the service of a name or alias, on any protocol: nil if /etc/services
// does not name it.
func Ports(name string) []uint16 { return portsByName()[strings.ToLower(name)] }

// ServiceNames returns all names and aliases of services.
func ServiceNames() []string { return slices.Sorted(maps.Keys(portsByName())) }

// portsByName returns the ports of services by name and alias, in lower case.
var portsByName = sync.OnceValue(func() map[string][]uint16 { return byName(known()) })

func byName(entries []entry) map[string][]uint16 {
	found := map[string][]uint16{}
	for _, e := range entries {
		for _, name := range e.names {
			name, n := strings.ToLower(name), uint16(e.port.number)
			if !slices.Contains(found[name], n) {
				found[name] = append(found[name], n)
			}
		}
	}
	return found
}
