-- Listeners of processes whose program was deleted or replaced, as by an update
SELECT s.label, s.local, s.pid, s.user, p.exe, datetime(p.start_time, 'unixepoch', 'localtime') AS started, p.unit
  FROM sockets s JOIN processes p ON p.pid = s.pid
 WHERE s.proto IN ('tcp', 'udp') AND s.state IN ('LISTEN', 'IDLE') AND p.exe_deleted
 ORDER BY s.local_port, s.label, s.local, s.pid
