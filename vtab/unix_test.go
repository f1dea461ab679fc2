package vtab

import (
	"testing"

	"sockstat/mib2"
)

// Names that look alike are told apart in SQL, those with a NUL in them too.
func TestUnixNamesInSQL(t *testing.T) {
	var sockets []mib2.Socket
	for i, u := range []mib2.UnixInfo{
		{Path: "@a\x00b", Abstract: mib2.Yes}, {Path: "@a@b", Abstract: mib2.Yes}, {Path: "@a", Abstract: mib2.Yes}, {Path: "@a", Abstract: mib2.No},
		{Path: "@a", Abstract: mib2.NotKnown}, {PeerPath: "@a\x00b", PeerAbstract: mib2.Yes, PeerInode: 1},
	} {
		u.Type = mib2.Stream
		sockets = append(sockets, mib2.Socket{Proto: mib2.Unix, Family: mib2.Local, State: mib2.Listen, Inode: uint64(i + 1), Unix: &u})
	}
	db := openMachine(t, savedMachine(sockets, nil))
	equal(t, query(t, db, "SELECT inode, hex(path), abstract, peer_abstract FROM unix"),
		"1 40610062 1 -", "2 40614062 1 -", "3 4061 1 -", "4 4061 0 -", "5 4061 - -", "6  - 1")
	equal(t, query(t, db, "SELECT inode, local, abstract FROM sockets WHERE inode < 3 AND abstract"), "1 @a\x00b 1", "2 @a@b 1")
	equal(t, query(t, db, "SELECT inode FROM unix WHERE path = '@a' || char(0) || 'b'"), "1")
	equal(t, query(t, db, "SELECT inode FROM unix WHERE path = '@a' AND NOT abstract"), "4")
	equal(t, query(t, db, "SELECT inode FROM unix WHERE path IN ('@a@b', '@a' || char(0) || 'b')"), "1", "2")
	equal(t, query(t, db, "SELECT count(*), count(DISTINCT path) FROM unix WHERE path IS NOT NULL"), "5 3")
	equal(t, query(t, db, "SELECT a.inode, b.inode FROM unix a JOIN unix b ON b.path = a.peer_path"), "6 1")
	equal(t, query(t, db, "SELECT path, count(*) FROM unix WHERE path IS NOT NULL GROUP BY path"), "@a 3", "@a\x00b 1", "@a@b 1")
}
