package linux

import "golang.org/x/sys/unix"

// mayAskBPF reports whether the caller has the capabilities that BPF takes to look at the
// kernel's structures. In a user namespace they are not enough.
func (f *finder) mayAskBPF() bool {
	return f.has(unix.CAP_SYS_ADMIN) || f.has(unix.CAP_BPF) && f.has(unix.CAP_PERFMON)
}

// mayWalkAll reports whether the caller has the capabilities that it takes to walk the
// descriptors of any process: to open the directory, and to follow its links.
func (f *finder) mayWalkAll() bool {
	return f.has(unix.CAP_SYS_PTRACE) && (f.has(unix.CAP_DAC_READ_SEARCH) || f.has(unix.CAP_DAC_OVERRIDE))
}

// has reports whether the caller has a capability.
func (f *finder) has(capability int) bool {
	set, err := f.calls.Capabilities()
	return err == nil && set>>capability&1 == 1
}
