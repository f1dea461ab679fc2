-- Sockets with bytes that wait: unread by the process, or not acknowledged by the peer
--
-- :least = 1  number of bytes from which on a socket is shown
SELECT label, state, local_address, local_port, remote_address, remote_port, recv_q, send_q, pid, command
  FROM sockets
 WHERE recv_q >= :least OR send_q >= :least
 ORDER BY recv_q + send_q DESC
