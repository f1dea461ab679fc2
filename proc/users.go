package proc

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// UserNames returns the names of users by their UIDs. Where several users share a UID, the
// first one in the list gives the name, as getpwuid(3) does.
func UserNames(users []User) map[uint32]string {
	names := make(map[uint32]string, len(users))
	for _, user := range users {
		if _, ok := names[user.UID]; !ok {
			names[user.UID] = user.Name
		}
	}
	return names
}

// ReadPasswd reads a file in the format of passwd(5). Without the file there are no users.
func ReadPasswd(path string) ([]User, error) {
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // containers often have none
		return nil, err
	}
	return appendPasswd(nil, string(b)), nil
}

// appendPasswd appends the entries of a passwd(5) file. Lines that are no entry are
// passed over: comments, the +name and -name of NIS, whatever else was edited in.
func appendPasswd(dst []User, file string) []User {
	for line := range strings.Lines(file) {
		if user, ok := parsePasswd(strings.TrimRight(line, "\r\n")); ok {
			dst = append(dst, user)
		}
	}
	return dst
}

// parsePasswd reads name:password:uid:gid:comment:home:shell; the last three may be
// missing.
func parsePasswd(line string) (User, bool) {
	if line == "" || strings.IndexByte("#+-", line[0]) >= 0 {
		return User{}, false
	}
	f := strings.SplitN(line, ":", 7)
	if len(f) < 4 || f[0] == "" {
		return User{}, false
	}
	uid, err := strconv.ParseUint(f[2], 10, 32)
	if err != nil {
		return User{}, false
	}
	gid, err := strconv.ParseUint(f[3], 10, 32)
	if err != nil {
		return User{}, false
	}
	f = append(f, "", "", "")
	return User{
		Name: f[0], UID: uint32(uid), GID: uint32(gid),
		Comment: f[4], Home: f[5], Shell: f[6],
	}, true
}
