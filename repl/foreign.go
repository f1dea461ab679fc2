package repl

import (
	"strings"
	"sync"
)

// foreign are words of osquery, ss, netstat, lsof, FreeBSD and psutil for what has another name
// here, each line the words and then, behind the colon, the columns or tables: those of them that
// there are, of the table at hand, are meant.

// foreignColumns are such words for columns.
var foreignColumns = words(`
	protocol transport netid type_of_socket: proto label type
	port ports: local_port remote_port
	local_addr localaddr laddr lip local_ip local_host src saddr source source_address source_ip src_ip src_addr bind_address listen_address listening_address: local_address address
	remote_addr remoteaddr raddr rip remote_ip remote_host foreign foreign_address foreign_addr faddr peer peer_address peer_addr peer_ip dst dest daddr destination destination_address destination_ip dst_ip dst_addr: remote_address
	lport localport sport src_port source_port listen_port listening_port: local_port
	rport remoteport dport fport dst_port dest_port destination_port foreign_port peer_port: remote_port
	address addr ip ip_address host hostname: local_address remote_address
	local_addr_port local_end laddress: local
	foreign_end: remote
	path sun_path unix_path name socket_path: path local remote
	process process_name proc procname prog program program_name progname comm cmd executable application app: command name
	name process: command
	cmdline command_line commandline arguments argv arg full_command: args
	username user_name uname owner login account: user
	userid user_id euid owner_uid: uid
	process_id processid pids tgid: pid
	parent parent_pid parent_process: ppid
	pgroup pgrp: pgid
	status st tcp_state con_state conn_state connection_state socket_state: state
	filedescriptor file_descriptor descriptor fds socket_fd: fd
	ino node socket sock socket_inode inode_number: inode
	sk socket_cookie sock_cookie: cookie
	recvq rx_queue rxq recv_queue receive_queue rq: recv_q
	sendq tx_queue txq send_queue sq: send_q
	netns net_namespace network_namespace namespace ns nsid jail jid zoneid zone_id zonename: zone
	iface ifname dev device nic if_name interface_name: interface
	rtt srtt round_trip_time latency: rtt_us
	rttvar: rttvar_us
	cwnd congestion_window: snd_cwnd
	retrans retransmissions retransmit retrans_total rexmit: total_retrans retransmits
	cong cc cc_algo congestion_control congestion_algorithm ca_algorithm stack: congestion
	family_name af address_family ip_version ipversion version: family
	rcv_buf rb so_rcvbuf receive_buffer: rcvbuf
	snd_buf sb so_sndbuf send_buffer: sndbuf
	resident_size resident memory mem: rss
	total_size virtual_size vsz: vsize
	started start start_ts create_time created: start_time
	cpu cpu_time user_time: cpu_ms
	num_fds open_files nfds: fd_count
	max_fds fd_max: fd_limit
	systemd_unit service_unit: unit
	container_id container_name docker: container
	backlog_limit listen_backlog qlen max_backlog: backlog_max
	queue qsize: recv_q send_q
`)

// foreignTables are such words for tables.
var foreignTables = words(`
	open_sockets listening_sockets open_ports connections connection conns conn net_connections netstat ss lsof fuser listeners listening listen inet inet4 inet6 ports: sockets
	socket_events bpf_socket_events: events sockets
	tcp4 tcp6 tcp46 tcp_connections tcp_sockets tcp_info tcpinfo tcpcb inetcb established: tcp
	udp4 udp6 udp46 udp_sockets datagrams: udp
	unix_sockets unixsockets unix_domain_sockets local_sockets stream dgram seqpacket seqpac: unix
	ps process proc procs tasks running_processes: processes
	passwd accounts login logins: users
	namespaces network_namespaces netns containers docker_containers jails jls: zones
	etc_services service: services
	interface_details ifconfig ifaddrs links nics devices: interfaces
	interface_addresses ip_addresses addrs: addresses
	snmp nstat statistics counters mib mibs netstat_s: netstats
	route routing_table routing: routes
	arp arp_cache neighbours ndp: neighbors
	sqlite_tables tables table_list information_schema schema: sockstat_tables
`)

// foreignFunctions are names of functions elsewhere for those of SQLite.
var foreignFunctions = words(`
	len char_length character_length octet_length: length
	now getdate sysdate current_time_ms: unixepoch datetime
	nvl isnull ifnil zeroifnull: ifnull coalesce
	if decode: iif
	to_char date_format to_timestamp from_unixtime: strftime datetime
	listagg array_agg collect_list: group_concat
	left right mid: substr
	lcase: lower
	ucase: upper
	strpos locate position charindex: instr
	regexp_like rlike regexp_matches: regexp
	inet_aton inet6_aton ip_to_int: ip
	in_cidr cidr_contains ip_in_network inet_contains in_network: cidr
	getservbyport service_name port_name: service
	format_bytes bytes_to_human pretty_bytes pg_size_pretty humanize: human
	quantile percentile_approx approx_percentile: percentile
	std stddev_pop: stddev
	greatest: max
	least: min
	ceil_div: ceil
`)

// words returns what reads lines of "word …: name …", when it is first asked: most runs of the
// program never do. It returns the names of a word.
func words(lines string) func(word string) []string {
	all := sync.OnceValue(func() map[string][]string {
		all := map[string][]string{}
		for line := range strings.Lines(lines) {
			from, to, _ := strings.Cut(line, ":")
			for word := range strings.FieldsSeq(from) {
				all[word] = append(all[word], strings.Fields(to)...)
			}
		}
		return all
	})
	return func(word string) []string { return all()[strings.ToLower(word)] }
}
