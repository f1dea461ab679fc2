package mib2

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// Service is an entry of services(5): what a port is registered for.
type Service struct {
	Name     string
	Port     uint16
	Protocol string   // "tcp", "udp" and others
	Aliases  []string // other names
	Comment  string   // what stands behind it
}

// ReadServices reads a file in the format of services(5). Without the file there are none.
func ReadServices(path string) ([]Service, error) {
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // containers often have none
		return nil, err
	}
	return appendServices(nil, string(b)), nil
}

// appendServices appends the entries of a services(5) file and passes over what is none.
func appendServices(dst []Service, file string) []Service {
	for line := range strings.Lines(file) {
		entry, comment, _ := strings.Cut(line, "#")
		fields := strings.Fields(entry)
		if len(fields) < 2 {
			continue
		}
		number, protocol, ok := strings.Cut(fields[1], "/")
		port, err := strconv.ParseUint(number, 10, 16)
		if !ok || err != nil || protocol == "" {
			continue
		}
		dst = append(dst, Service{Name: fields[0], Port: uint16(port), Protocol: strings.ToLower(protocol), Aliases: fields[2:],
			Comment: strings.TrimSpace(comment)})
	}
	return dst
}
