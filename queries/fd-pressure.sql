-- Processes that hold sockets and come near their limit of file descriptors
--
-- :percent = 50  share of the limit from which on a process is shown
SELECT p.pid, p.user, p.name, p.fd_count, p.fd_limit, round(100.0 * p.fd_count / p.fd_limit, 1) AS percent,
       count(*) AS sockets
  FROM processes p JOIN sockets s ON s.pid = p.pid
 WHERE 100.0 * p.fd_count / p.fd_limit >= :percent
 GROUP BY p.pid
 ORDER BY percent DESC, p.pid
