-- Bytes sent and received per process, over the TCP connections that are open now
--
-- :limit INTEGER 0.. = 20  number of processes
--
-- A connection that several processes hold counts for each of them.
SELECT s.pid, s.user, s.command, count(*) AS connections, sum(t.bytes_acked) AS sent, sum(t.bytes_received) AS received,
       human(sum(t.bytes_acked + t.bytes_received)) AS "all"
  FROM sockets s JOIN tcp t ON t.cookie = s.cookie AND t.zone IS s.zone
 WHERE s.proto = 'tcp' AND s.remote_port > 0 AND s.pid IS NOT NULL AND t.bytes_acked IS NOT NULL
 GROUP BY s.pid
 ORDER BY sum(t.bytes_acked + t.bytes_received) DESC, s.pid
 LIMIT :limit
