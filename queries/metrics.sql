-- Counts of sockets and what goes wrong with them, as metrics: for -o prometheus
--
-- :limit INTEGER 0.. = 40  number of ports, programs, zones and queues that have a series of their own
--
-- What is beyond the limit is one series, (other): so there are never more than a few hundred. Counters are
-- those of the caller's zone since it was made, all others are of now.
WITH ports AS (
       SELECT local_port AS port, proto, count(*) AS n,
              row_number() OVER (ORDER BY count(*) DESC, local_port, proto) AS place
         FROM (SELECT proto, local_port FROM tcp UNION ALL SELECT proto, local_port FROM udp)
        WHERE (proto, local_port) IN (SELECT proto, local_port FROM tcp WHERE state = 'LISTEN'
                                      UNION SELECT proto, local_port FROM udp WHERE state = 'IDLE')
        GROUP BY local_port, proto),
     programs AS (
       SELECT coalesce(command, '(unknown)') AS command, count(*) AS n, row_number() OVER (ORDER BY count(*) DESC, command) AS place
         FROM sockets WHERE proto IN ('tcp', 'udp', 'unix') AND pid IS NOT NULL GROUP BY 1),
     places AS (
       SELECT zone, count(*) AS n, row_number() OVER (ORDER BY count(*) DESC, zone) AS place
         FROM (SELECT zone FROM tcp UNION ALL SELECT zone FROM udp UNION ALL SELECT zone FROM unix) GROUP BY zone),
     queues AS (
       SELECT local_port AS port, sum(backlog) AS n, sum(backlog_max) AS most,
              row_number() OVER (ORDER BY sum(backlog) DESC, local_port) AS place
         FROM tcp WHERE state = 'LISTEN' GROUP BY local_port),
     losers AS (
       SELECT local_port AS port, sum(drops) AS n, row_number() OVER (ORDER BY sum(drops) DESC, local_port) AS place
         FROM udp WHERE state = 'IDLE' GROUP BY local_port),
     counters(protocol, counter, name, labels, help) AS (VALUES
       ('Tcp', 'OutSegs', 'sockstat_tcp_sent_segments_total', '{}', 'TCP segments sent, those sent again left out'),
       ('Tcp', 'RetransSegs', 'sockstat_tcp_retransmitted_segments_total', '{}', 'TCP segments sent again'),
       ('TcpExt', 'TCPTimeouts', 'sockstat_tcp_timeouts_total', '{}', 'Retransmission timeouts'),
       ('TcpExt', 'ListenOverflows', 'sockstat_tcp_listen_overflows_total', '{}', 'Connections refused because an accept queue was full'),
       ('TcpExt', 'ListenDrops', 'sockstat_tcp_listen_drops_total', '{}', 'Connections that listeners dropped for any reason'),
       ('TcpExt', 'TCPRcvQDrop', 'sockstat_tcp_receive_drops_total', '{}', 'TCP packets dropped for want of receive buffer'),
       ('Udp', 'RcvbufErrors', 'sockstat_udp_buffer_errors_total', '{"direction":"receive"}', 'UDP packets dropped for want of buffer'),
       ('Udp', 'SndbufErrors', 'sockstat_udp_buffer_errors_total', '{"direction":"send"}', NULL),
       ('Udp', 'NoPorts', 'sockstat_udp_no_port_total', '{}', 'UDP packets for ports that no socket has'))
SELECT 'sockstat_sockets' AS name, json_object('proto', proto, 'state', state) AS labels, count(*) AS value,
       'Sockets of a protocol in a state' AS help, 'gauge' AS type
  FROM (SELECT proto, state FROM tcp UNION ALL SELECT proto, state FROM udp UNION ALL SELECT proto, state FROM unix)
 GROUP BY proto, state
UNION ALL
SELECT 'sockstat_port_sockets', json_object('proto', iif(place <= :limit, proto, '(other)'), 'port', iif(place <= :limit, port, '(other)'),
                                            'service', iif(place <= :limit, service(port, proto), NULL)),
       sum(n), 'Sockets on a local port that is listened on', 'gauge'
  FROM ports GROUP BY iif(place <= :limit, place, 0)
UNION ALL
SELECT 'sockstat_command_sockets', json_object('command', iif(place <= :limit, command, '(other)')),
       sum(n), 'Sockets that processes of a program hold', 'gauge'
  FROM programs GROUP BY iif(place <= :limit, command, '(other)')
UNION ALL
SELECT 'sockstat_zone_sockets', json_object('zone', iif(place <= :limit, zone, '(other)')), sum(n), 'Sockets of a zone', 'gauge'
  FROM places GROUP BY iif(place <= :limit, zone, '(other)')
UNION ALL
SELECT 'sockstat_accept_queue_connections', json_object('port', iif(place <= :limit, port, '(other)')),
       sum(n), 'Connections that wait for accept, of the listeners of a port', 'gauge'
  FROM queues GROUP BY iif(place <= :limit, place, 0)
UNION ALL
SELECT 'sockstat_accept_queue_limit', json_object('port', iif(place <= :limit, port, '(other)')),
       sum(most), 'Connections that may wait for accept, of the listeners of a port', 'gauge'
  FROM queues GROUP BY iif(place <= :limit, place, 0)
UNION ALL
SELECT 'sockstat_udp_socket_drops', json_object('port', iif(place <= :limit, port, '(other)')),
       sum(n), 'Packets that the present UDP sockets of a port dropped', 'gauge'
  FROM losers GROUP BY iif(place <= :limit, place, 0)
UNION ALL
SELECT c.name, c.labels, n.value, c.help, 'counter'
  FROM counters c JOIN netstats n ON n.protocol = c.protocol AND n.name = c.counter
 ORDER BY name, labels
