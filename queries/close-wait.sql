-- CLOSE_WAIT leaks: processes that do not close connections which their peers have closed
--
-- :least INTEGER 1.. = 1  number of such connections from which on a process is shown
--
-- A connection that nobody accepted is its listener's.
WITH closed AS (
  SELECT s.*, s.args, s.owner_status = 'unaccepted' AS waits, iif(s.owner_status <> 'unaccepted', s.pid,
         (SELECT l.pid FROM sockets l
           WHERE l.state = 'LISTEN' AND l.pid IS NOT NULL AND l.proto = s.proto AND l.local_port = s.local_port
             AND l.zone IS s.zone AND (l.interface IS NULL OR l.interface = s.interface)
             AND (l.local_address = s.local_address OR l.scope = 'any' AND (l.family = s.family OR l.label = 'tcp46'))
           ORDER BY l.interface IS NULL, l.scope = 'any', l.pid LIMIT 1)) AS owner
    FROM sockets s
   WHERE s.proto = 'tcp' AND s.state = 'CLOSE_WAIT')
SELECT c.owner AS pid, coalesce(c.user, p.user) AS user, coalesce(c.command, p.name) AS command,
       count(*) AS close_wait, sum(c.waits) AS unaccepted, sum(c.recv_q) AS unread_bytes,
       count(DISTINCT c.remote_address) AS remote_addresses, min(c.local_port) AS a_local_port,
       coalesce(c.args, p.args) AS args
  FROM closed c LEFT JOIN processes p ON p.pid = c.owner AND c.pid IS NULL
 WHERE c.owner IS NOT NULL
 GROUP BY c.owner
HAVING count(*) >= :least
 ORDER BY close_wait DESC, c.owner
