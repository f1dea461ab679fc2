package saved_test

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab"
	"sockstat/vtab/saved"
	"sockstat/vtab/table"
)

// change is what happens between two moments.
var changes = []func(*world){
	func(*world) {},
	func(w *world) { w.rows[1].RecvQ, w.rows[1].Timer.Expires = 100, 6000 },
	func(w *world) { w.rows = slices.Delete(w.rows, 2, 3) }, // one of two that are the same
	func(w *world) {
		w.rows[1].State = mib2.CloseWait
		w.processes[0].Args = "web -f -v"
		w.hidden = 0
	},
	func(w *world) {
		w.rows = append(w.rows, mib2.Socket{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Listen, Local: netip.MustParseAddrPort("0.0.0.0:8080"), Inode: 30})
		w.held = append(w.held, proc.Held{Inode: 30, Holder: proc.Holder{PID: 200, FD: 5}})
	},
	func(w *world) { w.rows, w.held = nil, nil },
	func(w *world) { n := newWorld(); w.rows, w.held = n.rows, n.held },
}

// Each moment gives the rows, notices and answers that the machine gave then, however many came
// after it, whether the file was added to where it is or written anew.
func TestMomentsAreAsTheyWere(t *testing.T) {
	for _, shared := range []bool{false, true} {
		file := path(t)
		if shared { // others may put files beside it
			if err := os.Chmod(filepath.Dir(file), 0o777|fs.ModeSticky); err != nil {
				t.Fatal(err)
			}
		}
		w := newWorld()
		statements := []string{
			"SELECT count(*) FROM sockets",
			"SELECT s.local, p.name, p.user FROM sockets s JOIN processes p USING (pid)",
			"SELECT local FROM sockets WHERE local_port = 80 AND state = 'listen' COLLATE NOCASE",
			"SELECT local FROM sockets WHERE local_port BETWEEN 50 AND 90 OR remote_port IN (5000, 5002)",
			"SELECT local FROM sockets WHERE proto = 'unix' AND local_port IS NULL",
			"SELECT cookie FROM sockets WHERE cookie > 15",
			"SELECT path FROM unix WHERE path = '/run/web  ' COLLATE RTRIM",
			"SELECT pid FROM processes WHERE pid = '100'",
		}
		type moment struct {
			saved.Moment
			contents map[string][]string
			answers  [][]string
			notices  []string
		}
		var moments []moment
		for _, change := range changes {
			change(w)
			m := moment{Moment: save(t, file, w.machine(), saved.Choice{}), contents: contents(t, w.machine())}
			for _, sql := range statements {
				rows, notices := query(t, w.machine(), sql)
				m.answers, m.notices = append(m.answers, rows), append(m.notices, notices...)
			}
			moments = append(moments, m)
		}
		f := open(t, file)
		if len(f.Moments()) != len(changes) {
			t.Fatalf("%d moments", len(f.Moments()))
		}
		for n, m := range moments {
			then := f.Machine(f.Moments()[n])
			same(t, contents(t, then), m.contents)
			var all []string
			for i, sql := range statements {
				rows, notices := query(t, then, sql)
				if !slices.Equal(rows, m.answers[i]) {
					t.Errorf("moment %d: %s\n got %q\nwant %q", n, sql, rows, m.answers[i])
				}
				all = append(all, notices...)
			}
			if (len(all) > 0) != (len(m.notices) > 0) || len(all) > 0 && !strings.HasPrefix(all[0], m.notices[0]) {
				t.Errorf("moment %d: notices %q instead of %q", n, all, m.notices)
			}
		}
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		if entries, _ := os.ReadDir(filepath.Dir(file)); len(entries) != 1 {
			t.Errorf("left %v", entries)
		}
	}
}

// A moment in which nothing happened takes next to no room.
func TestNothingNew(t *testing.T) {
	file := path(t)
	w := newWorld()
	save(t, file, w.machine(), saved.Choice{})
	before := size(t, file)
	for range 20 {
		save(t, file, w.machine(), saved.Choice{})
	}
	if after := size(t, file); after > before+4096 {
		t.Errorf("%d bytes became %d", before, after)
	}
}

func size(t testing.TB, file string) int64 {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// What is left out is NULL, and the user is told.
func TestLean(t *testing.T) {
	file := path(t)
	w := newWorld()
	save(t, file, w.machine(), saved.Choice{Lean: true})
	save(t, file, w.machine(), saved.Choice{})
	f := open(t, file)
	lean, full := f.Machine(f.Moments()[0]), f.Machine(f.Moments()[1])
	const sql = "SELECT timer, local FROM tcp WHERE state = 'ESTABLISHED' AND local_port = 80"
	rows, notices := query(t, lean, sql)
	if len(rows) != 1 || rows[0] != `0:"" 3:"192.0.2.1:80"` || len(notices) != 1 || !strings.Contains(notices[0], "timer of tcp were not saved") {
		t.Errorf("%q, noted %q", rows, notices)
	}
	if rows, notices = query(t, full, sql); len(rows) != 1 || rows[0] != `3:"keepalive" 3:"192.0.2.1:80"` || len(notices) != 0 {
		t.Errorf("%q, noted %q", rows, notices)
	}
	if _, notices = query(t, lean, "SELECT local FROM tcp"); len(notices) != 0 {
		t.Errorf("noted %q", notices)
	}
}

// A table that was not chosen is an error, not empty; one that could not be read too.
func TestTablesThatAreNotThere(t *testing.T) {
	file := path(t)
	w := newWorld()
	save(t, file, w.machine(), saved.Choice{Tables: []string{"processes", "USERS"}})
	m := w.machine()
	m.Users = failingUsers{w}
	save(t, file, m, saved.Choice{})
	f := open(t, file)
	for _, c := range []struct {
		moment int
		sql    string
		want   string
	}{
		{0, "SELECT count(*) FROM sockets", "sockets was not saved at "},
		{0, "SELECT count(*) FROM users", `1:"2"`},
		{1, "SELECT count(*) FROM users", "out of luck"},
		{1, "SELECT count(*) FROM unix", `1:"2"`},
	} {
		rows, _ := query(t, f.Machine(f.Moments()[c.moment]), c.sql)
		if len(rows) != 1 || !strings.Contains(rows[0], c.want) {
			t.Errorf("%s at moment %d: %q", c.sql, c.moment, rows)
		}
	}
	r, err := saved.NewRecorder(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Add(context.Background(), m, saved.Choice{Tables: []string{"nonsense"}}); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("saved a table that there is not: %v", err)
	}
	if _, err := r.Add(context.Background(), vtab.Unsupported(), saved.Choice{}); err == nil || !strings.Contains(err.Error(), "not supported") {
		t.Errorf("saved a machine that cannot be read: %v", err)
	}
	if n := len(open(t, file).Moments()); n != 2 {
		t.Errorf("%d moments", n)
	}
}

type failingUsers struct{ *world }

func (failingUsers) Users() ([]proc.User, error) { return nil, errors.New("out of luck") }

// sheet is a machine of one table whose columns differ from version to version.
func sheet(columns []table.Column[[]table.Value], rows ...[]table.Value) *vtab.Machine {
	return &vtab.Machine{Instead: func([]table.Table) []table.Table {
		return []table.Table{&table.Spec[[]table.Value]{Name: "things", Columns: columns,
			Open: func(context.Context, *table.Query) (table.Reader[[]table.Value], error) {
				return &table.List[[]table.Value]{Rows: slices.Clone(rows)}, nil
			}}}
	}}
}

// field declares a column.
func field(name string, typ table.Type, n int, kept table.Kept) table.Column[[]table.Value] {
	return table.Column[[]table.Value]{Name: name, Type: typ, Kept: kept, Get: func(row *[]table.Value) table.Value { return (*row)[n] }}
}

// A program that declares other columns reads a file, adds to it, and what either knows stays.
func TestOtherVersions(t *testing.T) {
	file := path(t)
	old := []table.Column[[]table.Value]{field("a", table.Text, 0, table.Kept{}), field("n", table.Integer, 1, table.Kept{With: "x"})}
	young := append(old[:2:2], field("b", table.Text, 2, table.Kept{}), field("m", table.Integer, 3, table.Kept{With: "x"}),
		field("k", table.Real, 4, table.Kept{Measure: true}))
	one := []table.Value{table.String("one"), table.Int(1), table.String("uno"), table.Int(11), table.Float(0.5)}
	at := func(moment int, columns []table.Column[[]table.Value]) []string {
		f := open(t, file)
		m := f.Machine(f.Moments()[moment])
		m.Instead = instead(f.Machine(f.Moments()[moment]), sheet(columns))
		rows, _ := query(t, m, "SELECT * FROM things")
		return rows
	}
	save(t, file, sheet(old, one), saved.Choice{})
	save(t, file, sheet(young, one), saved.Choice{})
	save(t, file, sheet(old, one), saved.Choice{})
	for moment, want := range []string{`3:"one" 1:"1" 0:"" 0:"" 0:""`, `3:"one" 1:"1" 3:"uno" 1:"11" 2:"0.5"`, `3:"one" 1:"1" 0:"" 0:"" 0:""`} {
		if rows := at(moment, young); !slices.Equal(rows, []string{want}) {
			t.Errorf("moment %d: %q", moment, rows)
		}
		if rows := at(moment, old); !slices.Equal(rows, []string{`3:"one" 1:"1"`}) {
			t.Errorf("moment %d, for an older program: %q", moment, rows)
		}
	}
	r, err := saved.NewRecorder(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Add(context.Background(), sheet([]table.Column[[]table.Value]{field("a", table.Integer, 1, table.Kept{})}, one), saved.Choice{}); err == nil || !strings.Contains(err.Error(), "a new file") {
		t.Errorf("saved a column of another type: %v", err)
	}
}

// instead returns the tables of one machine with the rows of another.
func instead(rows, of *vtab.Machine) func([]table.Table) []table.Table {
	return func([]table.Table) []table.Table { return rows.Instead(of.Instead(nil)) }
}

// Values come back as they were, whatever they are.
func TestValues(t *testing.T) {
	var all []table.Value
	for _, s := range []string{"", "a", "a\x00b", "\xff\xfe", "12", " 12 ", strings.Repeat("x", 200000), "日本"} {
		all = append(all, table.String(s))
	}
	ints := []table.Value{table.Null(), table.Int(0), table.Int(-1), table.Int(int64(1) << 62), table.Uint(1 << 63), table.Float(1.5)}
	var rows [][]table.Value
	for _, s := range append(all, table.Null()) {
		for _, i := range ints {
			rows = append(rows, []table.Value{s, i, table.Float(0.1), s})
		}
	}
	rows = append(rows, []table.Value{table.String("a"), table.Int(5), table.Null(), table.String("a:5")},
		[]table.Value{table.String("a"), table.Int(5), table.Null(), table.Null()},
		[]table.Value{table.String("a"), table.Int(5), table.Null(), table.String("a:6")})
	for _, kept := range []table.Kept{{}, {With: "x"}, {Measure: true}} {
		joined := kept
		joined.Joined = [2]string{"a", "n"}
		m := sheet([]table.Column[[]table.Value]{field("a", table.Text, 0, kept), field("n", table.Integer, 1, kept),
			field("r", table.Real, 2, kept), field("j", table.Text, 3, joined)}, rows...)
		file := path(t)
		save(t, file, m, saved.Choice{})
		f := open(t, file)
		then := f.Machine(f.Moments()[0])
		then.Instead = instead(f.Machine(f.Moments()[0]), m)
		got, _ := query(t, then, "SELECT * FROM things")
		want, _ := query(t, m, "SELECT * FROM things")
		if !slices.Equal(got, want) {
			t.Errorf("%v:\n got %.2000q\nwant %.2000q", kept, got, want)
		}
	}
}

// Two recorders do not mix, and a file that is not ours is left alone.
func TestTargets(t *testing.T) {
	file := path(t)
	w := newWorld()
	save(t, file, w.machine(), saved.Choice{})
	r, err := saved.NewRecorder(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := saved.NewRecorder(file); err == nil || !strings.Contains(err.Error(), "another program is recording to it") {
		t.Errorf("a second recorder: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(filepath.Dir(file), "link.db")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(filepath.Dir(file), "text")
	if err := os.WriteFile(text, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{link, text, filepath.Dir(file), filepath.Join(file, "x"), "/dev/null"} {
		if r, err := saved.NewRecorder(target); err == nil {
			_, err = r.Add(context.Background(), w.machine(), saved.Choice{})
			r.Close()
			t.Errorf("%s: %v", target, err)
		}
	}
	if b, err := os.ReadFile(text); err != nil || string(b) != "mine" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := saved.Open(filepath.Join(filepath.Dir(file), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
