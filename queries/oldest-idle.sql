-- TCP connections on which nothing was sent or received for the longest time
--
-- :limit INTEGER 0.. = 20  number of connections
SELECT min(t.last_data_sent_ms, t.last_data_recv_ms) / 1000 AS idle_s, t.local, t.remote, coalesce(t.timer = 'keepalive', 0) AS keepalive,
       s.pid, s.user, s.command
  FROM tcp t LEFT JOIN sockets s ON s.cookie = t.cookie AND s.zone IS t.zone AND s.proto = 'tcp'
 WHERE t.state = 'ESTABLISHED' AND t.last_data_recv_ms IS NOT NULL
 ORDER BY idle_s DESC, t.local, t.remote, s.pid
 LIMIT :limit
