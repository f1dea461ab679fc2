-- Bytes sent and received per peer, over the TCP connections that are open now
--
-- :limit INTEGER 0.. = 20  number of peers
SELECT remote_address AS peer, interface, count(*) AS connections, sum(bytes_acked) AS sent, sum(bytes_received) AS received,
       human(sum(bytes_acked + bytes_received)) AS "all"
  FROM tcp
 WHERE remote_port > 0 AND bytes_acked IS NOT NULL
 GROUP BY remote_address, interface, zone
 ORDER BY sum(bytes_acked + bytes_received) DESC, remote_address, interface
 LIMIT :limit
