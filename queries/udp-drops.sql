-- UDP sockets that dropped packets, with their receive buffers
SELECT u.label, u.local_address, u.local_port, u.interface, u.drops, u.rmem_alloc, u.rcvbuf, s.pid, s.user, s.command
  FROM udp u LEFT JOIN sockets s ON s.inode = u.inode AND s.zone IS u.zone
 WHERE u.drops > 0
 ORDER BY u.drops DESC
