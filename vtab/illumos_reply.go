package vtab

import (
	"context"
	"errors"
	"fmt"
	"io"

	"sockstat/mib2"
	"sockstat/mib2/illumos"
)

// SavedReply returns the machine whose illumos kernel gave the reply in a file. What the
// reply does not tell is not known: of processes it has only the PIDs of those that created
// sockets.
func SavedReply(file string) *Machine {
	return &Machine{Sockets: illumos.Reply{File: file}, Creators: true}
}

// SaveReply writes what the kernel says of its sockets for [SavedReply], also if that is
// wrong; the error then says how. Only the illumos kernel gives a reply that can be saved.
func (m *Machine) SaveReply(ctx context.Context, w io.Writer) error {
	s, ok := m.Sockets.(mib2.Saver)
	if !ok {
		return fmt.Errorf("save the reply of /dev/arp: %w", errors.ErrUnsupported)
	}
	return s.Save(ctx, w)
}
