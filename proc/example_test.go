package proc_test

import (
	"errors"
	"fmt"

	"sockstat/proc"
)

// Holders can be made of rows: of what a test or a saved file has.
func ExampleNewSocketHolders() {
	holders := proc.NewSocketHolders([]proc.Held{
		{Inode: 4711, Holder: proc.Holder{PID: 80, FD: 3}},
		{Inode: 4711, Holder: proc.Holder{PID: 81, FD: 3}},
		{Inode: 4711, Holder: proc.Holder{PID: 81, FD: 9}}, // the same socket once more
	}, 0)
	for _, holder := range holders.Of(proc.Endpoint{Inode: 4711}) {
		fmt.Println("process", holder.PID, "descriptor", holder.FD)
	}
	// Output:
	// process 80 descriptor 3
	// process 81 descriptor 3
}

// On illumos a TCP and a UDP socket may have the same inode.
func ExampleNewEndpointHolders() {
	tcp := proc.Endpoint{Inode: 4711, Type: proc.TypeStream, Family: proc.FamilyInet}
	udp := proc.Endpoint{Inode: 4711, Type: proc.TypeDatagram, Family: proc.FamilyInet}
	holders := proc.NewEndpointHolders([]proc.HeldEndpoint{
		{Endpoint: tcp, Holder: proc.Holder{PID: 80, FD: 3}},
		{Endpoint: udp, Holder: proc.Holder{PID: 53, FD: 4}},
	}, 0)
	fmt.Println(holders.Of(udp))
	// Output: [{53 4}]
}

func ExampleUnsupported() {
	var zones proc.Zones = proc.Unsupported
	_, err := zones.OwnZone()
	fmt.Println(errors.Is(err, proc.ErrUnsupported))
	// Output: true
}

func ExampleUnit() {
	fmt.Println(proc.Unit("/system.slice/ssh.service"))
	// Output: ssh.service
}

func ExampleContainerOf() {
	c := proc.ContainerOf("/kubepods/burstable/pod7e0bb5d4-1111-2222-3333-444455556666/crio-4c01db0b339c4c01db0b339c4c01db0b339c4c01db0b339c4c01db0b339c4c01")
	fmt.Println(c.Name, c.Runtime, c.Pod)
	// Output: 4c01db0b339c cri-o 7e0bb5d4-1111-2222-3333-444455556666
}

func ExampleUserNames() {
	names := proc.UserNames([]proc.User{{Name: "root", UID: 0}, {Name: "toor", UID: 0}})
	fmt.Println(names[0])
	// Output: root
}
