package vtab

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// linuxHost adds the kernel's release and the id that each boot has anew, random(4).
func linuxHost() map[string]string {
	facts := thisHost()
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		facts["kernel"] = unix.ByteSliceToString(name.Release[:])
	}
	if id, err := os.ReadFile("/proc/sys/kernel/random/boot_id"); err == nil {
		facts["boot_id"] = strings.TrimSpace(string(id))
	}
	return facts
}
