-- Sockets with data that waits: unread by the process, or not acknowledged by the peer
--
-- :least INTEGER 1.. = 1  number of bytes from which on a socket is shown
--
-- Of UDP and of what Unix sockets sent the kernel tells only the memory. A connection that
-- nobody accepted is its listener's.
WITH waiting AS (
  SELECT s.*, s.local, s.remote, s.rmem_alloc, s.wmem_alloc, iif(s.owner_status <> 'unaccepted', s.pid,
         (SELECT l.pid FROM sockets l
           WHERE l.state = 'LISTEN' AND l.pid IS NOT NULL AND l.proto = s.proto AND l.local_port = s.local_port
             AND l.zone IS s.zone AND (l.interface IS NULL OR l.interface = s.interface)
             AND (l.local_address = s.local_address OR l.scope = 'any' AND (l.family = s.family OR l.label = 'tcp46'))
           ORDER BY l.interface IS NULL, l.scope = 'any', l.pid LIMIT 1)) AS owner
    FROM sockets s
   WHERE s.proto IN ('tcp', 'udp', 'unix')
     AND (s.recv_q >= :least OR s.send_q >= :least OR s.rmem_alloc >= :least OR s.wmem_alloc >= :least))
SELECT w.label, w.state, w.local_address, w.local_port, w.remote_address, w.remote_port, w.interface,
       w.recv_q, w.send_q, w.rmem_alloc, w.wmem_alloc, w.owner AS pid, coalesce(w.command, p.name) AS command, w.owner_status
  FROM waiting w LEFT JOIN processes p ON p.pid = w.owner AND w.pid IS NULL
 ORDER BY coalesce(w.recv_q, w.rmem_alloc, 0) + coalesce(w.send_q, w.wmem_alloc, 0) DESC, w.local_port, w.local, w.remote, w.owner
