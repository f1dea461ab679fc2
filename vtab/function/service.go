package function

import (
	"bufio"
	"io"
	"os"
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

// services returns the names of services. They are read once; a machine without the file
// has none.
var services = sync.OnceValue(func() map[port]string {
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

// parseServices parses services(5): "name port/protocol aliases # comment". The first name of
// a port counts.
func parseServices(r io.Reader) map[port]string {
	names := map[port]string{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		number, proto, _ := strings.Cut(fields[1], "/")
		n, err := strconv.ParseUint(number, 10, 16)
		p := port{int64(n), strings.ToLower(proto)}
		if _, known := names[p]; err == nil && proto != "" && !known {
			names[p] = fields[0]
		}
	}
	return names
}
