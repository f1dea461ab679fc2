-- Sockets without a visible process, and why
SELECT owner_status, label, state, count(*) AS sockets,
       min(local) AS for_example
  FROM sockets
 WHERE proto IN ('tcp', 'udp') AND pid IS NULL
 GROUP BY owner_status, label, state
 ORDER BY sockets DESC, owner_status, label, state
