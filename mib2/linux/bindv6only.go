package linux

import (
	"bytes"
	"errors"
	"io/fs"
)

// bindV6Only reports whether sockets bound to :: take IPv6 alone unless they ask for both:
// net.ipv6.bindv6only of the network namespace of the calling thread (ip-sysctl.rst). Where
// that is not to be seen they take both, as kernels have it by themselves.
func (t *tables) bindV6Only() (bool, error) {
	if t.files != "" { // the setting is to be seen from within only
		return false, nil
	}
	f, err := openProcFile(t.calls, t.proc+"/sys/net/ipv6/bindv6only")
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	defer f.Close()
	var b [8]byte
	n, err := f.readWhole(b[:])
	return string(bytes.TrimSpace(b[:n])) == "1", err
}
