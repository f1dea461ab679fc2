// Load opens TCP sockets on the loopback address in many processes and waits: something
// to list for benchmarks. Each process has one listener and connections to it, both ends
// of which it holds. It says "ready" when all sockets are there and ends with its
// standard input, or by a signal.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("load: ")
	processes := flag.Int("processes", 100, "number of processes")
	connections := flag.Int("connections", 306, "connections of each process, two sockets each")
	child := flag.Bool("child", false, "be one of the processes")
	flag.Parse()
	if *child {
		open(*connections)
		return
	}
	var inputs []io.Closer
	for range *processes {
		cmd := exec.Command(os.Args[0], "-child", fmt.Sprint("-connections=", *connections))
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		check(err)
		inputs = append(inputs, in)
		out, err := cmd.StdoutPipe()
		check(err)
		check(cmd.Start())
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			log.Fatal("a process did not get ready")
		}
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	for _, in := range inputs {
		in.Close()
	}
}

// open opens the sockets of one process and waits for the end of standard input. They
// send no keepalive probes: those of tens of thousands take time from what is measured.
func open(connections int) {
	quiet := net.ListenConfig{KeepAlive: -1}
	l, err := quiet.Listen(context.Background(), "tcp", "127.0.0.1:0")
	check(err)
	dialer := net.Dialer{KeepAlive: -1}
	kept := make([]net.Conn, 0, 2*connections)
	for range connections {
		client, err := dialer.Dial("tcp", l.Addr().String())
		check(err)
		server, err := l.Accept()
		check(err)
		kept = append(kept, client, server)
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	for _, c := range kept {
		c.(*net.TCPConn).SetLinger(0) // no TIME_WAIT
		c.Close()
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
