package linux

import (
	"slices"

	"github.com/cilium/ebpf/asm"

	"sockstat/mib2"
)

// eventClosed is the kind of all records of connections that ended: how says the rest.
const eventClosed = uint8(mib2.Disconnected)

// eventProgram is what a program that watches sockets is made for.
type eventProgram struct {
	types  eventTypes
	filter mib2.EventFilter
	zone   uint32 // the caller's own

	connections, ring, lost int // maps
}

// Registers of the program. Its arguments are sk, oldstate and newstate.
const (
	eventSock = asm.R6 // struct tcp_sock
	eventKind = asm.R7
	known     = asm.R8 // what is known of the connection; 0 if nothing is
	oldState  = asm.R9
)

// recordAt is where a record lies on the stack.
const recordAt = -eventRecordSize

// watchSockets is the program. The kernel runs it at each change of the state of a socket.
//
// What is known of a connection is kept with its socket until that is given up, so that a
// record tells all of it and few are needed. Of the process only some transitions tell: those
// that it makes itself by connect, listen, close or shutdown. In all others the current
// process is whichever was interrupted.
func (p *eventProgram) watchSockets() asm.Instructions {
	const wanted = 1<<linuxEstablished | 1<<linuxSynSent | 1<<linuxFinWait1 | 1<<linuxClose | 1<<linuxLastAck | 1<<linuxListen
	start := asm.Instructions{
		asm.LoadMem(eventKind, asm.R1, 16, asm.DWord), // the new state
		asm.JGT.Imm(eventKind, linuxListen, "done"),
		asm.Mov.Imm(asm.R2, 1),
		asm.LSh.Reg(asm.R2, eventKind),
		asm.And.Imm(asm.R2, wanted),
		asm.JEq.Imm(asm.R2, 0, "done"),
		asm.LoadMem(oldState, asm.R1, 8, asm.DWord),
		asm.LoadMem(asm.R1, asm.R1, 0, asm.DWord),
		asm.FnSkcToTcpSock.Call(),
		asm.JEq.Imm(asm.R0, 0, "done"), // another protocol
		asm.Mov.Reg(eventSock, asm.R0),
		asm.LoadMem(asm.R1, eventSock, p.types.net, asm.DWord),
		asm.LoadMem(asm.R1, asm.R1, p.types.inum, asm.Word),
		asm.StoreMem(asm.RFP, recordAt+eventZoneAt, asm.R1, asm.Word),
	}
	if !p.filter.AllZones {
		start = append(start,
			asm.LoadImm(asm.R2, int64(p.zone), asm.DWord),
			asm.JNE.Reg(asm.R1, asm.R2, "done"))
	}
	return slices.Concat(start, p.lookUp(), p.process(), p.established(), p.listen(), p.closed(), p.write())
}

// What is kept with a socket is a part of its records. In that it stands so.
const (
	connectionSize = eventCookieAt - eventBeganAt

	knownBegan   = 0
	knownPID     = eventPIDAt - eventBeganAt
	knownOpening = eventOpeningAt - eventBeganAt
	knownCommand = eventCommandAt - eventBeganAt
)

// lookUp looks up what is known of the connection, and begins it unless it is at its end.
func (p *eventProgram) lookUp() asm.Instructions {
	return asm.Instructions{
		asm.JEq.Imm(eventKind, linuxListen, "listen"),
		asm.Mov.Imm(asm.R4, 0),
		asm.JEq.Imm(eventKind, linuxClose, "look up"),
		asm.Mov.Imm(asm.R4, 1), // BPF_SK_STORAGE_GET_F_CREATE, as zeros
		asm.LoadMapPtr(asm.R1, p.connections).WithSymbol("look up"),
		asm.Mov.Reg(asm.R2, eventSock),
		asm.Mov.Imm(asm.R3, 0),
		asm.FnSkStorageGet.Call(),
		asm.Mov.Reg(known, asm.R0),
		asm.JEq.Imm(eventKind, linuxEstablished, "established"),
		asm.JEq.Imm(eventKind, linuxClose, "closed"),
		asm.JEq.Imm(known, 0, "done"), // there is no memory
	}
}

// process notes who connects or closes the socket.
func (p *eventProgram) process() asm.Instructions {
	return slices.Concat(asm.Instructions{
		asm.JNE.Imm(eventKind, linuxSynSent, "closing"),
		asm.FnKtimeGetNs.Call(),
		asm.StoreMem(known, knownBegan, asm.R0, asm.DWord),
		asm.StoreImm(known, knownOpening, int64(mib2.ByConnect), asm.Word),
	}, currentProcess("closing", known, knownPID, knownCommand), asm.Instructions{
		asm.Ja.Label("done"),
	})
}

// currentProcess stores the current process in memory that a register points to.
func currentProcess(symbol string, in asm.Register, pidAt, commandAt int16) asm.Instructions {
	return asm.Instructions{
		asm.FnGetCurrentPidTgid.Call().WithSymbol(symbol),
		asm.RSh.Imm(asm.R0, 32),
		asm.StoreMem(in, pidAt, asm.R0, asm.Word),
		asm.Mov.Reg(asm.R1, in),
		asm.Add.Imm(asm.R1, int32(commandAt)),
		asm.Mov.Imm(asm.R2, 16),
		asm.FnGetCurrentComm.Call(),
	}
}

// writeIfWanted returns the label to go to with an event: where it is written, or the end if nobody
// asks for its kind.
func (p *eventProgram) writeIfWanted(kind mib2.EventKind) string {
	if p.filter.Kinds.Has(kind) {
		return "write"
	}
	return "done"
}

// established tells of a connection, and begins what is known of one that the other side
// asked for.
func (p *eventProgram) established() asm.Instructions {
	opened, accepted := p.writeIfWanted(mib2.Opened), p.writeIfWanted(mib2.Accepted)
	return asm.Instructions{
		asm.Mov.Imm(eventKind, int32(mib2.Opened)).WithSymbol("established"),
		asm.JNE.Imm(oldState, linuxSynRecv, opened),
		asm.JEq.Imm(known, 0, "accepted"),
		asm.LoadMem(asm.R1, known, knownOpening, asm.Word),
		asm.JNE.Imm(asm.R1, 0, opened), // both sides have asked: RFC 9293, figure 8
		asm.FnKtimeGetNs.Call(),
		asm.StoreMem(known, knownBegan, asm.R0, asm.DWord),
		asm.StoreImm(known, knownOpening, int64(mib2.ByAccept), asm.Word),
		asm.Mov.Imm(eventKind, int32(mib2.Accepted)).WithSymbol("accepted"),
		asm.Ja.Label(accepted),
	}
}

// listen tells of a socket that listens, or does no more.
func (p *eventProgram) listen() asm.Instructions {
	listening, unlistened := p.writeIfWanted(mib2.Listening), p.writeIfWanted(mib2.Unlistened)
	return asm.Instructions{
		asm.Mov.Imm(eventKind, int32(mib2.Listening)).WithSymbol("listen"),
		asm.Mov.Imm(known, 0),
		asm.Or.Imm(oldState, eventByCaller),
		asm.Ja.Label(listening),
		asm.Mov.Imm(eventKind, int32(mib2.Unlistened)).WithSymbol("unlisten"),
		asm.Mov.Imm(known, 0),
		asm.Or.Imm(oldState, eventByCaller),
		asm.Ja.Label(unlistened),
	}
}

// closed tells of the end of a connection. Who closes one without FIN does it now, if the
// socket is shut down already.
func (p *eventProgram) closed() asm.Instructions {
	const bothWays = 3 // SHUTDOWN_MASK
	return asm.Instructions{
		asm.JEq.Imm(oldState, linuxListen, "unlisten").WithSymbol("closed"),
		asm.JEq.Imm(oldState, linuxClose, "done"),
		asm.JNE.Imm(oldState, linuxSynRecv, "was connection"),
		asm.JEq.Imm(known, 0, "done"), // it never came to be one
		asm.Mov.Imm(eventKind, int32(eventClosed)).WithSymbol("was connection"),
		asm.LoadMem(asm.R1, eventSock, p.types.shutdown, asm.Byte),
		asm.JNE.Imm(asm.R1, bothWays, "write"),
		asm.LoadMem(asm.R1, eventSock, p.types.err, asm.Word),
		asm.JNE.Imm(asm.R1, 0, "write"),
		asm.JEq.Imm(oldState, linuxEstablished, "by caller"),
		asm.JEq.Imm(oldState, linuxSynSent, "by caller"),
		asm.JNE.Imm(oldState, linuxCloseWait, "write"),
		asm.Or.Imm(oldState, eventByCaller).WithSymbol("by caller"),
	}
}

// write writes a record.
func (p *eventProgram) write() asm.Instructions {
	t := &p.types
	copyTo := func(at int16, from int16, size asm.Size) asm.Instructions {
		return asm.Instructions{
			asm.LoadMem(asm.R1, eventSock, from, size),
			asm.StoreMem(asm.RFP, recordAt+at, asm.R1, size),
		}
	}
	return slices.Concat(p.writeKnown(), p.writeAddresses(),
		copyTo(eventSentAt, t.bytesSent, asm.DWord),
		copyTo(eventReceivedAt, t.bytesReceived, asm.DWord),
		copyTo(eventUIDAt, t.uid, asm.Word),
		copyTo(eventErrAt, t.err, asm.Word),
		copyTo(eventDeviceAt, t.boundDevice, asm.Word),
		copyTo(eventFlagsAt, t.flags, asm.DWord),
		copyTo(eventLocalPort, t.localPort, asm.Half),
		copyTo(eventRemotePort, t.remotePort, asm.Half),
		asm.Instructions{
			asm.StoreMem(asm.RFP, recordAt+eventKindAt, eventKind, asm.Byte),
			asm.StoreMem(asm.RFP, recordAt+eventStateAt, oldState, asm.Byte),
			asm.Mov.Reg(asm.R1, eventSock),
			asm.FnGetSocketCookie.Call(),
			asm.StoreMem(asm.RFP, recordAt+eventCookieAt, asm.R0, asm.DWord),
			asm.FnKtimeGetNs.Call(),
			asm.StoreMem(asm.RFP, recordAt+eventTimeAt, asm.R0, asm.DWord),
		}, p.send())
}

// writeKnown writes what is known of the connection.
func (p *eventProgram) writeKnown() asm.Instructions {
	program := asm.Instructions{asm.JEq.Imm(known, 0, "unknown").WithSymbol("write")}
	for at := int16(0); at < connectionSize; at += 8 {
		program = append(program,
			asm.LoadMem(asm.R1, known, at, asm.DWord),
			asm.StoreMem(asm.RFP, recordAt+eventBeganAt+at, asm.R1, asm.DWord))
	}
	program = append(program, asm.Ja.Label("who"), asm.Mov.Imm(asm.R1, 0).WithSymbol("unknown"))
	for at := int16(0); at < connectionSize; at += 8 {
		program = append(program, asm.StoreMem(asm.RFP, recordAt+eventBeganAt+at, asm.R1, asm.DWord))
	}
	program = append(program,
		asm.Mov.Reg(asm.R1, oldState).WithSymbol("who"),
		asm.And.Imm(asm.R1, eventByCaller),
		asm.JEq.Imm(asm.R1, 0, "ends"))
	return append(program, currentProcess("current", asm.RFP, recordAt+eventPIDAt, recordAt+eventCommandAt)...)
}

// writeAddresses writes the family and the addresses.
func (p *eventProgram) writeAddresses() asm.Instructions {
	t := &p.types
	program := asm.Instructions{
		asm.LoadMem(asm.R2, eventSock, t.family, asm.Half).WithSymbol("ends"),
		asm.StoreMem(asm.RFP, recordAt+eventFamilyAt, asm.R2, asm.Half),
		asm.JEq.Imm(asm.R2, linuxAFInet6, "ipv6"),
	}
	for _, of := range []struct{ to, from int16 }{{eventLocalAt, t.localAddress}, {eventRemoteAt, t.remoteAddress}} {
		program = append(program,
			asm.LoadMem(asm.R1, eventSock, of.from, asm.Word),
			asm.StoreMem(asm.RFP, recordAt+of.to, asm.R1, asm.Word),
			asm.Mov.Imm(asm.R1, 0),
			asm.StoreMem(asm.RFP, recordAt+of.to+4, asm.R1, asm.Word),
			asm.StoreMem(asm.RFP, recordAt+of.to+8, asm.R1, asm.DWord))
	}
	program = append(program, asm.Ja.Label("rest"))
	first := len(program)
	for _, of := range []struct{ to, from int16 }{{eventLocalAt, t.localAddress6}, {eventRemoteAt, t.remoteAddress6}} {
		for at := int16(0); at < 16; at += 8 {
			program = append(program,
				asm.LoadMem(asm.R1, eventSock, of.from+at, asm.DWord),
				asm.StoreMem(asm.RFP, recordAt+of.to+at, asm.R1, asm.DWord))
		}
	}
	program[first] = program[first].WithSymbol("ipv6")
	return append(program, asm.Mov.Imm(asm.R1, 0).WithSymbol("rest"))
}

// send puts the record into the ring, without waking anybody.
func (p *eventProgram) send() asm.Instructions {
	const noWakeup = 1 // BPF_RB_NO_WAKEUP
	return asm.Instructions{
		asm.LoadMapPtr(asm.R1, p.ring),
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, recordAt),
		asm.Mov.Imm(asm.R3, eventRecordSize),
		asm.Mov.Imm(asm.R4, noWakeup),
		asm.FnRingbufOutput.Call(),
		asm.JEq.Imm(asm.R0, 0, "done"),
		asm.LoadMapValue(asm.R1, p.lost, 0),
		asm.Mov.Imm(asm.R2, 1),
		asm.AddAtomic.Mem(asm.R1, asm.R2, asm.DWord, 0),
		asm.Mov.Imm(asm.R0, 0).WithSymbol("done"),
		asm.Return(),
	}
}
