-- TIME_WAIT by peer: which address and port the ended connections went to or came from
--
-- :limit = 20  number of peers
SELECT remote_address,
       CASE WHEN local_port IN (SELECT local_port FROM tcp WHERE state = 'LISTEN')
            THEN 'in' ELSE 'out' END AS direction,
       CASE WHEN local_port IN (SELECT local_port FROM tcp WHERE state = 'LISTEN')
            THEN local_port ELSE remote_port END AS service_port,
       count(*) AS time_wait
  FROM tcp
 WHERE state = 'TIME_WAIT'
 GROUP BY 1, 2, 3
 ORDER BY time_wait DESC, remote_address, service_port
 LIMIT :limit
