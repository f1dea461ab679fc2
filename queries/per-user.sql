-- Sockets and processes that hold them, per user
SELECT user, count(DISTINCT pid) AS processes, count(DISTINCT inode) AS sockets,
       count(DISTINCT iif(state = 'LISTEN', inode, NULL)) AS listening
  FROM sockets
 WHERE proto IN ('tcp', 'udp') AND pid IS NOT NULL
 GROUP BY user
 ORDER BY sockets DESC, user
