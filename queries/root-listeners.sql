-- Processes with the rights of root that listen on all addresses
SELECT s.label, s.local_port AS port, s.interface, s.pid, s.command, p.unit, p.container, s.zone
  FROM sockets s JOIN processes p ON p.pid = s.pid
 WHERE s.proto IN ('tcp', 'udp') AND s.state IN ('LISTEN', 'IDLE') AND s.scope = 'any' AND s.interface IS NOT 'lo' AND p.euid = 0
 ORDER BY port, s.label, s.pid
