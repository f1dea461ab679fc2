-- Number of sockets per protocol and state
SELECT proto, state, count(*) AS sockets FROM tcp GROUP BY proto, state
UNION ALL
SELECT proto, state, count(*) FROM udp GROUP BY proto, state
 ORDER BY proto, sockets DESC, state
