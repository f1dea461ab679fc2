-- Listeners with connections that wait for accept, the fullest first
SELECT local_address, local_port, backlog, backlog_max,
       -- Linux refuses a connection only when more than the limit wait: one more gets in.
       round(100.0 * backlog / (backlog_max + 1), 1) AS percent, pid, user, command
  FROM sockets
 WHERE state = 'LISTEN' AND backlog > 0
 ORDER BY percent DESC, local_port, local_address, pid
