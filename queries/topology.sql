-- Who talks to whom, from clients to servers: a graph for -o dot or -o mermaid
--
-- :programs INTEGER 0.. = 30  number of programs that have a node of their own, those with most connections
-- :networks INTEGER 0.. = 12  the same of networks beyond this machine
--
-- A node is a program in its zone, or a network: 24 bits of an IPv4 address, 64 of IPv6, or the
-- address alone if there is one. The others are folded. An edge says to which services its
-- connections are and how many. TIME_WAIT, which nobody holds, is left out.
WITH listening AS MATERIALIZED (
       SELECT zone, proto, local_port AS port, min(command) AS command
         FROM sockets
        WHERE proto IN ('tcp', 'udp') AND remote_port IS NULL AND local_port > 0 AND state IN ('LISTEN', 'IDLE')
        GROUP BY zone, proto, local_port),
     own AS MATERIALIZED (
       SELECT local_address AS address, zone
         FROM sockets
        WHERE proto IN ('tcp', 'udp') AND remote_port > 0 AND scope <> 'loopback'
        GROUP BY local_address, zone),
     flows AS MATERIALIZED (
       SELECT s.zone, coalesce(s.command, l.command, '(unknown)') AS command, s.proto, l.port IS NOT NULL AS served,
              iif(l.port IS NULL, s.remote_port, s.local_port) AS port,
              s.remote_address AS peer, s.remote_scope AS reach,
              count(DISTINCT coalesce(s.cookie, s.inode, -65536 * s.remote_port - s.local_port)) AS connections
         FROM sockets s
         LEFT JOIN listening l ON l.port = s.local_port AND l.proto = s.proto AND l.zone IS s.zone
        WHERE s.proto IN ('tcp', 'udp') AND s.remote_port > 0 AND s.state <> 'TIME_WAIT'
        GROUP BY 1, 2, 3, 4, 5, 6, 7),
     -- A peer on this machine is in the same zone if that has its address, or else in the one that has.
     ends AS MATERIALIZED (
       SELECT f.*, f.reach = 'loopback' OR o.address IS NOT NULL AS inside,
              iif(f.reach = 'loopback', f.zone, o.zone) AS peer_zone,
              network(f.peer, iif(instr(f.peer, ':'), 64, 24)) AS network
         FROM flows f
         LEFT JOIN (SELECT address, zone, row_number() OVER (PARTITION BY address) AS n FROM own) o
           ON o.address = f.peer AND o.n = 1 AND f.reach <> 'loopback'),
     -- Of a connection within the machine, the client's end is the one to count.
     talks AS MATERIALIZED (
       SELECT e.zone, e.command, e.served, e.inside, e.proto, e.port, e.network, e.peer, e.connections,
              e.peer_zone, coalesce(l.command, '(unknown)') AS peer_command
         FROM ends e
         LEFT JOIN listening l ON e.inside AND NOT e.served AND l.port = e.port AND l.proto = e.proto AND l.zone IS e.peer_zone
        WHERE NOT (e.served AND e.inside)),
     programs AS MATERIALIZED (
       SELECT zone, command, row_number() OVER (ORDER BY sum(connections) DESC, command, zone) AS place
         FROM (SELECT zone, command, connections FROM talks
               UNION ALL SELECT peer_zone, peer_command, connections FROM talks WHERE inside)
        GROUP BY zone, command),
     networks AS MATERIALIZED (
       SELECT network, iif(count(DISTINCT peer) = 1, min(peer), network) AS name,
              row_number() OVER (ORDER BY sum(connections) DESC, network) AS place
         FROM talks WHERE NOT inside GROUP BY network),
     shown_zones AS MATERIALIZED (SELECT DISTINCT zone FROM programs WHERE place <= :programs),
     named AS MATERIALIZED (
       SELECT iif(a.place <= :programs, a.command, '(other programs)') AS here,
              iif(a.place <= :programs OR a.zone IN shown_zones, a.zone, '(other zones)') AS here_zone,
              CASE WHEN NOT t.inside THEN iif(n.place <= :networks, n.name, iif(t.served, 'clients elsewhere', 'servers elsewhere'))
                   WHEN b.place <= :programs THEN b.command ELSE '(other programs)' END AS there,
              CASE WHEN t.inside THEN iif(b.place <= :programs OR b.zone IN shown_zones, b.zone, '(other zones)') END AS there_zone,
              t.served, t.connections, coalesce(service(t.port, t.proto), t.port) AS service
         FROM talks t
         JOIN programs a ON a.command = t.command AND a.zone IS t.zone
         LEFT JOIN programs b ON t.inside AND b.command = t.peer_command AND b.zone IS t.peer_zone
         LEFT JOIN networks n ON NOT t.inside AND n.network = t.network),
     edges AS (
       SELECT iif(served, there, here) AS "from", iif(served, here, there) AS "to",
              iif(served, there_zone, here_zone) AS "group", iif(served, here_zone, there_zone) AS to_group,
              service, sum(connections) AS connections
         FROM named GROUP BY 1, 2, 3, 4, 5),
     ranked AS (
       SELECT *, row_number() OVER (PARTITION BY "from", "to", "group", to_group ORDER BY connections DESC, service) AS place
         FROM edges)
SELECT "from", "to",
       group_concat(service, ', ' ORDER BY place) FILTER (WHERE place <= 2)
       || iif(count(*) > 2, printf(' +%d', count(*) - 2), '')
       || iif(sum(connections) > 1, printf(' ×%,d', sum(connections)), '') AS label,
       "group", to_group
  FROM ranked
 GROUP BY "from", "to", "group", to_group
 ORDER BY "group", "from", to_group, "to"
