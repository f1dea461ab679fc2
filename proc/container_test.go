package proc

import (
	"strings"
	"testing"
)

// What runtimes call the groups of containers, and what looks like one and is none.
func TestContainerOf(t *testing.T) {
	id, outer := strings.Repeat("0123456789abcdef", 4), strings.Repeat("f", 64)
	const short = "0123456789ab"
	const uid = "7e0bb5d4-1111-2222-3333-444455556666"
	for _, test := range []struct {
		cgroup string
		want   Container
	}{
		{"", Container{}},
		{"/", Container{}},
		{"/system.slice/ssh.service", Container{}},

		{"/" + id, Container{Name: short}},
		{"/docker/" + id, Container{Name: short, Runtime: "docker"}},
		{"/docker/" + id + " (deleted)", Container{Name: short, Runtime: "docker"}},
		{"/docker/" + outer + "/docker/" + id, Container{Name: short, Runtime: "docker"}},
		{"/../" + id, Container{Name: short}},
		{"/system.slice/docker-" + id + ".scope", Container{Name: short, Runtime: "docker"}},
		{"/system.slice/docker-" + id + ".scope/init.scope", Container{Name: short, Runtime: "docker"}},
		{"/my.slice/docker-" + id + ".scope", Container{Name: short, Runtime: "docker"}},
		{"/pouch/" + id, Container{Name: short, Runtime: "pouch"}},
		{"/default/" + id, Container{Name: short, Runtime: "containerd"}},
		{"/system.slice/nerdctl-" + id + ".scope", Container{Name: short, Runtime: "containerd"}},
		{"/system.slice/containerd.service", Container{}},
		{"/system.slice/run-r" + id + ".scope", Container{}},
		{"/system.slice/backup-" + id + ".scope", Container{}},
		{"/system.slice/var-lib-docker-overlay-" + id + "-merged.mount", Container{}},
		{"/" + id[1:], Container{}},
		{"/x" + id, Container{}},
		{"/" + strings.ToUpper(id), Container{}},

		{"/machine.slice/libpod-" + id + ".scope/container", Container{Name: short, Runtime: "podman"}},
		{"/machine.slice/libpod-conmon-" + id + ".scope", Container{}},
		{"/qm.service/libpod-payload-" + id + "/system.slice/ssh.service", Container{Name: short, Runtime: "podman"}},
		{"/machine.slice/machine-libpod_pod_" + outer + ".slice/libpod-" + id + ".scope", Container{short, "podman", outer[:12]}},
		{"/libpod_parent/" + outer + "/libpod-" + id, Container{short, "podman", outer[:12]}},
		{"/libpod_parent/" + outer, Container{Pod: outer[:12]}},
		{"/libpod_parent/libpod-conmon-" + id, Container{}},
		{"/docker/" + id + "/libpod_parent/libpod-conmon-" + outer, Container{Name: short, Runtime: "docker"}},

		{"/kubepods/burstable/pod" + uid + "/" + id, Container{short, "kubernetes", uid}},
		{"/kubepods/pod0123456789abcdef0123456789abcdef/" + id, Container{short, "kubernetes", "0123456789abcdef0123456789abcdef"}},
		{"/kubepods/burstable/pod" + uid, Container{Pod: uid}},
		{"/kubepods/besteffort/pod" + uid + "/" + id + "/kube-proxy", Container{short, "kubernetes", uid}},
		{"/../../pod" + uid + "/" + id, Container{short, "kubernetes", uid}},
		{"/kubepods.slice/kubepods-pod7e0bb5d4_1111_2222_3333_444455556666.slice/cri-containerd-" + id + ".scope", Container{short, "containerd", uid}},
		{"/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod1_2.slice/crio-" + id + ".scope", Container{short, "cri-o", "1-2"}},
		{"/kubepods.slice/kubepods-pod1.slice/crio-conmon-" + id + ".scope", Container{Pod: "1"}},
		{"/system.slice/containerd.service/kubepods-burstable-pod1_2.slice:cri-containerd:" + id, Container{short, "containerd", "1-2"}},
		{"/kubepods.slice/kubepods-pod1.slice/newruntime-" + id + ".scope", Container{short, "", "1"}},
		{"/podcast/x", Container{}},
		{"/kubepods/pod" + uid + "/kata_" + id, Container{short, "kata", uid}},
		{"/kata_overhead/" + id, Container{Name: short, Runtime: "kata"}},
		{"/docker/" + outer + "/kubelet/kubepods/pod" + uid + "/" + id, Container{short, "kubernetes", uid}},
		{"/kubepods/pod" + uid + "/" + outer + "/docker/" + id, Container{short, "docker", uid}},

		{"/ecs/a-cluster/5a0d5ceddf6c44c1928d367a815d890f/" + id, Container{Name: short, Runtime: "ecs"}},
		{"/ecstasks.slice/ecstasks-5a0d.slice/docker-" + id + ".scope", Container{Name: short, Runtime: "docker"}},
		{"/ecs/34dc0b5e626f2c5c4c5170e34b10e765/34dc0b5e626f2c5c4c5170e34b10e765-1234567890", Container{Name: "34dc0b5e626f2c5c4c5170e34b10e765-1234567890", Runtime: "fargate"}},
		{"/ecs/34dc0b5e626f2c5c4c5170e34b10e765-12", Container{Name: "34dc0b5e626f2c5c4c5170e34b10e765-12", Runtime: "fargate"}},
		{"/34dc0b5e626f2c5c4c5170e34b10e765-12", Container{}},
		{"/ecs/34dc0b5e626f2c5c4c5170e34b10e765-x", Container{}},

		{"/lxc/web/ns", Container{Name: "web", Runtime: "lxc"}},
		{"/lxc/web/.lxc", Container{Name: "web", Runtime: "lxc"}},
		{"/lxc/lxc/ns", Container{Name: "lxc", Runtime: "lxc"}},
		{"/lxc/outer/lxc/inner", Container{Name: "inner", Runtime: "lxc"}},
		{"/lxc.payload/web", Container{Name: "web", Runtime: "lxc"}},
		{"/lxc.payload.web/system.slice/ssh.service", Container{Name: "web", Runtime: "lxc"}},
		{"/lxc.payload.web/docker/" + id, Container{Name: short, Runtime: "docker"}},
		{"/lxc.monitor.web", Container{}},
		{"/lxc.monitor/101", Container{}},
		{"/lxc.pivot", Container{}},

		{`/machine.slice/machine-my\x2dbox.scope/payload`, Container{Name: "my-box", Runtime: "nspawn"}},
		{`/machine.slice/machine-a\x2.scope`, Container{Name: `a\x2`, Runtime: "nspawn"}},
		{"/machine.slice/machine-web.scope/supervisor", Container{}},
		{"/machine.slice/systemd-nspawn@web.service/payload", Container{Name: "web", Runtime: "nspawn"}},
		{"/machine.slice/systemd-nspawn@web.service/supervisor", Container{}},
		{"/user.slice/user-1000.slice/user@1000.service/machine.slice/machine-web.scope", Container{Name: "web", Runtime: "nspawn"}},
		{`/machine.slice/machine-qemu\x2d1\x2dvm.scope/libvirt/emulator`, Container{}},
		{`/machine.slice/machine-ch\x2d1\x2dvm.scope`, Container{}},
		{`/machine.slice/machine-ch\x2dweb.scope`, Container{Name: "ch-web", Runtime: "nspawn"}},
		{`/machine.slice/machine-rkt\x2d7e0b.scope/system.slice/etcd.service`, Container{Name: "rkt-7e0b", Runtime: "rkt"}},
		{`/machine.slice/machine-lxc\x2d1234\x2dweb.scope`, Container{Name: "web", Runtime: "libvirt-lxc"}},
		{`/machine.slice/machine-lxc\x2dmy\x2dweb.scope`, Container{Name: "my-web", Runtime: "libvirt-lxc"}},
		{"/machine/web.libvirt-lxc/foo", Container{Name: "web", Runtime: "libvirt-lxc"}},
		{"/production.partition/lxc-22222-web.libvirt-lxc", Container{Name: "web", Runtime: "libvirt-lxc"}},
		{"/libvirt/lxc/web", Container{Name: "web", Runtime: "libvirt-lxc"}},

		{"/garden/70f265b4-e4ba-4d02-6e45-3f1d", Container{Name: "70f265b4-e4ba-4d02-6e45-3f1d", Runtime: "garden"}},
		{"/system.slice/garden.service/garden/bad/70f265b4-e4ba-4d02-6e45-3f1d", Container{Name: "70f265b4-e4ba-4d02-6e45-3f1d", Runtime: "garden"}},
		{"/system.slice/garden.service/garden/good", Container{}},
		{"/system.slice/runc-bpm-galera-agent.scope", Container{Name: "galera-agent", Runtime: "bpm"}},
		{"/system.slice/runit.service/bpm-job.2eprocess", Container{Name: "job.process", Runtime: "bpm"}},
		{"/system.slice/bpm-cleaner.service", Container{}},
		{"/system.slice/runc-web.scope", Container{Name: "web", Runtime: "runc"}},
		{"/nomad.slice/share.slice/" + uid + ".web.scope", Container{Name: uid + ".web", Runtime: "nomad"}},
		{"/nomad/" + uid + ".web", Container{Name: uid + ".web", Runtime: "nomad"}},
		{"/nomad/" + uid, Container{Name: uid, Runtime: "nomad"}},
		{"/nomad.slice/docker-" + id + ".scope", Container{Name: short, Runtime: "docker"}},
		{"/nomad.slice/reserve.slice", Container{}},
		{"/mesos/" + uid, Container{Name: uid, Runtime: "mesos"}},
		{"/mesos/00000000-1111-2222-3333-444455556666/mesos/" + uid, Container{Name: uid, Runtime: "mesos"}},
		{"/docker/buildkit/n4eu0udvbz9vfzjy71jkvgkwh", Container{Name: "n4eu0udvbz9vfzjy71jkvgkwh", Runtime: "buildkit"}},
		{"/system.slice/docker-n4eu0udvbz9vfzjy71jkvgkwh.scope", Container{Name: "n4eu0udvbz9vfzjy71jkvgkwh", Runtime: "buildkit"}},

		{"/user.slice/user-1000.slice/user@1000.service/app.slice/app-flatpak-org.mozilla.firefox-1234.scope", Container{}},
		{"/user.slice/user-1000.slice/user@1000.service/app.slice/snap.firefox.firefox-1a2b.scope", Container{}},
		{"/system.slice/slurmstepd.scope/job_123/step_0/user/task_0", Container{}},
	} {
		if got := ContainerOf(test.cgroup); got != test.want {
			t.Errorf("%q: got %+v, want %+v", test.cgroup, got, test.want)
		}
	}
}

// The deepest of several groups counts, and of equal ones the first.
func TestContainerOfSeveral(t *testing.T) {
	for _, test := range []struct {
		cgroups []string
		want    Container
	}{
		{nil, Container{}},
		{[]string{"/lxc/a", "/lxc/b"}, Container{Name: "a", Runtime: "lxc"}},
		{[]string{"/lxc/a", "/lxc/a/lxc/b", "/"}, Container{Name: "b", Runtime: "lxc"}},
		{[]string{"/", "/lxc/a"}, Container{Name: "a", Runtime: "lxc"}},
		{[]string{"/kubepods/pod1", "/", "/kubepods/pod2"}, Container{Pod: "1"}},
		{[]string{"/kubepods/pod1", "/lxc/a"}, Container{Name: "a", Runtime: "lxc"}},
	} {
		if got := ContainerOf(test.cgroups...); got != test.want {
			t.Errorf("%q: got %+v, want %+v", test.cgroups, got, test.want)
		}
	}
}
