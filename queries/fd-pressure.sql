-- Processes that hold sockets and come near their limit of file descriptors
--
-- :percent REAL 0..100 = 50  share of the limit from which on a process is shown
SELECT pid, user, name, fd_count, fd_limit, round(100.0 * fd_count / fd_limit, 1) AS percent, sockets
  FROM processes
 WHERE 100.0 * fd_count / fd_limit >= :percent AND sockets > 0
 ORDER BY percent DESC, pid
