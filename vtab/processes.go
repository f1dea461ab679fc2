package vtab

import (
	"context"
	"slices"

	"sockstat/proc"
	"sockstat/vtab/table"
)

// process is a row of processes.
type process struct {
	proc.Process
	names *processNames
}

// processNames are the names of what processes know by number.
type processNames struct {
	machine *Machine
	users   map[uint32]string
	zones   map[uint64]string

	listeners *listeners // nil unless asked for
}

// processes declares the table of processes.
func (m *Machine) processes() *table.Spec[process] {
	return &table.Spec[process]{
		Name: processesName, Doc: "Processes of this machine", Rows: 500, Columns: table.Showing(processesShown, keptProcess(processColumns)), Open: m.openProcesses,
	}
}

const processesName = "processes"

// processesShown are the columns of processes that SELECT * shows.
const processesShown = "pid ppid name args exe uid user state start_time threads cpu_ms rss fd_count fd_limit sockets zone unit container runtime pod"

// processColumns are the columns of processes. Their parts are those of package proc.
var processColumns = whereRead(slices.Concat([]table.Column[process]{
	{Name: "pid", Type: table.Integer, Pushed: true, Doc: "Process id; joins sockets.pid",
		Get: func(p *process) table.Value { return table.Int(p.PID) }},
	{Name: "ppid", Type: table.Integer, Part: table.Parts(proc.PartStat), Doc: "Process id of the parent",
		Get: func(p *process) table.Value { return table.Int(p.PPID) }},
	{Name: "pgid", Type: table.Integer, Part: table.Parts(proc.PartStat), Doc: "Process group id",
		Get: func(p *process) table.Value { return table.Int(p.PGID) }},
	{Name: "sid", Type: table.Integer, Part: table.Parts(proc.PartStat), Doc: "Session id",
		Get: func(p *process) table.Value { return table.Int(p.SID) }},
	{Name: "name", Type: table.Text, Doc: "Name of the program, cut to 15 bytes",
		Get: func(p *process) table.Value { return table.String(p.Name) }},
	{Name: "args", Type: table.Text, Part: table.Parts(proc.PartArgs), Doc: "Arguments, the program first; … at the end if there are more than 131,072 bytes; NULL if it has none, as kernel threads",
		Get: func(p *process) table.Value { return table.NonEmpty(p.Args) }},
	{Name: "exe", Type: table.Text, Part: table.Parts(proc.PartExe), Doc: "File of the program",
		Get: func(p *process) table.Value { return table.NonEmpty(p.Exe) }},
	{Name: "exe_deleted", Type: table.Integer, Part: table.Parts(proc.PartExe), Doc: "1 if that file was deleted or replaced, as by an update, and the process runs the old one",
		Get: func(p *process) table.Value { return table.Bool(p.ExeDeleted) }},
	{Name: "cwd", Type: table.Text, Part: table.Parts(proc.PartCwd), Doc: "Working directory",
		Get: func(p *process) table.Value { return table.NonEmpty(p.Cwd) }},
	{Name: "uid", Type: table.Integer, Part: table.Parts(proc.PartStatus), Doc: "Real user id",
		Get: func(p *process) table.Value { return table.Int(p.UID) }},
	{Name: "euid", Type: table.Integer, Part: table.Parts(proc.PartStatus), Doc: "Effective user id",
		Get: func(p *process) table.Value { return table.Int(p.EUID) }},
	{Name: "gid", Type: table.Integer, Part: table.Parts(proc.PartStatus), Doc: "Real group id",
		Get: func(p *process) table.Value { return table.Int(p.GID) }},
	{Name: "user", Type: table.Text, Part: table.Parts(proc.PartStatus), Doc: "Name of the real user, the user id if it has none",
		Get: func(p *process) table.Value { return userOf(&p.Process, p.names.users) }},
	{Name: "state", Type: table.Text, Part: table.Parts(proc.PartStat), Doc: "running, sleeping, disk sleep, stopped, zombie, idle and others",
		Values: processStates(), Get: func(p *process) table.Value { return table.NonEmpty(p.State.String()) }},
	{Name: "tty", Type: table.Text, Part: table.Parts(proc.PartStat), Doc: "Controlling terminal; NULL if none",
		Get: func(p *process) table.Value { return table.NonEmpty(p.TTY) }},
	{Name: "start_time", Type: table.Integer, Part: table.Parts(proc.PartStat), Doc: "When it started, in seconds since 1970 (Unix time)",
		Get: func(p *process) table.Value {
			if p.Start.IsZero() {
				return table.Null()
			}
			return table.Int(p.Start.Unix())
		}},
	{Name: "threads", Type: table.Integer, Part: table.Parts(proc.PartStat), Doc: "Number of threads",
		Get: func(p *process) table.Value { return table.Int(p.Threads) }},
	{Name: "nice", Type: table.Integer, Part: table.Parts(proc.PartStat), Doc: "Nice value, from -20 (most favoured) to 19",
		Get: func(p *process) table.Value {
			if p.Nice == proc.NoNice {
				return table.Null()
			}
			return table.Int(p.Nice)
		}},
	{Name: "cpu_ms", Type: table.Integer, Part: table.Parts(proc.PartStat), Doc: "Processor time used, user and system, in milliseconds",
		Get: func(p *process) table.Value { return table.Int(p.CPU.Milliseconds()) }},
	{Name: "vsize", Type: table.Integer, Part: table.Parts(proc.PartStat), Doc: "Virtual memory in bytes",
		Get: func(p *process) table.Value { return table.Uint(p.VSize) }},
	{Name: "rss", Type: table.Integer, Part: table.Parts(proc.PartStat), Doc: "Resident memory in bytes",
		Get: func(p *process) table.Value { return table.Uint(p.RSS) }},
	{Name: "fd_count", Type: table.Integer, Part: table.Parts(proc.PartFDs), Doc: "Number of open file descriptors",
		Get: func(p *process) table.Value { return table.Int(p.FDCount) }},
	{Name: "fd_limit", Type: table.Integer, Part: table.Parts(proc.PartLimits), Doc: "Most file descriptors it may open; NULL if there is no limit",
		Get: func(p *process) table.Value {
			if p.FDLimit == proc.NoLimit {
				return table.Null()
			}
			return table.Uint(p.FDLimit)
		}},
	{Name: "sockets", Type: table.Integer, Part: table.Parts(proc.PartSockets), Doc: "Number of open file descriptors that are sockets; NULL if not known",
		Get: func(p *process) table.Value { return table.Int(p.Sockets) }},
	{Name: "listens", Type: table.Integer, Part: table.Parts(proc.PartSockets | proc.PartZone), Doc: "Number of sockets it holds that listen, of TCP, Unix and others; NULL if not known, as in a zone that is not read",
		Get: func(p *process) table.Value { return p.names.listeners.of(&p.Process) }},
	{Name: "zone", Type: table.Text, Part: table.Parts(proc.PartZone), Doc: "Zone it runs in, on Linux the network namespace; joins zones.name",
		Get: func(p *process) table.Value { return p.names.machine.zoneOf(&p.Process, p.names.zones) }},
	{Name: "cgroup", Type: table.Text, Part: table.Parts(proc.PartCgroup), Doc: "Control group",
		Get: func(p *process) table.Value { return table.NonEmpty(p.Cgroup) }},
	{Name: "unit", Type: table.Text, Part: table.Parts(proc.PartCgroup), Doc: "Unit of systemd it belongs to",
		Get: func(p *process) table.Value { return table.NonEmpty(proc.Unit(p.Cgroup)) }},
	{Name: "container", Type: table.Text, Part: table.Parts(proc.PartCgroup), Doc: "Container it runs in: 12 digits of the id, or the name; NULL if none",
		Get: func(p *process) table.Value { return table.NonEmpty(p.Container.Name) }},
	{Name: "runtime", Type: table.Text, Part: table.Parts(proc.PartCgroup), Doc: "What runs the container: docker, podman, containerd, cri-o, lxc, nspawn and others; kubernetes if just that is known",
		Get: func(p *process) table.Value { return table.NonEmpty(p.Container.Runtime) }},
	{Name: "pod", Type: table.Text, Part: table.Parts(proc.PartCgroup), Doc: "UID of its Kubernetes pod, or 12 digits of the id of podman's",
		Get: func(p *process) table.Value { return table.NonEmpty(p.Container.Pod) }},
}, foreignProcessColumns))

// whereRead makes the getters return NULL where the part they need could not be read.
func whereRead(columns []table.Column[process]) []table.Column[process] {
	for i, c := range columns {
		columns[i].Get = func(p *process) table.Value {
			if table.Parts(p.Has)&c.Part != c.Part {
				return table.Null()
			}
			return c.Get(p)
		}
	}
	return columns
}

func (m *Machine) openProcesses(ctx context.Context, q *table.Query) (table.Reader[process], error) {
	if m.Processes == nil {
		return &table.List[process]{}, nil
	}
	names, err := m.newProcessNames(ctx, q)
	if err != nil {
		return nil, err
	}
	r, err := m.Processes.Processes(ctx, singles(q, "pid"), proc.Parts(q.Parts()))
	return &processReader{ProcessReader: r, ctx: ctx, names: names, query: q}, err
}

func (m *Machine) newProcessNames(ctx context.Context, q *table.Query) (n *processNames, err error) {
	n = &processNames{machine: m}
	if q.Uses("user") {
		if n.users, err = m.userNames(q); err != nil {
			return nil, err
		}
	}
	if q.Uses("listens") {
		n.listeners, err = m.findListeners(ctx, q)
	}
	return n, err
}

// processReader adds names to what package proc reads.
type processReader struct {
	proc.ProcessReader
	ctx   context.Context
	names *processNames
	query *table.Query
	batch []proc.Process
	own   *proc.Zone // once it is known
	named bool       // the names of all zones are known
}

func (r *processReader) Read(dst []process) (rows []process, err error) {
	r.batch, err = r.ProcessReader.Read(r.batch[:0])
	if len(r.batch) > 0 && r.query.Uses("zone") {
		if err := r.nameZones(); err != nil {
			return dst, err
		}
	}
	for _, p := range r.batch {
		dst = append(dst, process{p, r.names})
	}
	return dst, err
}

// nameZones sees to it that the zones of the processes that were read have names. To list all
// zones is to look at every process once more, which can be spared where each is in the caller's
// own. Rows that were given out keep the names that they have.
func (r *processReader) nameZones() (err error) {
	if r.named {
		return nil
	}
	m := r.names.machine
	if r.own == nil {
		own, err := m.ownZone()
		if err != nil && !isUnseen(err) {
			return err
		}
		r.own, r.names.zones = &own, map[uint64]string{own.ID: own.Name}
	}
	if r.own.Name != "" && !slices.ContainsFunc(r.batch, func(p proc.Process) bool {
		return p.Has&proc.PartZone != 0 && p.Zone != r.own.ID
	}) {
		return nil
	}
	r.named = true
	names := *r.names
	names.zones, err = m.zoneNames(r.ctx, r.query)
	r.names = &names
	return err
}

// Close tells the user what could not be read, however far the reading came.
func (r *processReader) Close() error {
	noteMissing(r.query, r.ProcessReader)
	return r.ProcessReader.Close()
}
