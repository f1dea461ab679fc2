-- Processes with idle TCP connections that have no keepalive: if the peer is gone, they stay
--
-- :seconds INTEGER 0.. = 60  for how long a connection has to be idle
--
-- Of a connection in use another timer is running, and whether it has keepalive is not seen.
SELECT s.pid, s.user, s.command, count(*) AS connections, count(DISTINCT t.remote_address) AS peers,
       max(min(t.last_data_sent_ms, t.last_data_recv_ms)) / 1000 AS longest_idle_s, min(t.remote) AS a_peer
  FROM tcp t JOIN sockets s ON s.cookie = t.cookie AND s.zone IS t.zone
 WHERE t.state = 'ESTABLISHED' AND t.timer IS NULL AND s.proto = 'tcp' AND s.pid IS NOT NULL
   AND min(t.last_data_sent_ms, t.last_data_recv_ms) >= 1000 * :seconds
 GROUP BY s.pid
 ORDER BY connections DESC, s.pid
