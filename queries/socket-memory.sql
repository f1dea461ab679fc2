-- Memory that the TCP and UDP sockets of processes take, the most first
--
-- :limit INTEGER 0.. = 20  number of processes
--
-- A socket that several processes hold counts for each of them.
WITH memory AS (
  SELECT cookie, zone, rmem_alloc + mem_backlog AS received, wmem_queued AS queued, fwd_alloc AS reserved, optmem FROM tcp
   UNION ALL
  SELECT cookie, zone, rmem_alloc + mem_backlog, wmem_alloc, fwd_alloc, optmem FROM udp)
SELECT s.pid, s.user, s.command, count(*) AS sockets, sum(m.received) AS received, sum(m.queued) AS to_send,
       sum(m.reserved) AS reserved, human(sum(m.received + m.queued + m.reserved + m.optmem)) AS "all"
  FROM memory m JOIN sockets s ON s.cookie = m.cookie AND s.zone IS m.zone
 WHERE s.proto IN ('tcp', 'udp') AND s.pid IS NOT NULL
 GROUP BY s.pid
 ORDER BY sum(m.received + m.queued + m.reserved + m.optmem) DESC, s.pid
 LIMIT :limit
