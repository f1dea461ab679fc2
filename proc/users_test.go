package proc

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
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

func TestReadPasswd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passwd")
	if err := os.WriteFile(path, []byte(passwdFile), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := ReadPasswd(path)
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
	if names := UserNames(got); names[0] != "root" || names[7] != "short" || len(names) != 4 {
		t.Errorf("got %v", names)
	}
	if none, err := ReadPasswd(path + ".none"); len(none) > 0 || err != nil {
		t.Errorf("no file: %v, %v", none, err)
	}
	if _, err := ReadPasswd(t.TempDir()); err == nil {
		t.Error("a directory: no error")
	}
}

func FuzzPasswd(f *testing.F) {
	f.Add(passwdFile)
	f.Fuzz(func(t *testing.T, file string) {
		for _, user := range appendPasswd(nil, file) {
			if user.Name == "" || strings.ContainsAny(user.Name, ":\n") {
				t.Errorf("name %q", user.Name)
			}
		}
	})
}
