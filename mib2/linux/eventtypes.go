package linux

import (
	"errors"

	"sockstat/internal/bpf"
)

// eventTypes is what a BPF program that watches sockets needs to know of the running kernel:
// the offsets in struct tcp_sock of members of that and of the structures it begins with.
type eventTypes struct {
	tracepoint uint32 // type of inet_sock_set_state

	net, inum int16 // of the network namespace, and of its inode's number in that

	family, remotePort, remoteAddress, localAddress   int16 // of struct sock_common
	remoteAddress6, localAddress6, boundDevice, flags int16
	localPort                                         int16 // of struct inet_sock: stays when the socket is unbound
	shutdown, err, uid                                int16 // of struct sock
	bytesSent, bytesReceived                          int16
}

var errArguments = errors.New("BTF has inet_sock_set_state with other arguments")

// findEventTypes looks into the kernel's BTF.
func findEventTypes(b *bpf.Types) (types eventTypes, err error) {
	tracepoint, arguments, err := b.Tracepoint("inet_sock_set_state")
	if err != nil {
		return eventTypes{}, err
	}
	if len(arguments) != 3 { // sk, oldstate, newstate
		return eventTypes{}, errArguments
	}
	types.tracepoint = tracepoint
	tcp, err := b.Structure("tcp_sock")
	if err != nil {
		return eventTypes{}, err
	}
	inet := []string{"inet_conn", "icsk_inet"}
	sock := append(inet[:2:2], "sk")
	common := append(sock[:3:3], "__sk_common")
	for _, of := range []struct {
		to   *int16
		size uint32
		in   []string
		name []string
	}{
		{&types.net, bpf.APointer, common, []string{"skc_net", "net"}},
		{&types.family, 2, common, []string{"skc_family"}},
		{&types.remotePort, 2, common, []string{"skc_dport"}},
		{&types.remoteAddress, 4, common, []string{"skc_daddr"}},
		{&types.localAddress, 4, common, []string{"skc_rcv_saddr"}},
		{&types.remoteAddress6, bpf.AStruct, common, []string{"skc_v6_daddr"}},
		{&types.localAddress6, bpf.AStruct, common, []string{"skc_v6_rcv_saddr"}},
		{&types.boundDevice, 4, common, []string{"skc_bound_dev_if"}},
		{&types.localPort, 2, inet, []string{"inet_sport"}},
		{&types.shutdown, 1, sock, []string{"sk_shutdown"}},
		{&types.err, 4, sock, []string{"sk_err"}},
		{&types.flags, 8, common, []string{"skc_flags"}},
		{&types.uid, 4, sock, []string{"sk_uid", "val"}},
		{&types.bytesSent, 8, nil, []string{"bytes_sent"}},
		{&types.bytesReceived, 8, nil, []string{"bytes_received"}},
	} {
		if *of.to, err = b.Offset(tcp, of.size, append(of.in[:len(of.in):len(of.in)], of.name...)...); err != nil {
			return eventTypes{}, err
		}
	}
	namespace, err := b.Structure("net")
	if err != nil {
		return eventTypes{}, err
	}
	if types.inum, err = b.Offset(namespace, 4, "ns", "inum"); err != nil {
		return eventTypes{}, err
	}
	return types, nil
}
