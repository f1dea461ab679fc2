-- Sockets whose peer is one host, or in one network, with their processes
--
-- :network TEXT  address, or network such as 10.0.0.0/8
SELECT proto, state, local, remote, pid, user, command
  FROM sockets
 WHERE family IN ('inet', 'inet6') AND remote_port IS NOT NULL AND cidr(:network, remote_address)
 ORDER BY ip(remote_address), remote_port, local, pid
