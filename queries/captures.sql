-- Who captures packets: packet sockets with what they get, and their processes
SELECT coalesce(k.interface, 'any') AS interface, coalesce(k.ethertype_name, 'none') AS frames, k.promiscuous, k.filter_length AS filter,
       k.fanout_id AS fanout, s.pid, s.user, s.command, s.owner_status, k.zone
  FROM packet k LEFT JOIN sockets s ON s.inode = k.inode AND s.zone IS k.zone AND s.proto = 'packet'
 ORDER BY k.zone, interface, frames, s.pid
