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
		rows, err := dump.readAll()
		if err != nil {
			return nil, err
		}
		icons := unixIcons{}
		if slices.ContainsFunc(rows, func(s mib2.Socket) bool { return waiting(&s) }) {
			dump.decoder.icons, dump.dumps = icons, []diagDump{{family: linuxAFUnix, icons: true}}
			if _, err := dump.readAll(); err != nil {
				return nil, err
			}
		}
		return linked(icons.appendUnaccepted(rows), &filter), nil
	}), dump}, nil
}

// readAll reads to the end.
func (r *diagReader) readAll() (rows []mib2.Socket, err error) {
	for err == nil {
		rows, err = r.Read(rows)
	}
	if err == io.EOF {
		err = nil
	}
	return rows, err
}

// Close ends the dump.
func (u unixDump) Close() error {
	u.AtOnce.Close()
	return u.dump.Close()
}

// linked gives sockets the paths of their peers, and returns those that a filter lets
// through.
func linked(sockets []mib2.Socket, filter *mib2.Filter) []mib2.Socket {
	named := map[uint64]*mib2.UnixInfo{} // by inode
	// What was not accepted yet has no inode by which its client could name it, but it has the
	// name of the listener, and names the client. So does what was accepted while the kernel
	// went through its table.
	servers := map[uint64]*mib2.UnixInfo{} // by the inode of their client
	for i := range sockets {
		s, u := &sockets[i], sockets[i].Unix
		if u.Path == "" {
			continue
		}
		if s.Inode != 0 {
			named[s.Inode] = u
		}
		if u.PeerInode != 0 && u.Type != mib2.Datagram {
			servers[u.PeerInode] = u
		}
	}
	for i := range sockets {
		s, u := &sockets[i], sockets[i].Unix
		peer := named[u.PeerInode]
		if u.PeerInode == 0 && s.Inode != 0 && s.State == mib2.Connected {
			peer = servers[s.Inode]
		}
		if peer != nil {
			u.PeerPath, u.PeerAbstract = peer.Path, peer.Abstract
		}
	}
	return slices.DeleteFunc(sockets, func(s mib2.Socket) bool { return !filter.Match(&s) })
}

// openProcUnix opens /proc/net/unix, which is read at once since a line says whether the one
// before it was whole; why says why not netlink.
func (t *tables) openProcUnix(filter mib2.Filter, why string) mib2.Reader {
	path := t.where() + mib2.Unix.ProcNet(mib2.Local)
	return unixFile{mib2.ReadAtOnce(t.ctx, fmt.Sprintf("%s (%s)", path, why), func(context.Context) ([]mib2.Socket, error) {
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
	})}
}

// unixFile reads Unix sockets from /proc/net/unix.
type unixFile struct{ *mib2.AtOnce }

// Limits says what the file does not tell.
func (unixFile) Limits() string { return filesLimits }
