package proc

import "testing"

func TestUnit(t *testing.T) {
	for cgroup, want := range map[string]string{
		"":                                    "",
		"/":                                   "",
		"/init.scope":                         "init.scope",
		"/system.slice":                       "",
		"/system.slice/ssh.service":           "ssh.service",
		"/system.slice/ssh.service (deleted)": "ssh.service",
		"/system.slice/system-getty.slice/getty@tty1.service":                "getty@tty1.service",
		"/system.slice/_cpu.service":                                         "cpu.service",
		"/../ssh.service":                                                    "ssh.service",
		"/system.slice/systemd-udevd.service/udev":                           "systemd-udevd.service",
		"/user.slice/user-1000.slice/session-3.scope":                        "session-3.scope",
		"/user.slice/user-1000.slice/user@1000.service/init.scope":           "user@1000.service",
		"/user.slice/user-1000.slice/user@1000.service":                      "user@1000.service",
		"/foo/ssh.service":                                                   "",
		"/.service":                                                          "",
		"/docker/0123":                                                       "",
		"/system.slice/docker-0123.scope/init.scope":                         "docker-0123.scope",
		"/user.slice/user-1000.slice/user@1000.service/app.slice/foot.scope": "foot.scope",
	} {
		if got := Unit(cgroup); got != want {
			t.Errorf("%q: got %q, want %q", cgroup, got, want)
		}
	}
}
