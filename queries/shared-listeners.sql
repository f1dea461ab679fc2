-- Listeners that several processes hold, as after a fork: each of them gets connections
SELECT label, local, count(DISTINCT pid) AS processes, count(DISTINCT user) AS users,
       group_concat(DISTINCT command) AS commands, min(pid) AS lowest_pid, zone
  FROM sockets
 WHERE state = 'LISTEN' AND pid IS NOT NULL AND inode IS NOT NULL
 GROUP BY proto, inode, local, zone
HAVING count(DISTINCT pid) > 1
 ORDER BY processes DESC, label, local
