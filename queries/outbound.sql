-- Connections to public addresses, per process and service
--
-- :limit INTEGER 0.. = 50  number of lines
--
-- A connection counts as one from here if nothing listens on its local port.
WITH listening AS (
  SELECT DISTINCT proto, local_port, zone FROM tcp WHERE state = 'LISTEN')
SELECT s.pid, s.user, s.command, s.remote_address, s.remote_port AS port, service(s.remote_port, s.proto) AS service,
       count(*) AS connections
  FROM sockets s
 WHERE s.proto IN ('tcp', 'udp') AND s.remote_scope = 'public' AND s.remote_port > 0 AND s.state <> 'TIME_WAIT'
   AND NOT EXISTS (SELECT 1 FROM listening l WHERE l.proto = s.proto AND l.local_port = s.local_port AND l.zone IS s.zone)
 GROUP BY s.pid, s.remote_address, s.remote_port, s.proto, s.zone
 ORDER BY connections DESC, s.pid, ip(s.remote_address), port
 LIMIT :limit
