package proc

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestReadGroups(t *testing.T) {
	path := filepath.Join(t.TempDir(), "group")
	text := "root:x:0:\n# comment\nadm:x:4:syslog,ubuntu\n+nis\nbad:x:y:\nshort:x\n:x:5:\nbig:x:4294967295\r\nodd:x:7:a,,b c\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := ReadGroups(path)
	want := []Group{
		{Name: "root", Members: []string{}}, {Name: "adm", GID: 4, Members: []string{"syslog", "ubuntu"}},
		{Name: "big", GID: 4294967295}, {Name: "odd", GID: 7, Members: []string{"a", "b", "c"}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if none, err := ReadGroups(path + ".none"); none != nil || err != nil {
		t.Errorf("without the file: %v, %v", none, err)
	}
}

func FuzzGroups(f *testing.F) {
	f.Add("adm:x:4:syslog,ubuntu\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, g := range appendGroups(nil, text) {
			if g.Name == "" {
				t.Errorf("%+v", g)
			}
		}
	})
}
