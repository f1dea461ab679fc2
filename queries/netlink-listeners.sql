-- Who listens to the kernel: netlink sockets in multicast groups, with their processes
SELECT k.protocol_name AS protocol, coalesce(k.group_names, k.groups) AS groups, s.pid, s.user, s.command, s.owner_status, k.zone
  FROM netlink k LEFT JOIN sockets s ON s.inode = k.inode AND s.zone IS k.zone AND s.proto = 'netlink'
 WHERE k.groups IS NOT NULL
 ORDER BY protocol, groups, s.pid
