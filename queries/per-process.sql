-- Sockets per process, the most first
--
-- :limit INTEGER 0.. = 20  number of processes
SELECT pid, user, command, count(*) AS sockets, sum(state = 'LISTEN') AS listening,
       sum(state = 'ESTABLISHED') AS established, sum(state = 'CLOSE_WAIT') AS close_wait,
       sum(proto = 'udp') AS udp
  FROM sockets
 WHERE proto IN ('tcp', 'udp') AND pid IS NOT NULL
 GROUP BY pid
 ORDER BY sockets DESC, pid
 LIMIT :limit
