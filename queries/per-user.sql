-- Sockets and processes that hold them, per user
SELECT user, count(DISTINCT pid) AS processes,
       -- a socket whose inode is not known counts for each of its processes
       count(DISTINCT inode) + sum(inode IS NULL) AS sockets,
       count(DISTINCT iif(state = 'LISTEN', inode, NULL)) + sum(state = 'LISTEN' AND inode IS NULL) AS listening
  FROM sockets
 WHERE proto IN ('tcp', 'udp') AND pid IS NOT NULL
 GROUP BY user
 ORDER BY sockets DESC, user
