package vtab

import (
	"context"
	"strconv"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/engine"
)

// process is a row of processes.
type process struct {
	proc.Process
	names *processNames
}

// processNames are the names of what processes know by number.
type processNames struct {
	users map[uint32]string
	zones map[uint64]string
}

// Processes is the table of processes.
var Processes = &engine.Spec[process]{
	Name: "processes",
	Doc:  "Processes of this machine",
	Rows: 500,
	Columns: whereRead([]engine.Column[process]{
		{Name: "pid", Type: engine.Integer, Pushed: true, Doc: "Process id; joins sockets.pid",
			Get: func(p *process) engine.Value { return engine.Int(p.PID) }},
		{Name: "ppid", Type: engine.Integer, Part: uint64(proc.PartStat), Doc: "Process id of the parent",
			Get: func(p *process) engine.Value { return engine.Int(p.PPID) }},
		{Name: "pgid", Type: engine.Integer, Part: uint64(proc.PartStat), Doc: "Process group id",
			Get: func(p *process) engine.Value { return engine.Int(p.PGID) }},
		{Name: "sid", Type: engine.Integer, Part: uint64(proc.PartStat), Doc: "Session id",
			Get: func(p *process) engine.Value { return engine.Int(p.SID) }},
		{Name: "name", Type: engine.Text, Doc: "Name of the program, cut to 15 bytes",
			Get: func(p *process) engine.Value { return engine.String(p.Name) }},
		{Name: "args", Type: engine.Text, Part: uint64(proc.PartArgs), Doc: "Arguments, the program first; NULL if it has none, as kernel threads",
			Get: func(p *process) engine.Value { return engine.NonEmpty(p.Args) }},
		{Name: "exe", Type: engine.Text, Part: uint64(proc.PartExe), Doc: "File of the program",
			Get: func(p *process) engine.Value { return engine.NonEmpty(p.Exe) }},
		{Name: "cwd", Type: engine.Text, Part: uint64(proc.PartCwd), Doc: "Working directory",
			Get: func(p *process) engine.Value { return engine.NonEmpty(p.Cwd) }},
		{Name: "uid", Type: engine.Integer, Part: uint64(proc.PartStatus), Doc: "Real user id",
			Get: func(p *process) engine.Value { return engine.Int(p.UID) }},
		{Name: "euid", Type: engine.Integer, Part: uint64(proc.PartStatus), Doc: "Effective user id",
			Get: func(p *process) engine.Value { return engine.Int(p.EUID) }},
		{Name: "gid", Type: engine.Integer, Part: uint64(proc.PartStatus), Doc: "Real group id",
			Get: func(p *process) engine.Value { return engine.Int(p.GID) }},
		{Name: "user", Type: engine.Text, Part: uint64(proc.PartStatus), Doc: "Name of the real user, the user id if it has none",
			Get: func(p *process) engine.Value { return userOf(&p.Process, p.names.users) }},
		{Name: "state", Type: engine.Text, Part: uint64(proc.PartStat), Doc: "running, sleeping, disk sleep, stopped, zombie, idle and others",
			Get: func(p *process) engine.Value { return engine.NonEmpty(p.State.String()) }},
		{Name: "tty", Type: engine.Text, Part: uint64(proc.PartStat), Doc: "Controlling terminal; NULL if none",
			Get: func(p *process) engine.Value { return engine.NonEmpty(p.TTY) }},
		{Name: "start_time", Type: engine.Integer, Part: uint64(proc.PartStat), Doc: "When it started, in seconds since 1970 (Unix time)",
			Get: func(p *process) engine.Value {
				if p.Start.IsZero() {
					return engine.Null()
				}
				return engine.Int(p.Start.Unix())
			}},
		{Name: "threads", Type: engine.Integer, Part: uint64(proc.PartStat), Doc: "Number of threads",
			Get: func(p *process) engine.Value { return engine.Int(p.Threads) }},
		{Name: "nice", Type: engine.Integer, Part: uint64(proc.PartStat), Doc: "Nice value, from -20 (most favoured) to 19",
			Get: func(p *process) engine.Value {
				if p.Nice == proc.NoNice {
					return engine.Null()
				}
				return engine.Int(p.Nice)
			}},
		{Name: "cpu_ms", Type: engine.Integer, Part: uint64(proc.PartStat), Doc: "Processor time used, user and system, in milliseconds",
			Get: func(p *process) engine.Value { return engine.Int(p.CPU.Milliseconds()) }},
		{Name: "vsize", Type: engine.Integer, Part: uint64(proc.PartStat), Doc: "Virtual memory in bytes",
			Get: func(p *process) engine.Value { return engine.Uint(p.VSize) }},
		{Name: "rss", Type: engine.Integer, Part: uint64(proc.PartStat), Doc: "Resident memory in bytes",
			Get: func(p *process) engine.Value { return engine.Uint(p.RSS) }},
		{Name: "fd_count", Type: engine.Integer, Part: uint64(proc.PartFDs), Doc: "Number of open file descriptors",
			Get: func(p *process) engine.Value { return engine.Int(p.FDCount) }},
		{Name: "fd_limit", Type: engine.Integer, Part: uint64(proc.PartLimits), Doc: "Most file descriptors it may open; NULL if there is no limit",
			Get: func(p *process) engine.Value {
				if p.FDLimit == proc.NoLimit {
					return engine.Null()
				}
				return engine.Uint(p.FDLimit)
			}},
		{Name: "zone", Type: engine.Text, Part: uint64(proc.PartZone), Doc: "Zone it runs in, on Linux the network namespace; joins zones.name",
			Get: func(p *process) engine.Value { return p.zone() }},
		{Name: "cgroup", Type: engine.Text, Part: uint64(proc.PartCgroup), Doc: "Control group",
			Get: func(p *process) engine.Value { return engine.NonEmpty(p.Cgroup) }},
		{Name: "unit", Type: engine.Text, Part: uint64(proc.PartCgroup), Doc: "Unit of systemd it belongs to",
			Get: func(p *process) engine.Value { return engine.NonEmpty(proc.Unit(p.Cgroup)) }},
		{Name: "container", Type: engine.Text, Part: uint64(proc.PartCgroup), Doc: "Short id or name of the container it runs in",
			Get: func(p *process) engine.Value { return engine.NonEmpty(proc.Container(p.Cgroup)) }},
	}),
	Open: openProcesses,
}

// whereRead makes the getters return NULL where the part they need could not be read.
func whereRead(columns []engine.Column[process]) []engine.Column[process] {
	for i, c := range columns {
		columns[i].Get = func(p *process) engine.Value {
			if uint64(p.Has)&c.Part != c.Part {
				return engine.Null()
			}
			return c.Get(p)
		}
	}
	return columns
}

func (p *process) zone() engine.Value {
	if name := p.names.zones[p.Zone]; name != "" {
		return engine.String(name)
	}
	if mib2.HasOrigin() {
		return zoneOf(&p.Process, p.names.zones)
	}
	return engine.String("netns:" + strconv.FormatUint(p.Zone, 10)) // began after the zones were read
}

func openProcesses(ctx context.Context, q *engine.Query) (engine.Reader[process], error) {
	if mib2.Replaying() { // those of this machine have nothing to do with its sockets
		return &list[process]{}, nil
	}
	names, err := newProcessNames(ctx, q)
	if err != nil {
		return nil, err
	}
	r, err := proc.Processes(ctx, singles(q, "pid"), proc.Parts(q.Parts()))
	return &processReader{r, names, nil}, err
}

func newProcessNames(ctx context.Context, q *engine.Query) (n *processNames, err error) {
	n = &processNames{zones: map[uint64]string{}}
	if q.Uses("user") {
		if n.users, err = proc.UserNames(); err != nil {
			return nil, err
		}
	}
	if q.Uses("zone") {
		zones, err := proc.Zones(ctx)
		if err != nil {
			return nil, err
		}
		for _, z := range zones {
			n.zones[z.ID] = z.Name
		}
	}
	return n, nil
}

// processReader adds names to what package proc reads.
type processReader struct {
	proc.ProcessReader
	names *processNames
	batch []proc.Process
}

func (r *processReader) Read(dst []process) (rows []process, err error) {
	r.batch, err = r.ProcessReader.Read(r.batch[:0])
	for _, p := range r.batch {
		dst = append(dst, process{p, r.names})
	}
	return dst, err
}
