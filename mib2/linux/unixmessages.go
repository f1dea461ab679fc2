package linux

import (
	"encoding/binary"

	"sockstat/mib2"
)

// unixMessages are messages about Unix sockets, as the kernel sent them: a row takes three times
// the room, and most are not wanted before all are there.
type unixMessages struct{ blocks [][]byte }

// unixBlock is how many bytes a block has, unless one message takes more.
const unixBlock = 64 << 10

// add keeps a copy of a message, behind its length.
func (m *unixMessages) add(b []byte) {
	last := len(m.blocks) - 1
	if last < 0 || cap(m.blocks[last])-len(m.blocks[last]) < 4+len(b) {
		m.blocks = append(m.blocks, make([]byte, 0, max(unixBlock, 4+len(b))))
		last++
	}
	block := binary.NativeEndian.AppendUint32(m.blocks[last], uint32(len(b)))
	m.blocks[last] = append(block, b...)
}

// each calls f for the messages.
func (m *unixMessages) each(f func([]byte) error) error {
	for _, block := range m.blocks {
		for len(block) > 0 {
			end := 4 + binary.NativeEndian.Uint32(block)
			if err := f(block[4:end]); err != nil {
				return err
			}
			block = block[end:]
		}
	}
	return nil
}

// next decodes the messages of the first block, appends their sockets and lets go of it.
func (m *unixMessages) next(d *diagDecoder, dst []mib2.Socket) ([]mib2.Socket, error) {
	first := unixMessages{m.blocks[:1]}
	err := first.each(func(b []byte) (err error) {
		dst, err = d.appendUnix(dst, b)
		return err
	})
	m.blocks[0] = nil
	m.blocks = m.blocks[1:]
	return dst, err
}

// unixPeers are the names of Unix sockets by which the rows of their peers show them.
type unixPeers struct {
	named map[uint64]*unixPeer // by inode
	// What was not accepted yet has no inode by which its client could name it, but it has the
	// name of the listener, and names the client. So does what was accepted while the kernel
	// went through its table.
	servers map[uint64]*unixPeer // by the inode of their client

	last *unixPeer // many sockets have the name of their listener
}

// unixPeer is a name.
type unixPeer struct {
	path     string
	abstract mib2.Truth
}

func newUnixPeers() *unixPeers {
	return &unixPeers{map[uint64]*unixPeer{}, map[uint64]*unixPeer{}, new(unixPeer)}
}

// add adds the name of a socket, if it has one.
func (p *unixPeers) add(s *mib2.Socket) {
	u := s.Unix
	if u.Path == "" {
		return
	}
	if p.last.path != u.Path || p.last.abstract != u.Abstract {
		p.last = &unixPeer{u.Path, u.Abstract}
	}
	if s.Inode != 0 {
		p.named[s.Inode] = p.last
	}
	if u.PeerInode != 0 && u.Type != mib2.Datagram {
		p.servers[u.PeerInode] = p.last
	}
}

// setPeer sets the name of the peer of a socket.
func (p *unixPeers) setPeer(s *mib2.Socket) {
	u := s.Unix
	peer := p.named[u.PeerInode]
	if u.PeerInode == 0 && s.Inode != 0 && s.State == mib2.Connected {
		peer = p.servers[s.Inode]
	}
	if peer != nil {
		u.PeerPath, u.PeerAbstract = peer.path, peer.abstract
	}
}
