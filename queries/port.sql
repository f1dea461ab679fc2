-- Who is on a port: listeners, and connections on either end, with their processes
--
-- :port INTEGER 0..65535  port, a number or the name of a service
--
-- A connection that nobody accepted has the process of its listener.
WITH ends AS (
  SELECT s.*, iif(s.owner_status <> 'unaccepted', s.pid,
         (SELECT l.pid FROM sockets l
           WHERE l.state = 'LISTEN' AND l.pid IS NOT NULL AND l.proto = s.proto AND l.local_port = s.local_port
             AND l.zone IS s.zone AND (l.interface IS NULL OR l.interface = s.interface)
             AND (l.local_address = s.local_address OR l.scope = 'any' AND (l.family = s.family OR l.label = 'tcp46'))
           ORDER BY l.interface IS NULL, l.scope = 'any', l.pid LIMIT 1)) AS owner
    FROM sockets s
   WHERE (s.local_port = :port OR s.remote_port = :port) AND s.proto <> 'icmp') -- which has identifiers there
SELECT e.proto, e.state, e.local_address, e.local_port, e.remote_address, e.remote_port, e.interface,
       e.owner AS pid, coalesce(e.user, p.user) AS user, coalesce(e.command, p.name) AS command, e.owner_status
  FROM ends e LEFT JOIN processes p ON p.pid = e.owner AND e.pid IS NULL
 ORDER BY e.proto, e.remote_port IS NOT NULL, e.state, e.remote_address, e.remote_port, e.owner
