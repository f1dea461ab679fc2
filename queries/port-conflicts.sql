-- Ports on which several sockets wait for the same packets: shared, or in each other's way
--
-- On one address they share (SO_REUSEPORT). Else the one with the more specific address gets
-- what goes there, and the one on all addresses the rest.
WITH waiting AS (
       SELECT DISTINCT proto, 4 AS version, local_port, local_address, interface, scope, inode, pid, command, zone
         FROM sockets WHERE proto IN ('tcp', 'udp') AND state IN ('LISTEN', 'IDLE') AND label LIKE '%4%' AND inode IS NOT NULL
        UNION ALL
       SELECT DISTINCT proto, 6, local_port, local_address, interface, scope, inode, pid, command, zone
         FROM sockets WHERE proto IN ('tcp', 'udp') AND state IN ('LISTEN', 'IDLE') AND label LIKE '%6' AND inode IS NOT NULL),
     conflicts AS (
       SELECT proto, version, local_port, zone, count(DISTINCT inode) AS sockets, count(DISTINCT pid) AS processes,
              -- An IPv4 packet for :: and for 0.0.0.0 is for both: all addresses are one.
              count(DISTINCT iif(scope = 'any', '*', local_address) || ' ' || coalesce(interface, '')) AS places,
              max(scope = 'any' AND interface IS NULL) AS everywhere, group_concat(DISTINCT local_address) AS addresses,
              group_concat(DISTINCT command) AS commands
         FROM waiting
        GROUP BY proto, version, local_port, zone)
SELECT proto, local_port AS port, max(sockets) AS sockets, max(processes) AS processes,
       iif(min(places) = 1, 'shared', iif(max(sockets) = max(places), 'specific first', 'both')) AS how, addresses, commands, zone
  FROM conflicts
 WHERE sockets > 1 AND (places < sockets OR everywhere)
 GROUP BY proto, local_port, zone
 ORDER BY proto, port, zone
