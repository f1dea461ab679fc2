-- Ephemeral ports: how many of the range are taken, and by what
--
-- Connections to different peers can have the same port: a full range ends just connections to
-- peers with which each port is taken, see time-wait-ports.
WITH ports AS (
       SELECT zone, CAST(value AS INTEGER) AS lowest, CAST(substr(value, instr(value, ' ') + 1) AS INTEGER) AS highest
         FROM sysctls WHERE name = 'net.ipv4.ip_local_port_range'),
     used AS (
       SELECT proto, local_port, state, zone FROM tcp WHERE state <> 'LISTEN' AND local_port IS NOT NULL
        UNION ALL
       SELECT proto, local_port, state, zone FROM udp WHERE local_port IS NOT NULL)
SELECT p.zone, u.proto, p.lowest || '-' || p.highest AS range, count(DISTINCT u.local_port) AS used,
       p.highest - p.lowest + 1 AS of, round(100.0 * count(DISTINCT u.local_port) / (p.highest - p.lowest + 1), 1) AS percent,
       count(*) AS sockets, sum(u.state = 'TIME_WAIT') AS time_wait
  FROM ports p JOIN used u ON u.zone IS p.zone AND u.local_port BETWEEN p.lowest AND p.highest
 GROUP BY p.zone, u.proto
 ORDER BY percent DESC, p.zone, u.proto
