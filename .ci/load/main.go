// Load opens sockets in many processes and waits: something to list for benchmarks. Each
// process has a TCP listener on the loopback address and connections to it, both ends of which
// it holds, and likewise a Unix listener if such connections are asked for. It says "ready"
// when all sockets are there and ends with its standard input, or by a signal.
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
	"syscall"
)

// of is what each process has.
type of struct {
	connections int // of TCP, two sockets each
	unix        int // the same of Unix sockets
	bound       int // TCP sockets that are bound, and neither listen nor are connected
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("load: ")
	var each of
	processes := flag.Int("processes", 100, "number of processes")
	flag.IntVar(&each.connections, "connections", 306, "connections of each process, two sockets each")
	flag.IntVar(&each.unix, "unix", 0, "Unix connections of each process, two sockets each")
	flag.IntVar(&each.bound, "bound", 0, "sockets of each process that are only bound")
	idle := flag.Int("idle", 0, "number of processes besides that hold nothing")
	child := flag.Bool("child", false, "be one of the processes")
	flag.Parse()
	if *child {
		each.open()
		return
	}
	var inputs []io.Closer
	for range *processes {
		inputs = append(inputs, each.start())
	}
	for range *idle {
		check(sleeping().Start())
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	for _, in := range inputs {
		in.Close()
	}
}

// start starts a process and waits until its sockets are there. It ends when what is returned
// is closed.
func (o *of) start() io.Closer {
	cmd := exec.Command(os.Args[0], "-child", fmt.Sprint("-connections=", o.connections), fmt.Sprint("-unix=", o.unix), fmt.Sprint("-bound=", o.bound))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	check(err)
	out, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		log.Fatal("a process did not get ready")
	}
	return in
}

// sleeping returns a process that ends with this one, and takes less memory than one of Go.
func sleeping() *exec.Cmd {
	cmd := exec.Command("sleep", "infinity")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// open opens the sockets of one process and waits for the end of standard input. They
// send no keepalive probes: those of tens of thousands take time from what is measured.
func (o *of) open() {
	quiet := net.ListenConfig{KeepAlive: -1}
	l, err := quiet.Listen(context.Background(), "tcp", "127.0.0.1:0")
	check(err)
	defer l.Close()
	kept := connect(l, o.connections)
	if o.unix > 0 {
		l, err := quiet.Listen(context.Background(), "unix", fmt.Sprintf("@sockstat-load-%d", os.Getpid()))
		check(err)
		defer l.Close()
		kept = append(kept, connect(l, o.unix)...)
	}
	for range o.bound {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
		check(err)
		check(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	for _, c := range kept {
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0) // no TIME_WAIT
		}
		c.Close()
	}
}

// connect makes connections to a listener and returns both ends of each.
func connect(l net.Listener, connections int) []net.Conn {
	dialer := net.Dialer{KeepAlive: -1}
	kept := make([]net.Conn, 0, 2*connections)
	for range connections {
		client, err := dialer.Dial(l.Addr().Network(), l.Addr().String())
		check(err)
		server, err := l.Accept()
		check(err)
		kept = append(kept, client, server)
	}
	return kept
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
