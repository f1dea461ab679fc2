package linux

import "testing"

func TestParseCgroup(t *testing.T) {
	for file, want := range map[string]string{
		"0::/\n":                                         "/",
		"0::/user.slice/session-1.scope\n":               "/user.slice/session-1.scope",
		"0::/a:b::c\n":                                   "/a:b::c",
		"9:name=systemd:/\n4:memory:/x\n0::/\n":          "/",
		"9:name=systemd:/s.service\n4:memory:/x\n0::/\n": "/s.service",
		"9:name=systemd:/\n0::/s.service\n":              "/s.service",
		"9:name=systemd:/s.service\n4:cpu,cpuacct:/\n":   "/s.service",
		"9:name=systemd:/\n":                             "/",
		"0::/system.slice/gone.service (deleted)\n":      "/system.slice/gone.service (deleted)",
		"junk\n::\n0::relative\n0::/right\n":             "/right",
	} {
		if got, ok := parseCgroup([]byte(file)); !ok || string(got) != want {
			t.Errorf("%q: got %q, %v, want %q", file, got, ok, want)
		}
	}
	for _, file := range []string{"", "0:", "0::\n", "4:memory:/x\n", "0::relative\n"} {
		if got, ok := parseCgroup([]byte(file)); ok {
			t.Errorf("%q: got %q, want none", file, got)
		}
	}
}
