package netns

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// arrivals sends the texts from alice port 500 to bob port 4500, then "end" from another port, and returns what arrived.
func arrivals(t *testing.T, f *Fabric, texts ...string) (got []string) {
	t.Helper()
	bob := netip.AddrPortFrom(f.Topology.Addr("bob", "wire"), 4500)
	var in, out, last *net.UDPConn
	listen := func(h string, c **net.UDPConn, at *net.UDPAddr) error {
		return f.Host(h).Do(func() (err error) {
			*c, err = net.ListenUDP("udp", at)
			return err
		})
	}
	err := errors.Join(listen("bob", &in, net.UDPAddrFromAddrPort(bob)), listen("alice", &out, &net.UDPAddr{Port: 500}), listen("alice", &last, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer out.Close()
	defer last.Close()
	for _, text := range texts {
		if _, err := out.WriteToUDPAddrPort([]byte(text), bob); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := last.WriteToUDPAddrPort([]byte("end"), bob); err != nil {
		t.Fatal(err)
	}
	in.SetReadDeadline(time.Now().Add(5 * time.Second))
	for b := make([]byte, 100); ; {
		n, err := in.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		if string(b[:n]) == "end" {
			return got
		}
		got = append(got, string(b[:n]))
	}
}

func TestDropLosesWhatMatches(t *testing.T) {
	all := []string{"QI1-a", "QR1-b", "QI1-c", "QI2-d", "QI1-e"}
	for _, name := range []string{"pair", "pair6"} {
		f := mustBuild(t, name)
		for _, row := range []struct {
			what string
			m    Match
			want []string
		}{
			{"all of a port", Match{SrcPort: 500}, nil},
			{"nth", Match{Proto: unix.IPPROTO_UDP, SrcPort: 500, Nth: []int{2, 5}}, []string{all[0], all[2], all[3]}},
			{"octets", Match{SrcPort: 500, DstPort: 4500, Octets: []Octets{{0, []byte("QI1")}}}, []string{all[1], all[3]}},
			{"octets inside", Match{SrcPort: 500, Octets: []Octets{{0, []byte("Q")}, {4, []byte("d")}}}, []string{all[0], all[1], all[2], all[4]}},
			{"nth of those with octets", Match{SrcPort: 500, Octets: []Octets{{0, []byte("QI1")}}, Nth: []int{2}}, []string{all[0], all[1], all[3], all[4]}},
			{"another protocol", Match{Proto: unix.IPPROTO_ESP}, all},
			{"another port", Match{DstPort: 4501}, all},
		} {
			d, err := f.Drop("wire", "alice", row.m)
			if err != nil {
				t.Fatalf("%s: %v", row.what, err)
			}
			if got := arrivals(t, f, all...); !slices.Equal(got, row.want) {
				t.Errorf("%s, %s: arrived %q, want %q", name, row.what, got, row.want)
			}
			if n, err := d.Lost(); err != nil || int(n) != len(all)-len(row.want) {
				t.Errorf("%s, %s: lost %d, %v", name, row.what, n, err)
			}
			if left, err := f.Leftovers(); err != nil || len(left) != 1 || !strings.HasPrefix(left[0], "bob: nftables table ikewit-drop-") {
				t.Errorf("left over: %q, %v", left, err)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
		if got := arrivals(t, f, all...); !slices.Equal(got, all) {
			t.Errorf("%s: after Close arrived %q", name, got)
		}
		if left, err := f.Leftovers(); err != nil || len(left) > 0 {
			t.Errorf("left over: %q, %v", left, err)
		}
	}
}

// Two faults at once, and one direction only.
func TestDropsAddUp(t *testing.T) {
	f := mustBuild(t, "pair")
	for i, m := range []Match{{SrcPort: 500, Nth: []int{1}}, {SrcPort: 500, Octets: []Octets{{0, []byte("3")}}}} {
		if _, err := f.Drop("wire", "alice", m); err != nil {
			t.Fatal(i, err)
		}
	}
	if _, err := f.Drop("wire", "bob", Match{}); err != nil { // of what bob sends, everything
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(arrivals(t, f, "1", "2", "3", "4")), "[2 4]"; got != want {
		t.Errorf("arrived %s, want %s", got, want)
	}
}

func TestDropSaysWhatIsWrong(t *testing.T) {
	f := mustBuild(t, "gateways")
	for _, row := range []struct {
		link, from string
		m          Match
		want       string
	}{
		{"wire", "carol", Match{}, `host "carol" is not on link "wire"`},
		{"ether", "alice", Match{}, `host "alice" is not on link "ether"`},
		{"wire", "alice", Match{Nth: []int{0}}, "there is no packet number 0"},
		{"wire", "alice", Match{Octets: []Octets{{-1, []byte("x")}}}, "1 octets at offset -1"},
		{"wire", "alice", Match{Octets: []Octets{{0, nil}}}, "0 octets at offset 0"},
	} {
		if _, err := f.Drop(row.link, row.from, row.m); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("want %s, got %v", row.want, err)
		}
	}
}
