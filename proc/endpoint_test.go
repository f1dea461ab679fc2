package proc

import (
	"slices"
	"testing"
)

// Sockets are told apart by type, family and kind; a descriptor of which just the inode is
// known stands for all.
func TestEndpoints(t *testing.T) {
	tcp4 := Endpoint{Inode: 7, Type: TypeStream, Family: FamilyInet}
	udp4 := Endpoint{Inode: 7, Type: TypeDatagram, Family: FamilyInet}
	device := Endpoint{Inode: 7, Device: true, Major: 55}
	var found []HeldEndpoint
	for _, d := range []struct {
		endpoint Endpoint
		pid, fd  int32
	}{{tcp4, 3, 9}, {tcp4, 3, 4}, {tcp4, 2, 5}, {udp4, 8, 1}, {device, 9, 2}, {Endpoint{Inode: 9}, 6, 3},
		{Endpoint{Inode: 9, Type: TypeStream, Family: FamilyInet}, 5, 3}} {
		found = append(found, HeldEndpoint{d.endpoint, Holder{d.pid, d.fd}})
	}
	found = append(found, HeldEndpoint{Endpoint{Inode: 10}, Holder{0, 3}}) // of no process
	h := NewEndpointHolders(found, 1)
	for _, test := range []struct {
		of   Endpoint
		want []Holder
	}{
		{tcp4, []Holder{{2, 5}, {3, 4}}}, {udp4, []Holder{{8, 1}}}, {device, []Holder{{9, 2}}},
		{Endpoint{Inode: 7, Device: true, Major: 56}, nil}, {Endpoint{Inode: 7, Type: TypeStream, Family: FamilyInet6}, nil},
		{Endpoint{Inode: 9, Type: TypeStream, Family: FamilyInet}, []Holder{{5, 3}, {6, 3}}},
		{Endpoint{Inode: 9, Type: TypeStream, Family: FamilyUnix}, []Holder{{6, 3}}},
		{Endpoint{Inode: 0}, nil}, {Endpoint{Inode: 8}, nil},
	} {
		if got := h.Of(test.of); !slices.Equal(got, test.want) {
			t.Errorf("%+v: %v instead of %v", test.of, got, test.want)
		}
	}
	if (*SocketHolders)(nil).Of(tcp4) != nil {
		t.Error("nil holds a socket")
	}
	all := 0
	for e, holders := range h.All() {
		all++
		if e.Inode == 7 && !slices.Equal(holders, h.Of(e)) {
			t.Errorf("%+v: all %v, of it %v", e, holders, h.Of(e))
		}
	}
	if all != 5 || h.Hidden != 1 || !slices.Equal(h.PIDs(), []int32{2, 3, 5, 6, 8, 9}) {
		t.Errorf("%d sockets, %d hidden, held by %v", all, h.Hidden, h.PIDs())
	}
}

// A socket that is of one family or another has the holders of the first that is known to be
// right; a descriptor of unknown family hides none of them.
func TestOfFamilies(t *testing.T) {
	stream := func(f EndpointFamily) Endpoint { return Endpoint{Inode: 7, Type: TypeStream, Family: f} }
	for _, test := range []struct {
		families []EndpointFamily // of the descriptors of processes 1, 2 and so on
		want     []int32
	}{
		{nil, nil}, {[]EndpointFamily{FamilyInet, FamilyInet6}, []int32{1}}, {[]EndpointFamily{FamilyInet6, FamilyInet6}, []int32{1, 2}},
		{[]EndpointFamily{FamilyUnknown, FamilyInet6}, []int32{1, 2}}, {[]EndpointFamily{FamilyUnknown, FamilyInet}, []int32{1, 2}},
		{[]EndpointFamily{FamilyUnknown}, []int32{1}}, {[]EndpointFamily{FamilyUnix, FamilyOther}, nil},
		{[]EndpointFamily{FamilyUnknown, FamilyInet, FamilyInet6}, []int32{1, 2}},
	} {
		var found []HeldEndpoint
		for i, f := range test.families {
			found = append(found, HeldEndpoint{stream(f), Holder{int32(i + 1), 3}})
		}
		var got []int32
		for _, h := range NewEndpointHolders(found, 0).OfFamilies(stream(FamilyUnknown), FamilyInet, FamilyInet6) {
			got = append(got, h.PID)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("descriptors of %v: held by %v instead of %v", test.families, got, test.want)
		}
	}
	if (*SocketHolders)(nil).OfFamilies(stream(FamilyInet), FamilyInet) != nil {
		t.Error("nil holds a socket")
	}
}
