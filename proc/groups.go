package proc

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// Group is an entry of the group database, group(5).
type Group struct {
	Name    string
	GID     uint32
	Members []string // users besides those whose primary group it is
}

// Groups reads the group database.
type Groups interface {
	// Groups returns the groups of group(5) in the order of the file. Those that only a
	// network directory such as LDAP knows are not among them.
	Groups() ([]Group, error)
}

// ReadGroups reads a file in the format of group(5). Without the file there are no groups.
func ReadGroups(path string) ([]Group, error) {
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // containers often have none
		return nil, err
	}
	return appendGroups(nil, string(b)), nil
}

// appendGroups appends the entries of a group(5) file, name:password:gid:members. Lines that
// are no entry are passed over, as in passwd(5).
func appendGroups(dst []Group, file string) []Group {
	for line := range strings.Lines(file) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || strings.IndexByte("#+-", line[0]) >= 0 {
			continue
		}
		f := strings.SplitN(line, ":", 4)
		if len(f) < 3 || f[0] == "" {
			continue
		}
		gid, err := strconv.ParseUint(f[2], 10, 32)
		if err != nil {
			continue
		}
		group := Group{Name: f[0], GID: uint32(gid)}
		if len(f) == 4 {
			group.Members = strings.FieldsFunc(f[3], func(r rune) bool { return r == ',' || r == ' ' })
		}
		dst = append(dst, group)
	}
	return dst
}
