-- Who talks to whom over Unix sockets: the two ends of each connection, one row each
--
-- The server is the end that has a path. Of several processes that hold an end, the one with
-- the lowest pid is shown.
WITH held AS MATERIALIZED (
  SELECT inode, zone, min(pid) AS pid, command FROM sockets WHERE proto = 'unix' AND pid IS NOT NULL GROUP BY inode, zone)
SELECT a.type, a.path, x.pid AS server_pid, x.command AS server, y.pid AS client_pid, y.command AS client
  FROM unix a JOIN unix b ON b.inode = a.peer_inode AND b.zone IS a.zone
  LEFT JOIN held x ON x.inode = a.inode AND x.zone IS a.zone
  LEFT JOIN held y ON y.inode = b.inode AND y.zone IS b.zone
 WHERE a.path IS NOT NULL OR b.path IS NULL AND a.inode < b.inode
 ORDER BY a.path IS NULL, a.path, server_pid, client_pid, a.inode
