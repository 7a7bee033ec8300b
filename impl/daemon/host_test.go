package daemon

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"ikewit/impl/ike"
)

var loopback = netip.MustParseAddr("127.0.0.1")

// bound opens UDP sockets on a free port of 127.0.0.1.
func bound(t *testing.T, h *Host) (Sockets, netip.AddrPort) {
	t.Helper()
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
	if err != nil {
		t.Fatal(err)
	}
	local := c.LocalAddr().(*net.UDPAddr).AddrPort()
	c.Close()
	s, err := h.Listen(local, "none", false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, local
}

func TestHostCarriesDatagrams(t *testing.T) {
	h := &Host{}
	a, aliceAddr := bound(t, h)
	b, bobAddr := bound(t, h)
	for _, text := range []string{"one", "", strings.Repeat("x", 60_000)} {
		if err := a.Send(aliceAddr, bobAddr, []byte(text)); err != nil {
			t.Fatal(err)
		}
		in, err := b.Receive()
		if d, ok := in.(ike.Datagram); err != nil || !ok || string(d.Octets) != text || d.Remote != aliceAddr || d.Local != bobAddr {
			t.Errorf("received %T, %v", in, err)
		}
	}
	if _, err := h.Listen(aliceAddr, "none", false); err == nil {
		t.Error("a port is bound twice")
	}
}

// What was handed out stays as it is while the next one is read.
func TestReceivedOctetsOutliveTheNextReceive(t *testing.T) {
	h := &Host{}
	a, aliceAddr := bound(t, h)
	b, bobAddr := bound(t, h)
	var previous ike.Datagram
	for i := range 5 * udpBatch {
		text := []byte{byte(i)}
		if err := a.Send(aliceAddr, bobAddr, text); err != nil {
			t.Fatal(err)
		}
		in, err := b.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 && previous.Octets[0] != byte(i-1) {
			t.Fatalf("datagram %d was overwritten by the next", i-1)
		}
		previous = in.(ike.Datagram)
	}
}

func TestHostTellsWhatCouldNotBeDelivered(t *testing.T) {
	h := &Host{}
	a, aliceAddr := bound(t, h)
	b, bobAddr := bound(t, h)
	b.Close()
	if err := a.Send(aliceAddr, bobAddr, []byte("x")); err != nil {
		t.Fatal(err)
	}
	in, err := a.Receive()
	if u, ok := in.(ike.Unreachable); err != nil || !ok || u.Remote != bobAddr || !strings.Contains(u.Reason, "connection refused") {
		t.Errorf("received %+v, %v", in, err)
	}
}

func TestHostKnowsItsAddresses(t *testing.T) {
	h := &Host{}
	if a, err := h.Source(loopback); err != nil || a != loopback {
		t.Errorf("source for %v: %v, %v", loopback, a, err)
	}
	if !h.Own(loopback) || h.Own(netip.MustParseAddr("192.0.2.77")) {
		t.Error("which addresses are ours")
	}
	if list, err := h.Lookup("localhost"); err != nil || len(list) == 0 || !list[0].Unmap().IsLoopback() {
		t.Errorf("localhost: %v, %v", list, err)
	}
}

func TestDrivers(t *testing.T) {
	h := &Host{}
	d, why, err := h.Driver("none")
	if err != nil || d.Name() != "none" || why != "kernel: none, as configured" {
		t.Errorf("none: %q, %v", why, err)
	}
	d.Close()
	if d, _, err := h.Driver("pfkey"); err == nil {
		t.Errorf("pfkey is %v", d)
	}
}
