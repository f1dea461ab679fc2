-- All sockets of one process
--
-- :pid INTEGER 1..  process id
SELECT proto, state, local, remote, fd, coalesce(recv_q, rmem_alloc) AS recv_q, coalesce(send_q, wmem_alloc) AS send_q, zone
  FROM sockets
 WHERE pid = :pid
 ORDER BY proto, state <> 'LISTEN', state, local_port, local, remote, fd
