package linux

import (
	"context"
	"fmt"
	"io"
	"slices"

	"sockstat/mib2"
)

// unixDump reads Unix sockets from netlink: all of them before it gives out the first, since
// the peer of that one, whose path it shows, may come last.
type unixDump struct {
	*mib2.AtOnce
	dump *diagReader
}

func (t *tables) openUnixDiag(filter mib2.Filter) (mib2.Reader, error) {
	if !filter.Wants(mib2.Unix) {
		return t.openDiag(mib2.Unix, diagFilter{Filter: filter})
	}
	dump, err := t.openDiag(mib2.Unix, diagFilter{})
	if err != nil {
		return nil, err
	}
	return unixDump{mib2.ReadAtOnce(t.ctx, dump.Source(), func(context.Context) ([]mib2.Socket, error) {
		var rows []mib2.Socket
		for {
			var err error
			if rows, err = dump.Read(rows); err == io.EOF {
				return linked(rows, &filter), nil
			} else if err != nil {
				return nil, err
			}
		}
	}), dump}, nil
}

// Close ends the dump.
func (u unixDump) Close() error {
	u.AtOnce.Close()
	return u.dump.Close()
}

// linked gives sockets the paths of their peers, and returns those that a filter lets
// through.
func linked(sockets []mib2.Socket, filter *mib2.Filter) []mib2.Socket {
	paths := map[uint64]string{}
	for i := range sockets {
		if s := &sockets[i]; s.Inode != 0 && s.Unix.Path != "" {
			paths[s.Inode] = s.Unix.Path
		}
	}
	for i := range sockets {
		if u := sockets[i].Unix; u.PeerInode != 0 {
			u.PeerPath = paths[u.PeerInode]
		}
	}
	return slices.DeleteFunc(sockets, func(s mib2.Socket) bool { return !filter.Match(&s) })
}

// openProcUnix opens /proc/net/unix, which is read at once since a line says whether the one
// before it was whole; why says why not netlink.
func (t *tables) openProcUnix(filter mib2.Filter, why string) mib2.Reader {
	path := t.proc + "/net/" + mib2.Unix.ProcNet(mib2.Local)
	return mib2.ReadAtOnce(t.ctx, fmt.Sprintf("%s (%s)", path, why), func(context.Context) ([]mib2.Socket, error) {
		if !filter.Wants(mib2.Unix) {
			return nil, nil
		}
		f, err := t.openProcNet(mib2.Unix.ProcNet(mib2.Local))
		if err != nil {
			return nil, err
		}
		defer f.Close()
		all, err := io.ReadAll(f)
		if err != nil {
			return nil, err
		}
		rows, err := appendProcUnix(nil, all)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		return linked(rows, &filter), nil
	})
}
