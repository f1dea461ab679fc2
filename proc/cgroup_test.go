package proc

import (
	"strings"
	"testing"
)

func TestUnitAndContainer(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	const short = "0123456789ab"
	for _, test := range []struct{ cgroup, unit, container string }{
		{"", "", ""},
		{"/", "", ""},
		{"/init.scope", "init.scope", ""},
		{"/system.slice", "", ""},
		{"/system.slice/ssh.service", "ssh.service", ""},
		{"/system.slice/ssh.service (deleted)", "ssh.service", ""},
		{"/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service", ""},
		{"/system.slice/_cpu.service", "cpu.service", ""},
		{"/../ssh.service", "ssh.service", ""},
		{"/system.slice/systemd-udevd.service/udev", "systemd-udevd.service", ""},
		{"/user.slice/user-1000.slice/session-3.scope", "session-3.scope", ""},
		{"/user.slice/user-1000.slice/user@1000.service/init.scope", "user@1000.service", ""},
		{"/user.slice/user-1000.slice/user@1000.service/app.slice/foot.scope", "foot.scope", ""},
		{"/user.slice/user-1000.slice/user@1000.service", "user@1000.service", ""},
		{"/foo/ssh.service", "", ""},
		{"/.service", "", ""},
		{"/docker/" + id, "", short},
		{"/system.slice/docker-" + id + ".scope", "docker-" + id + ".scope", short},
		{"/system.slice/docker-" + id + ".scope/init.scope", "docker-" + id + ".scope", short},
		{"/machine.slice/libpod-" + id + ".scope/container", "libpod-" + id + ".scope", short},
		{"/machine.slice/libpod-conmon-" + id + ".scope", "libpod-conmon-" + id + ".scope", ""},
		{"/kubepods/burstable/pod7e0bb5d4-1111-2222-3333-444455556666/" + id, "", short},
		{"/kubepods.slice/kubepods-pod1.slice/cri-containerd-" + id + ".scope", "cri-containerd-" + id + ".scope", short},
		{"/kubepods.slice/kubepods-pod1.slice/crio-" + id + ".scope", "crio-" + id + ".scope", short},
		{"/kubepods-pod1.slice:cri-containerd:" + id, "", short},
		{"/docker/" + strings.Repeat("f", 64) + "/docker/" + id, "", short},
		{"/" + id[1:], "", ""},
		{"/x" + id, "", ""},
		{"/" + strings.ToUpper(id), "", ""},
		{"/lxc/web/ns", "", "web"},
		{"/lxc.payload/web", "", "web"},
		{"/lxc.payload.web/system.slice/ssh.service", "", "web"},
		{"/lxc.monitor.web", "", ""},
		{`/machine.slice/machine-my\x2dbox.scope/payload`, `machine-my\x2dbox.scope`, "my-box"},
		{`/machine.slice/machine-web.scope/supervisor`, "machine-web.scope", ""},
		{`/machine.slice/machine-qemu\x2d1\x2dvm.scope`, `machine-qemu\x2d1\x2dvm.scope`, ""},
		{"/machine.slice/systemd-nspawn@web.service/payload", "systemd-nspawn@web.service", "web"},
		{`/machine.slice/machine-a\x2.scope`, `machine-a\x2.scope`, `a\x2`},
	} {
		if got := Unit(test.cgroup); got != test.unit {
			t.Errorf("unit of %q: got %q, want %q", test.cgroup, got, test.unit)
		}
		if got := Container(test.cgroup); got != test.container {
			t.Errorf("container of %q: got %q, want %q", test.cgroup, got, test.container)
		}
	}
}
