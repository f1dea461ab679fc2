package engine

import (
	"fmt"
	"slices"
	"testing"

	"sockstat/vtab/table"
)

// grid is a batch of values.
type grid [][]table.Value

func (g grid) Len() int                          { return len(g) }
func (g grid) Value(row, column int) table.Value { return g[row][column] }

// gridOf makes a batch of integers, or NULL for a negative one.
func gridOf(rows ...[]int) grid {
	g := make(grid, len(rows))
	for i, row := range rows {
		for _, n := range row {
			v := table.Int(n)
			if n < 0 {
				v = table.Null()
			}
			g[i] = append(g[i], v)
		}
	}
	return g
}

// chunksOf numbers the rows of batches.
func chunksOf(batches ...grid) (chunks []chunk) {
	first := int32(0)
	for _, g := range batches {
		chunks = append(chunks, chunk{g, len(g), first})
		first += int32(len(g))
	}
	return chunks
}

// columns are keys of columns of numbers.
func columns(numbers ...int) (keys []key) {
	for _, n := range numbers {
		keys = append(keys, key{n, asNumber})
	}
	return keys
}

// numbered returns the numbers of rows.
func (ix *index) numbered(rows []place) (numbers []int32) {
	for _, p := range rows {
		numbers = append(numbers, ix.chunks[p.chunk].first+p.row)
	}
	return numbers
}

// indexOf returns an index of the rows of some chunks.
func indexOf(keys []key, chunks []chunk, checks []check) *index {
	ix := newIndex(keys, checks)
	var member []int32
	for n := range chunks {
		member = ix.add(chunks[:n+1], member)
	}
	ix.gather(member)
	return ix
}

func TestIndexFindsRows(t *testing.T) {
	chunks := chunksOf(gridOf([]int{0, 5}, []int{1, 6}), nil, gridOf([]int{2, 5}), gridOf([]int{3, -1}, []int{4, 5}, []int{5, -1}))
	ix := indexOf(columns(1), chunks, nil)
	for _, c := range []struct {
		value table.Value
		want  []int32
	}{
		{table.Int(5), []int32{0, 2, 4}}, {table.Int(6), []int32{1}}, {table.Null(), []int32{3, 5}},
		{table.Int(7), nil}, {table.String("5"), nil}, {table.Float(5.5), nil},
	} {
		var got []int32
		if n := ix.find([]table.Value{c.value}); n >= 0 {
			got = ix.numbered(ix.group(n))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: rows %d, want %d", c.value, got, c.want)
		}
	}
	for row := range 6 {
		if got := chunks[len(chunks)-1].value(row-3, -1); row >= 3 && got != table.Int(row) {
			t.Errorf("row %d has the rowid %s", row, got)
		}
	}
}

func TestIndexOverSeveralColumns(t *testing.T) {
	ix := indexOf(columns(1, 0), chunksOf(gridOf([]int{1, 2}, []int{2, 1}, []int{1, 2}, []int{1, -1}, []int{-1, 1})), nil)
	if len(ix.groups) != 4 {
		t.Errorf("%d groups", len(ix.groups))
	}
	if n := ix.find([]table.Value{table.Int(2), table.Int(1)}); n < 0 || !slices.Equal(ix.numbered(ix.group(n)), []int32{0, 2}) {
		t.Errorf("group %d", n)
	}
	if n := ix.find([]table.Value{table.Int(2), table.Int(2)}); n >= 0 {
		t.Errorf("group %d has values that no row has", n)
	}
}

// Only rows that pass the checks are in an index.
func TestIndexOfSomeRows(t *testing.T) {
	checks := []check{{column: 0, op: table.OpGt, value: table.Int(1)}, {column: 1, op: table.OpNotNull}}
	ix := indexOf(columns(1), chunksOf(gridOf([]int{1, 5}, []int{2, 5}), gridOf([]int{3, -1}, []int{4, 5})), checks)
	if n := ix.find([]table.Value{table.Int(5)}); len(ix.groups) != 1 || !slices.Equal(ix.numbered(ix.group(n)), []int32{1, 3}) {
		t.Errorf("%d groups, rows %d", len(ix.groups), ix.numbered(ix.rows))
	}
}

// What may be any number is found in any case.
func TestIndexOfNumbersInTexts(t *testing.T) {
	g := grid{}
	for _, text := range []string{"7", "07", "7.0", "x", "8", " 7 "} {
		g = append(g, []table.Value{table.String(text)})
	}
	ix := indexOf([]key{{0, asNumberInText}}, chunksOf(g), nil)
	n := ix.find([]table.Value{table.Int(7)})
	if n < 0 || !slices.Equal(ix.numbered(ix.group(n)), []int32{0, 1, 5}) || !slices.Equal(ix.numbered(ix.loose), []int32{2}) {
		t.Errorf("group %d, loose %d", n, ix.numbered(ix.loose))
	}
}

// Groups whose values have one hash stand behind one another.
func TestIndexWithCollisions(t *testing.T) {
	const n = 100
	g := make(grid, 2*n)
	for i := range g {
		g[i] = []table.Value{table.Blob(fmt.Sprint(i % n))} // all blobs have the same hash
	}
	ix := indexOf(columns(0), chunksOf(g[:n/2], g[n/2:]), nil)
	if len(ix.groups) != n {
		t.Fatalf("%d groups", len(ix.groups))
	}
	for i := range int32(n) {
		if k := ix.find(g[i]); k < 0 || !slices.Equal(ix.numbered(ix.group(k)), []int32{i, i + n}) {
			t.Errorf("value %d: group %d", i, k)
		}
	}
}

func TestIndexInOrder(t *testing.T) {
	ix := indexOf(columns(0, 1), chunksOf(gridOf([]int{3, 1}, []int{-1, 9}), gridOf([]int{3, -1}, []int{1, 1}, []int{3, 1}, []int{-1, 2})), nil)
	var got []int32
	for _, n := range ix.inOrder() {
		got = append(got, ix.numbered(ix.group(n))...)
	}
	if want := []int32{5, 1, 3, 2, 0, 4}; !slices.Equal(got, want) {
		t.Errorf("rows %d, want %d", got, want)
	}
	if again := ix.inOrder(); &again[0] != &ix.order[0] {
		t.Error("sorted twice")
	}
	if none := indexOf(columns(0), nil, nil); len(none.inOrder()) != 0 {
		t.Error("groups without rows")
	}
}

func TestIndexFindsRanges(t *testing.T) {
	ix := indexOf(columns(0), chunksOf(gridOf([]int{1, 5}, []int{1, 3}, []int{2, 4}), gridOf([]int{1, -1}, []int{1, 4}, []int{1, 3})), nil)
	if by := (&key{1, asNumber}); !ix.sortable(by) || !ix.sortable(nil) || ix.sortable(&key{0, asNumber}) {
		t.Fatal("the rows of a group can be sorted by one column")
	}
	is := func(op table.Op, n int) check { return check{1, op, asNumber, table.Int(n)} }
	group := ix.find([]table.Value{table.Int(1)})
	for _, c := range []struct {
		ranges []check
		want   []int32
	}{
		{[]check{is(table.OpGt, 3)}, []int32{4, 0}}, {[]check{is(table.OpGe, 3)}, []int32{1, 5, 4, 0}},
		{[]check{is(table.OpLt, 4)}, []int32{1, 5}}, {[]check{is(table.OpLe, 4)}, []int32{1, 5, 4}},
		{[]check{is(table.OpGe, 4), is(table.OpLe, 4)}, []int32{4}}, {[]check{is(table.OpGt, 4), is(table.OpLt, 4)}, nil},
		{[]check{is(table.OpGt, 1), is(table.OpGe, 4), is(table.OpLt, 9), is(table.OpLt, 5)}, []int32{4}},
		{[]check{is(table.OpGt, 5)}, nil}, {[]check{is(table.OpLt, 3)}, nil},
	} {
		if got := ix.numbered(ix.between(group, c.ranges)); !slices.Equal(got, c.want) {
			t.Errorf("%v: rows %d, want %d", c.ranges, got, c.want)
		}
	}
}

// A row costs eight bytes beside its group.
func TestIndexIsSmall(t *testing.T) {
	g := make(grid, 10000)
	for i := range g {
		g[i] = []table.Value{table.Int(i % 10)}
	}
	chunks := chunksOf(g[:5000], g[5000:])
	ix := indexOf(columns(0), chunks, nil)
	if len(ix.rows) != cap(ix.rows) || len(ix.rows) != len(g) {
		t.Errorf("room for %d rows", cap(ix.rows))
	}
	if n := testing.AllocsPerRun(5, func() { indexOf(columns(0), chunks, nil) }); n > 50 {
		t.Errorf("%v allocations", n)
	}
}
