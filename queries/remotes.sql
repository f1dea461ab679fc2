-- Connections per remote address, the most first
--
-- :limit = 20  number of addresses
SELECT remote_address, remote_scope AS scope,
       iif(remote_scope = 'link', interface, NULL) AS link, -- each has such addresses of its own
       count(*) AS connections,
       sum(state = 'ESTABLISHED') AS established, sum(state = 'TIME_WAIT') AS time_wait,
       count(DISTINCT local_port) AS local_ports
  FROM tcp
 WHERE remote_address IS NOT NULL
 GROUP BY remote_address, link
 ORDER BY connections DESC, remote_address, link
 LIMIT :limit
