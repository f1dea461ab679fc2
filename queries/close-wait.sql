-- CLOSE_WAIT leaks: processes that do not close connections which their peers have closed
--
-- :least = 1  number of such connections from which on a process is shown
SELECT pid, user, command, count(*) AS close_wait, sum(recv_q) AS unread_bytes,
       count(DISTINCT remote_address) AS remote_addresses, min(local_port) AS a_local_port, args
  FROM sockets
 WHERE proto = 'tcp' AND state = 'CLOSE_WAIT' AND pid IS NOT NULL
 GROUP BY pid
HAVING count(*) >= :least
 ORDER BY close_wait DESC, pid
