-- Congestion control in use, with round-trip times and what was sent again
SELECT t.congestion, t.congestion = d.value AS is_default, count(*) AS connections,
       round(median(t.rtt_us) / 1000.0, 2) AS rtt_ms, sum(t.segs_out) AS segments, sum(t.total_retrans) AS resent,
       round(100.0 * sum(t.total_retrans) / max(sum(t.segs_out), 1), 2) AS percent, t.zone
  FROM tcp t LEFT JOIN sysctls d ON d.name = 'net.ipv4.tcp_congestion_control' AND d.zone IS t.zone
 WHERE t.congestion IS NOT NULL AND t.remote_port > 0
 GROUP BY t.congestion, t.zone
 ORDER BY connections DESC, t.congestion, t.zone
