-- Half-open TCP connections: handshakes that were begun and not finished, per port
SELECT iif(state = 'SYN_RCVD', 'in', 'out') AS direction, iif(state = 'SYN_RCVD', local_port, remote_port) AS port,
       count(*) AS connections, count(DISTINCT remote_address) AS peers, min(remote_address) AS a_peer,
       max(retransmits) AS retransmits, zone
  FROM tcp
 WHERE state IN ('SYN_RCVD', 'SYN_SENT')
 GROUP BY state, port, zone
 ORDER BY connections DESC, direction, port, zone
