-- Slowest peers, by the round-trip time
--
-- :limit INTEGER 0.. = 20  number of peers
SELECT remote_address AS peer, interface, count(*) AS connections, round(min(min_rtt_us) / 1000.0, 2) AS least_ms,
       round(median(rtt_us) / 1000.0, 2) AS median_ms, round(max(rtt_us) / 1000.0, 2) AS most_ms,
       round(median(rttvar_us) / 1000.0, 2) AS varies_ms, zone
  FROM tcp
 WHERE remote_port > 0 AND rtt_us IS NOT NULL
 GROUP BY remote_address, interface, zone
 ORDER BY median_ms DESC, remote_address
 LIMIT :limit
