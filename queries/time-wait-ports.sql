-- Peers to which few ports are left: TIME_WAIT and open connections against the range
--
-- :limit INTEGER 0.. = 20  number of peers
WITH ports AS (
       SELECT zone, CAST(value AS INTEGER) AS lowest, CAST(substr(value, instr(value, ' ') + 1) AS INTEGER) AS highest
         FROM sysctls WHERE name = 'net.ipv4.ip_local_port_range'),
     used AS (
       SELECT local_address, remote_address, remote_port, interface, zone, local_port, state FROM tcp WHERE remote_port > 0)
SELECT u.local_address AS "from", u.remote_address AS "to", u.remote_port AS port, count(DISTINCT u.local_port) AS used,
       sum(u.state = 'TIME_WAIT') AS time_wait, p.highest - p.lowest + 1 AS of,
       round(100.0 * count(DISTINCT u.local_port) / (p.highest - p.lowest + 1), 2) AS percent, u.zone
  FROM ports p JOIN used u ON u.zone IS p.zone AND u.local_port BETWEEN p.lowest AND p.highest
 GROUP BY u.local_address, u.remote_address, u.remote_port, u.interface, u.zone
 ORDER BY used DESC, u.remote_address, u.remote_port, u.local_address
 LIMIT :limit
