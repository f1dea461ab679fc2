-- Who talks to whom on this machine: the two ends of each connection to itself
WITH listening AS (SELECT DISTINCT proto, local_port FROM sockets WHERE state = 'LISTEN' AND local_port > 0)
SELECT a.proto, a.pid AS client_pid, a.command AS client, a.local AS client_address,
       b.pid AS server_pid, b.command AS server, b.local AS server_address,
       a.state AS client_state, b.state AS server_state
  FROM sockets a
  JOIN sockets b
    ON b.local_address = a.remote_address AND b.local_port = a.remote_port
   AND b.remote_address = a.local_address AND b.remote_port = a.local_port
   AND b.proto = a.proto
 -- The server is the end whose port is listened on, or else the one with the lower port.
 WHERE a.remote_port > 0 AND b.remote_port > 0 AND (b.local_port IN (SELECT local_port FROM listening), a.local_port, a.local_address)
    >= (a.local_port IN (SELECT local_port FROM listening), b.local_port, b.local_address)
 ORDER BY server_address, client_address
