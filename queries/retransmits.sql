-- TCP connections that lose packets, by the share of what they sent again
--
-- :limit INTEGER 0.. = 20  number of connections
SELECT local_address, local_port, remote_address, remote_port, total_retrans, segs_out,
       round(100.0 * total_retrans / max(segs_out, 1), 2) AS percent,
       rtt_us / 1000.0 AS rtt_ms, retransmits AS unanswered, congestion
  FROM tcp
 WHERE total_retrans > 0
 ORDER BY percent DESC, total_retrans DESC
 LIMIT :limit
