package saved_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"sockstat/vtab/saved"
)

// Rows that come, go, change, change places or are there several times are what they were at each
// moment, whatever the one before was.
func TestMomentsInAnyOrder(t *testing.T) {
	g := rand.New(rand.NewPCG(5, 6))
	w, next := newWorld(), uint64(1000)
	w.hidden = 0
	churn(w, g, &next)
	file := path(t)
	r, err := saved.NewRecorder(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	steps := []func(){
		func() {},
		func() { churn(w, g, &next) },
		func() { slices.Reverse(w.rows) },
		func() { g.Shuffle(len(w.rows), func(i, j int) { w.rows[i], w.rows[j] = w.rows[j], w.rows[i] }) },
		func() { w.rows = append(w.rows, w.rows[:len(w.rows)/2]...) }, // some twice
		func() { w.rows = w.rows[len(w.rows)/2:] },
		func() { w.processes[0].Args = longArgs(g) },
		func() { w.rows[0].RecvQ = g.Uint32() },
	}
	const sql = "SELECT * FROM sockets ORDER BY proto, inode, pid, local, remote, recv_q"
	want := map[int64][]string{}
	for i := range 40 {
		if i > 0 {
			steps[g.IntN(len(steps))]()
		}
		m, err := r.Add(t.Context(), w.machine(), saved.Choice{Tables: []string{"sockets", "tcp"}, Lean: i%11 == 10})
		if err != nil {
			t.Fatal(err)
		}
		if i%11 < 10 {
			want[m.Number], _ = query(t, w.machine(), sql)
		}
		if i%17 == 16 { // a new recorder reads what is there
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if r, err = saved.NewRecorder(file); err != nil {
				t.Fatal(err)
			}
		}
	}
	f := open(t, file)
	for _, m := range f.Moments() {
		if w := want[m.Number]; w != nil {
			if got, _ := query(t, f.Machine(m), sql); !slices.Equal(got, w) {
				t.Errorf("moment %d: %d rows instead of %d, or others", m.Number, len(got), len(w))
			}
		}
	}
}

// longArgs returns arguments that are longer than those whose bytes a row has itself.
func longArgs(g *rand.Rand) string {
	b := make([]byte, 40)
	for i := range b {
		b[i] = 'a' + byte(g.IntN(26))
	}
	return "web " + string(b)
}
