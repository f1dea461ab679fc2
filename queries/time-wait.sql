-- TIME_WAIT by peer: which address and port the ended connections went to or came from
--
-- :limit INTEGER 0.. = 20  number of peers
WITH ended AS (
  SELECT t.remote_address, t.interface, t.local_port, t.remote_port,
         EXISTS (SELECT 1 FROM tcp l
                  WHERE l.state = 'LISTEN' AND l.local_port = t.local_port AND l.zone IS t.zone
                    AND (l.interface IS NULL OR l.interface = t.interface)
                    AND (l.local_address = t.local_address OR l.scope = 'any' AND (l.family = t.family OR l.label = 'tcp46'))) AS incoming
    FROM tcp t
   WHERE t.state = 'TIME_WAIT')
SELECT remote_address, interface, iif(incoming, 'in', 'out') AS direction,
       iif(incoming, local_port, remote_port) AS service_port, count(*) AS time_wait
  FROM ended
 GROUP BY 1, 2, 3, 4
 ORDER BY time_wait DESC, remote_address, interface, service_port
 LIMIT :limit
