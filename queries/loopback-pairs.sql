-- Who talks to whom on this machine: the two ends of each connection to itself, one row each
--
-- Of several processes that hold an end, the one with the lowest pid is shown, and how many
-- there are. An end that nobody accepted has the listener's process, and no holder.
WITH listening AS (SELECT DISTINCT local_port, coalesce(zone, '') FROM sockets WHERE state = 'LISTEN' AND local_port > 0),
     shared AS MATERIALIZED (
       SELECT inode, min(pid) AS pid FROM sockets WHERE remote_port > 0 AND inode IS NOT NULL
        GROUP BY inode HAVING min(pid) < max(pid)),
     pairs AS (
       SELECT a.proto, a.pid AS client_pid, a.command AS client, a.local AS client_address,
              iif(b.owner_status <> 'unaccepted', b.pid,
              (SELECT l.pid FROM sockets l
                WHERE l.state = 'LISTEN' AND l.pid IS NOT NULL AND l.proto = b.proto AND l.local_port = b.local_port
                  AND l.zone IS b.zone AND (l.interface IS NULL OR l.interface = b.interface)
                  AND (l.local_address = b.local_address OR l.scope = 'any' AND (l.family = b.family OR l.label = 'tcp46'))
                ORDER BY l.interface IS NULL, l.scope = 'any', l.pid LIMIT 1)) AS server_pid,
              b.command AS server, b.local AS server_address, a.state AS client_state, b.state AS server_state,
              iif(x.inode IS NULL, a.pid IS NOT NULL,
                  (SELECT count(DISTINCT h.pid) FROM sockets h WHERE h.inode = a.inode)) AS client_holders,
              iif(y.inode IS NULL, b.pid IS NOT NULL,
                  (SELECT count(DISTINCT h.pid) FROM sockets h WHERE h.inode = b.inode)) AS server_holders
         FROM sockets a
         JOIN sockets b
           ON b.local_address = a.remote_address AND b.local_port = a.remote_port
          AND b.remote_address = a.local_address AND b.remote_port = a.local_port
          AND b.proto = a.proto AND b.zone IS a.zone
          -- Every link has its own link-local addresses (RFC 4007).
          AND (a.family = 'inet' OR 'link' NOT IN (a.scope, a.remote_scope) OR b.interface IS a.interface)
         LEFT JOIN shared x ON x.inode = a.inode
         LEFT JOIN shared y ON y.inode = b.inode
        -- The server is the end whose port is listened on, or else the one with the lower port.
        WHERE a.remote_port > 0 AND b.remote_port > 0
          AND ((b.local_port, coalesce(b.zone, '')) IN listening, a.local_port, a.local_address)
           >= ((a.local_port, coalesce(a.zone, '')) IN listening, b.local_port, b.local_address)
          AND (x.inode IS NULL OR a.pid = x.pid)
          AND (y.inode IS NULL OR b.pid = y.pid))
SELECT proto, client_pid, client, client_address, server_pid,
       coalesce(server, (SELECT l.command FROM sockets l WHERE l.state = 'LISTEN' AND l.pid = server_pid LIMIT 1)) AS server,
       server_address, client_state, server_state, client_holders, server_holders
  FROM pairs
 ORDER BY server_address, client_address
