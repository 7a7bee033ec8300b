package netns

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"ikewit/netns/topo"
)

// What the peers say to the ports of IKE passes every NAT, and so do the answers; whoever is behind one is seen at its address and
// at another port.
func TestNATLetsIKEThrough(t *testing.T) {
	able(t)
	for _, x := range topo.All {
		if len(x.NATs) == 0 {
			continue
		}
		t.Run(x.Name, func(t *testing.T) {
			f := mustBuild(t, x.Name)
			for _, port := range []uint16{500, 4500} {
				alice, bob := listenUDP(t, f.Host("alice"), port), listenUDP(t, f.Host("bob"), port)
				seen := carry(t, alice, bob, netip.AddrPortFrom(x.Outside("bob"), port))
				if hidden := x.NATs[0].Host == "nat"; seen.Addr() != x.Outside("alice") || (seen.Port() != port) != hidden {
					t.Errorf("bob saw %v", seen)
				}
				if back := carry(t, bob, alice, seen); back != netip.AddrPortFrom(x.Outside("bob"), port) {
					t.Errorf("alice saw %v", back)
				}
			}
		})
	}
}

func listenUDP(t *testing.T, h *Host, port uint16) *net.UDPConn {
	t.Helper()
	var c *net.UDPConn
	if err := h.Do(func() (err error) {
		c, err = net.ListenUDP("udp", &net.UDPAddr{Port: int(port)})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// carry sends a datagram and gives where the receiver saw it come from.
func carry(t *testing.T, from, to *net.UDPConn, dst netip.AddrPort) netip.AddrPort {
	t.Helper()
	if _, err := from.WriteToUDPAddrPort([]byte("hello"), dst); err != nil {
		t.Fatal(err)
	}
	to.SetReadDeadline(time.Now().Add(5 * time.Second))
	b := make([]byte, 100)
	n, seen, err := to.ReadFromUDPAddrPort(b)
	seen = netip.AddrPortFrom(seen.Addr().Unmap(), seen.Port())
	if err != nil || string(b[:n]) != "hello" {
		t.Fatalf("to %v: got %q, %v", dst, b[:n], err)
	}
	return netip.AddrPortFrom(seen.Addr().Unmap(), seen.Port())
}
