-- Who is on a port: listeners, and connections on either end, with their processes
--
-- :port  port number
SELECT proto, state, local_address, local_port, remote_address, remote_port, pid, user, command, owner_status
  FROM sockets
 WHERE (local_port = :port OR remote_port = :port) AND proto <> 'icmp' -- which has identifiers there
 ORDER BY proto, remote_port IS NOT NULL, state, remote_address, remote_port, pid
