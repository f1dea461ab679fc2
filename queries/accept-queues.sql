-- Accept queues that fill up, and how many connections their zone could not queue so far
--
-- :percent REAL 0..100 = 10  share of the limit from which on a listener is shown
--
-- The counts are those of the zone since it was made, not of the listener.
WITH refused AS (
  SELECT zone, value FROM netstats WHERE protocol = 'TcpExt' AND name = 'ListenOverflows')
SELECT s.local AS listener, s.backlog AS waiting, s.backlog_max AS "limit",
       -- Linux refuses a connection only when more than the limit wait: one more gets in.
       round(100.0 * s.backlog / (s.backlog_max + 1), 1) AS percent, s.pid, s.user, s.command, r.value AS overflows
  FROM sockets s LEFT JOIN refused r ON r.zone IS s.zone
 WHERE s.state = 'LISTEN' AND s.proto = 'tcp' AND 100.0 * s.backlog / (s.backlog_max + 1) >= :percent
 ORDER BY percent DESC, s.local_port, s.local, s.pid
