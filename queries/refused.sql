-- What the network refused, dropped or lost since the zone was made, by its counters
WITH meaning(protocol, name, text) AS (VALUES
  ('TcpExt', 'ListenOverflows', 'connections for which an accept queue was full'),
  ('TcpExt', 'ListenDrops', 'connections that a listener dropped, whatever for'),
  ('TcpExt', 'TCPReqQFullDrop', 'handshakes dropped as too many were half-open'),
  ('TcpExt', 'TCPReqQFullDoCookies', 'handshakes answered by a cookie as too many were half-open'),
  ('TcpExt', 'TCPTimeWaitOverflow', 'connections closed without TIME_WAIT as there were too many'),
  ('TcpExt', 'TCPBacklogDrop', 'packets dropped as a busy socket had too many'),
  ('TcpExt', 'TCPRcvQDrop', 'packets dropped as a receive buffer was full'),
  ('TcpExt', 'RcvPruned', 'packets dropped as memory of a socket was short'),
  ('TcpExt', 'TCPAbortOnMemory', 'connections ended as memory was short'),
  ('TcpExt', 'TCPAbortOnTimeout', 'connections ended as the peer did not answer'),
  ('TcpExt', 'TCPAbortOnData', 'connections closed by the process with data unread'),
  ('Tcp', 'AttemptFails', 'handshakes that failed'),
  ('Tcp', 'EstabResets', 'connections that were reset'),
  ('Tcp', 'RetransSegs', 'segments sent again'),
  ('Tcp', 'InErrs', 'segments that were bad'),
  ('Udp', 'NoPorts', 'datagrams to ports where nobody was'), ('Udp6', 'NoPorts', 'datagrams to ports where nobody was'),
  ('Udp', 'RcvbufErrors', 'datagrams dropped as a receive buffer was full'), ('Udp6', 'RcvbufErrors', 'datagrams dropped as a receive buffer was full'),
  ('Udp', 'SndbufErrors', 'datagrams not sent as a send buffer was full'), ('Udp6', 'SndbufErrors', 'datagrams not sent as a send buffer was full'),
  ('Ip', 'InDiscards', 'packets discarded'), ('Ip6', 'InDiscards', 'packets discarded'),
  ('Ip', 'OutNoRoutes', 'packets without a route'), ('Ip6', 'OutNoRoutes', 'packets without a route'))
SELECT n.protocol, n.name, n.value, m.text AS meaning, n.zone
  FROM meaning m JOIN netstats n ON n.protocol = m.protocol AND n.name = m.name
 WHERE n.value > 0
 ORDER BY n.zone, n.value DESC, n.protocol, n.name
