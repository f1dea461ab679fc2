-- Sockets and processes that hold them, per user
SELECT user, count(DISTINCT pid) AS processes, count(*) AS sockets, sum(state = 'LISTEN') AS listening
  FROM sockets
 WHERE proto IN ('tcp', 'udp') AND pid IS NOT NULL
 GROUP BY user
 ORDER BY sockets DESC, user
