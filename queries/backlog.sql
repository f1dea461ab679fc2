-- Listeners with connections that wait for accept, the fullest first
SELECT local_address, local_port, backlog, backlog_max,
       round(100.0 * backlog / max(backlog_max, 1), 1) AS percent, pid, user, command
  FROM sockets
 WHERE state = 'LISTEN' AND backlog > 0
 ORDER BY percent DESC, local_port
