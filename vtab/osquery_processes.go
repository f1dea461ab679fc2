package vtab

import (
	"strings"

	"sockstat/proc"
	"sockstat/vtab/table"
)

// foreignProcessColumns are the columns of processes that osquery has under another name, or
// has besides. Where both have a name they mean the same, but for state: there it is the letter
// of proc(5), here the word. What is not known is NULL, not -1 or ”.
var foreignProcessColumns = []table.Column[process]{
	{Name: "path", Type: table.Text, Part: table.Parts(proc.PartExe), Doc: "osquery: file of the program, without what exe says of its deletion",
		Get: func(p *process) table.Value {
			if p.ExeDeleted {
				return table.NonEmpty(strings.TrimSuffix(p.Exe, " (deleted)"))
			}
			return table.NonEmpty(p.Exe)
		}},
	{Name: "on_disk", Type: table.Integer, Part: table.Parts(proc.PartExe), Doc: "osquery: 1 if that file is still there, 0 if it was deleted",
		Get: func(p *process) table.Value { return table.Bool(!p.ExeDeleted) }},
	{Name: "cmdline", Type: table.Text, Part: table.Parts(proc.PartArgs), Doc: "osquery: args",
		Get: func(p *process) table.Value { return table.NonEmpty(p.Args) }},
	{Name: "root", Type: table.Text, Part: table.Parts(proc.PartRoot), Doc: "osquery: directory that it takes for the root",
		Get: func(p *process) table.Value { return table.NonEmpty(p.Root) }},
	{Name: "egid", Type: table.Integer, Part: table.Parts(proc.PartStatus), Doc: "osquery: effective group id",
		Get: func(p *process) table.Value { return table.Int(p.EGID) }},
	{Name: "suid", Type: table.Integer, Part: table.Parts(proc.PartStatus), Doc: "osquery: saved user id",
		Get: func(p *process) table.Value { return unless(p.SUID == proc.NoID, p.SUID) }},
	{Name: "sgid", Type: table.Integer, Part: table.Parts(proc.PartStatus), Doc: "osquery: saved group id",
		Get: func(p *process) table.Value { return unless(p.SGID == proc.NoID, p.SGID) }},
	{Name: "parent", Type: table.Integer, Part: table.Parts(proc.PartStat), Doc: "osquery: ppid",
		Get: func(p *process) table.Value { return table.Int(p.PPID) }},
	{Name: "pgroup", Type: table.Integer, Part: table.Parts(proc.PartStat), Doc: "osquery: pgid",
		Get: func(p *process) table.Value { return table.Int(p.PGID) }},
	{Name: "resident_size", Type: table.Integer, Part: table.Parts(proc.PartStat), Doc: "osquery: rss",
		Get: func(p *process) table.Value { return table.Uint(p.RSS) }},
	{Name: "total_size", Type: table.Integer, Part: table.Parts(proc.PartStat), Doc: "osquery: vsize",
		Get: func(p *process) table.Value { return table.Uint(p.VSize) }},
	{Name: "wired_size", Type: table.Integer, Doc: "osquery: memory that cannot be paged out; 0, as there on Linux",
		Get: func(*process) table.Value { return table.Int(0) }},
	{Name: "user_time", Type: table.Integer, Part: table.Parts(proc.PartStat), Doc: "osquery: processor time spent in user space, in milliseconds",
		Get: func(p *process) table.Value {
			if p.SystemCPU == proc.NoTime {
				return table.Null()
			}
			return table.Int((p.CPU - p.SystemCPU).Milliseconds())
		}},
	{Name: "system_time", Type: table.Integer, Part: table.Parts(proc.PartStat), Doc: "osquery: processor time spent in the kernel, in milliseconds",
		Get: func(p *process) table.Value {
			if p.SystemCPU == proc.NoTime {
				return table.Null()
			}
			return table.Int(p.SystemCPU.Milliseconds())
		}},
	{Name: "disk_bytes_read", Type: table.Integer, Part: table.Parts(proc.PartIO), Doc: "osquery: bytes that it had storage read",
		Get: func(p *process) table.Value { return table.Uint(p.ReadBytes) }},
	{Name: "disk_bytes_written", Type: table.Integer, Part: table.Parts(proc.PartIO), Doc: "osquery: bytes that it had storage written",
		Get: func(p *process) table.Value { return table.Uint(p.WrittenBytes) }},
	{Name: "cgroup_path", Type: table.Text, Part: table.Parts(proc.PartCgroup), Doc: "osquery: cgroup",
		Get: func(p *process) table.Value { return table.NonEmpty(p.Cgroup) }},
}
