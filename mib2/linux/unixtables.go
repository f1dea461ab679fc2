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
	*diagReader
	filter     mib2.Filter
	read       bool // all messages are there
	messages   unixMessages
	peers      *unixPeers
	unaccepted []mib2.Socket // which have no message of their own
}

func (t *tables) openUnixDiag(filter mib2.Filter) (mib2.Reader, error) {
	if !filter.Wants(mib2.Unix) {
		return t.openDiag(mib2.Unix, diagFilter{Filter: filter})
	}
	dump, err := t.openDiag(mib2.Unix, diagFilter{})
	if err != nil {
		return nil, err
	}
	return &unixDump{diagReader: dump, filter: filter, peers: newUnixPeers()}, nil
}

// Read appends the next sockets that the filter lets through.
func (u *unixDump) Read(dst []mib2.Socket) ([]mib2.Socket, error) {
	if !u.read {
		if err := u.readAll(); err != nil {
			return dst, err
		}
		u.read = true
	}
	have := len(dst)
	for len(u.messages.blocks) > 0 && len(dst) == have {
		if u.ctx.Err() != nil {
			return dst, context.Cause(u.ctx)
		}
		var err error
		if dst, err = u.messages.next(&u.decoder, dst); err != nil {
			return dst[:have], u.failed(err)
		}
		dst = u.finish(dst, have)
	}
	if len(dst) > have {
		return dst, nil
	}
	dst, u.unaccepted = u.finish(append(dst, u.unaccepted...), have), nil
	if len(dst) == have {
		return dst, io.EOF
	}
	return dst, nil
}

// finish gives sockets from the numbered one on the paths of their peers, and leaves out those
// that the filter does.
func (u *unixDump) finish(sockets []mib2.Socket, from int) []mib2.Socket {
	for i := from; i < len(sockets); i++ {
		u.peers.setPeer(&sockets[i])
	}
	wanted := slices.DeleteFunc(sockets[from:], func(s mib2.Socket) bool { return !u.filter.Match(&s) })
	return sockets[:from+len(wanted)]
}

// readAll reads all messages and looks for what rows show of other sockets.
func (u *unixDump) readAll() error {
	u.decoder.messages = &u.messages
	if err := u.drain(); err != nil {
		return err
	}
	u.decoder.messages = nil
	var listeners []mib2.Socket // where connections wait
	info := make([]mib2.UnixInfo, 1)
	scratch := make([]mib2.Socket, 0, 1)
	err := u.messages.each(func(b []byte) (err error) {
		u.decoder.unix, info[0] = info, mib2.UnixInfo{}
		if scratch, err = u.decoder.appendUnix(scratch[:0], b); err != nil || len(scratch) == 0 {
			return err
		}
		s := &scratch[0]
		u.peers.add(s)
		if waiting(s) {
			of := *s.Unix
			listeners = append(listeners, *s)
			listeners[len(listeners)-1].Unix = &of
		}
		return nil
	})
	u.decoder.unix = nil
	if err != nil {
		return u.failed(err)
	}
	if len(listeners) == 0 {
		return nil
	}
	icons := unixIcons{}
	u.decoder.icons, u.dumps = icons, []diagDump{{family: linuxAFUnix, icons: true}}
	if err := u.drain(); err != nil {
		return err
	}
	u.decoder.icons = nil
	u.unaccepted = icons.unaccepted(listeners, func(client uint64) bool { return u.peers.servers[client] != nil })
	for i := range u.unaccepted {
		u.peers.add(&u.unaccepted[i])
	}
	return nil
}

// drain reads dumps of which the decoder makes no rows.
func (u *unixDump) drain() error {
	if _, err := u.diagReader.Read(nil); err != io.EOF {
		return err
	}
	return nil
}

// linked gives sockets the paths of their peers, and returns those that a filter lets
// through.
func linked(sockets []mib2.Socket, filter *mib2.Filter) []mib2.Socket {
	peers := newUnixPeers()
	for i := range sockets {
		peers.add(&sockets[i])
	}
	for i := range sockets {
		peers.setPeer(&sockets[i])
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
