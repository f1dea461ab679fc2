-- What listens: TCP listeners and bound UDP sockets with their processes
SELECT label, local_address, local_port, scope, backlog, backlog_max, pid, user, command, owner_status
  FROM sockets
 WHERE proto IN ('tcp', 'udp') AND state IN ('LISTEN', 'IDLE')
 ORDER BY local_port, label, local_address, pid
