-- Sockets and processes that hold them, per container
SELECT coalesce(p.container, '-') AS container, p.runtime, count(DISTINCT s.pid) AS processes, count(DISTINCT s.inode) AS sockets,
       count(DISTINCT iif(s.state = 'LISTEN', s.inode, NULL)) AS listening,
       count(DISTINCT iif(s.state = 'ESTABLISHED', s.inode, NULL)) AS established,
       count(DISTINCT iif(s.state = 'CLOSE_WAIT', s.inode, NULL)) AS close_wait
  FROM sockets s JOIN processes p ON p.pid = s.pid
 WHERE s.proto IN ('tcp', 'udp')
 GROUP BY p.container, p.runtime
 ORDER BY sockets DESC, p.container
