package linux

import (
	"strings"
	"testing"

	"sockstat/proc"
)

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
		if got := parseCgroup([]byte(file)); got != (cgroups{path: want}) {
			t.Errorf("%q: got %+v, want %q", file, got, want)
		}
	}
	for _, file := range []string{"", "\n", "0:", "0::\n", "4:memory:/x\n", "0::relative\n"} {
		if got := parseCgroup([]byte(file)); got != (cgroups{}) {
			t.Errorf("%q: got %+v, want none", file, got)
		}
	}
}

// Where systemd manages no hierarchy, or puts containers in none of its own, others tell.
func TestContainersOfOldHierarchies(t *testing.T) {
	outer, inner := strings.Repeat("0f", 32), strings.Repeat("4a", 32)
	docker := proc.Container{Name: "4a4a4a4a4a4a", Runtime: "docker"}
	for _, test := range []struct {
		what, file string
		want       cgroups
	}{
		{"no init's own hierarchy", "12:pids:/docker/" + inner + "\n3:cpuset:/\n", cgroups{"/docker/" + inner, docker}},
		{"OpenRC", "12:pids:/docker/" + inner + "\n1:name=openrc:/docker\n0::/docker\n", cgroups{"/docker", docker}},
		{"systemd at the root", "4:memory:/docker/" + inner + "\n1:name=systemd:/\n0::/system.slice/containerd.service\n",
			cgroups{"/system.slice/containerd.service", docker}},
		{"some hierarchies deeper than others", "3:cpu:/docker/" + outer + "\n2:pids:/docker/" + outer + "/docker/" + inner + "\n1:name=systemd:/docker/" + outer + "\n",
			cgroups{"/docker/" + outer, docker}},
		{"one controller in its own place", "3:cpu:/\n2:memory:/mesos/7e0bb5d4-1111-2222-3333-444455556666\n1:name=systemd:/mesos_executors.slice\n",
			cgroups{"/mesos_executors.slice", proc.Container{Name: "7e0bb5d4-1111-2222-3333-444455556666", Runtime: "mesos"}}},
		{"garden, of different depths", "3:cpu:/garden/good/7-1\n2:memory:/system.slice/garden.service/garden/7-1\n",
			cgroups{"/garden/good/7-1", proc.Container{Name: "7-1", Runtime: "garden"}}},
	} {
		if got := parseCgroup([]byte(test.file)); got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.what, got, test.want)
		}
	}
}
