-- Listeners that other machines may reach, with the file and the unit of the process
--
-- Only loopback is out of reach: link-local and multicast addresses are reached from the link.
SELECT s.label, s.local_address, s.local_port, s.interface, s.pid, s.user, s.command, p.exe, p.unit
  FROM sockets s LEFT JOIN processes p ON p.pid = s.pid
 WHERE s.proto IN ('tcp', 'udp', 'udplite', 'sctp') AND s.state IN ('LISTEN', 'IDLE') AND s.scope <> 'loopback'
   AND s.interface IS NOT 'lo'
 ORDER BY s.local_port, s.label, s.local_address, s.interface, s.pid
