-- Peers on the way to which packets are lost, by the share of what was sent again
--
-- :limit INTEGER 0.. = 20  number of peers
SELECT remote_address AS peer, interface, count(*) AS connections, sum(segs_out) AS segments, sum(total_retrans) AS resent,
       round(100.0 * sum(total_retrans) / max(sum(segs_out), 1), 2) AS percent, round(median(rtt_us) / 1000.0, 2) AS rtt_ms, zone
  FROM tcp
 WHERE remote_port > 0 AND segs_out IS NOT NULL
 GROUP BY remote_address, interface, zone
HAVING sum(total_retrans) > 0
 ORDER BY percent DESC, resent DESC, remote_address
 LIMIT :limit
