-- How much each zone has open to other machines: listeners, processes and ports
SELECT zone, count(DISTINCT inode) AS listeners, count(DISTINCT pid) AS processes,
       group_concat(DISTINCT label || ':' || local_port ORDER BY local_port, label) AS ports
  FROM sockets
 WHERE proto IN ('tcp', 'udp') AND state IN ('LISTEN', 'IDLE') AND scope <> 'loopback' AND interface IS NOT 'lo'
 GROUP BY zone
 ORDER BY listeners DESC, zone
