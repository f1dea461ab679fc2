package proc

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

const passwdFile = `root:x:0:0:root:/root:/bin/bash
# a comment
+nis::::::
-nobody

toor:x:0:0:::
bad
bad:x:one:1:::
bad:x:1:-1:::
bad:x:4294967296:1:::
:x:5:5:::
short:x:7:8
odd:x:1000:100:Odd, One:/home/o:d:/bin/sh
crlf:x:4294967294:65534::/:/bin/false` + "\r\n"

func TestUsers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passwd")
	if err := os.WriteFile(path, []byte(passwdFile), 0o644); err != nil {
		t.Fatal(err)
	}
	defer func(old system) { current = old }(current)
	current.users = func() ([]User, error) { return passwdUsers(path) }

	got, err := Users()
	want := []User{
		{"root", 0, 0, "root", "/root", "/bin/bash"},
		{Name: "toor"},
		{Name: "short", UID: 7, GID: 8},
		{"odd", 1000, 100, "Odd, One", "/home/o", "d:/bin/sh"},
		{"crlf", 4294967294, 65534, "", "/", "/bin/false"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	names, err := UserNames()
	if err != nil || names[0] != "root" || names[7] != "short" || len(names) != 4 {
		t.Errorf("got %v, %v", names, err)
	}
}

func TestUnsupported(t *testing.T) {
	defer func(old system) { current = old }(current)
	current = system{}
	_, processes := Processes(t.Context(), nil, 0)
	_, sockets := Sockets(t.Context(), nil)
	_, zones := Zones(t.Context())
	_, own := OwnZone()
	_, users := Users()
	_, names := UserNames()
	for i, err := range []error{processes, sockets, zones, own, users, names} {
		if err != ErrUnsupported {
			t.Errorf("%d: got %v, want %v", i, err, ErrUnsupported)
		}
	}
}
