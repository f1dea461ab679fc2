package linux

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"sockstat/mib2"
)

// EventsVariable is the environment variable by which the caller of a program may force a way
// to see events, see [Events].
const EventsVariable = "SOCKSTAT_EVENTS"

// Events tells of TCP connections of this machine. There are two ways.
//
// A BPF program that the kernel runs at each change of a socket's state tells all. It takes
// CAP_BPF and CAP_PERFMON, the first PID namespace and Linux 5.12 with BTF.
//
// Anybody may have the kernel send a message when it gives up a socket of the caller's network
// namespace (groups SKNLGRP_INET_TCP_DESTROY of sock_diag(7)). That tells nothing of processes
// and of the opening of connections.
type Events struct {
	// Way is "bpf" or "netlink" to force one. Otherwise it is the first that works.
	Way string
}

// Watch begins to note what happens.
func (e Events) Watch(ctx context.Context, filter mib2.EventFilter) (mib2.EventReader, error) {
	switch e.Way {
	case "":
		r, err := watchByBPF(ctx, filter)
		if err == nil {
			return r, nil
		}
		d, otherErr := watchDestroyed(ctx, filter, "bpf: "+reason(err))
		if otherErr != nil {
			return nil, errors.Join(err, otherErr)
		}
		return d, nil
	case "bpf":
		r, err := watchByBPF(ctx, filter)
		if err != nil {
			return nil, fmt.Errorf("%s=%s: %w", EventsVariable, e.Way, err)
		}
		return r, nil
	case "netlink":
		return watchDestroyed(ctx, filter, EventsVariable)
	}
	return nil, fmt.Errorf("%s: unknown way %q, have bpf, netlink", EventsVariable, e.Way)
}

// reason returns the first line of an error.
func reason(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// ownNetwork returns the inode of the caller's network namespace.
func ownNetwork() (uint32, error) {
	var about unix.Stat_t
	const name = "/proc/thread-self/ns/net"
	if err := unix.Stat(name, &about); err != nil {
		return 0, fmt.Errorf("stat %s: %w", name, err)
	}
	return uint32(about.Ino), nil
}
