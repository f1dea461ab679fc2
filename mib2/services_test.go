package mib2

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestReadServices(t *testing.T) {
	path := filepath.Join(t.TempDir(), "services")
	text := "# comment\n\nhttp\t\t80/tcp\t\twww web\t# WorldWideWeb HTTP\ndomain 53/UDP\nbad 99999/tcp\nworse x/tcp\nnone\nalone 7\nempty 7/\nlast 65535/sctp#end"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := ReadServices(path)
	want := []Service{
		{Name: "http", Port: 80, Protocol: "tcp", Aliases: []string{"www", "web"}, Comment: "WorldWideWeb HTTP"},
		{Name: "domain", Port: 53, Protocol: "udp", Aliases: []string{}},
		{Name: "last", Port: 65535, Protocol: "sctp", Aliases: []string{}, Comment: "end"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if none, err := ReadServices(path + ".none"); none != nil || err != nil {
		t.Errorf("without the file: %v, %v", none, err)
	}
	if _, err := ReadServices(filepath.Dir(path)); err == nil {
		t.Error("a directory was read")
	}
}

func FuzzServices(f *testing.F) {
	f.Add("http 80/tcp www # web\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range appendServices(nil, text) {
			if s.Name == "" || s.Protocol == "" {
				t.Errorf("%+v", s)
			}
		}
	})
}
