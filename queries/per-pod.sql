-- Sockets of each pod: what listens in it and how many connections it has
SELECT p.pod, count(DISTINCT p.container) AS containers, count(DISTINCT s.pid) AS processes, count(DISTINCT s.inode) AS sockets,
       count(DISTINCT iif(s.state = 'ESTABLISHED', s.inode, NULL)) AS established,
       group_concat(DISTINCT iif(s.state = 'LISTEN', s.local_port, NULL)) AS ports
  FROM sockets s JOIN processes p ON p.pid = s.pid
 WHERE s.proto IN ('tcp', 'udp') AND p.pod IS NOT NULL
 GROUP BY p.pod
 ORDER BY sockets DESC, p.pod
