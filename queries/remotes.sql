-- Connections per remote address, the most first
--
-- :limit INTEGER 0.. = 20  number of addresses
--
-- The same address on two interfaces, if it is link-local or sockets are bound to them, is two.
SELECT remote_address, remote_scope AS scope, interface, count(*) AS connections,
       sum(state = 'ESTABLISHED') AS established, sum(state = 'TIME_WAIT') AS time_wait,
       count(DISTINCT local_port) AS local_ports
  FROM tcp
 WHERE remote_address IS NOT NULL
 GROUP BY remote_address, interface
 ORDER BY connections DESC, remote_address, interface
 LIMIT :limit
