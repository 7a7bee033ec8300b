package simnet

import (
	"net/netip"
	"testing"
)

func TestNAT(t *testing.T) {
	outside := netip.MustParseAddr("192.0.2.9")
	inside := netip.MustParseAddrPort("10.0.0.1:500")
	server := netip.MustParseAddrPort("192.0.2.2:500")
	n := &NAT{Outside: outside}
	leave := func(src netip.AddrPort) netip.AddrPort {
		a, _ := Out{Wire{}, n}.Carry(Datagram{Src: src, Dst: server})
		return a[0].Datagram.Src
	}
	come := func(port uint16) (netip.AddrPort, string) {
		a, fate := In{Wire{}, n}.Carry(Datagram{Src: server, Dst: netip.AddrPortFrom(outside, port)})
		if len(a) == 0 {
			return netip.AddrPort{}, fate
		}
		return a[0].Datagram.Dst, fate
	}
	first := leave(inside)
	if first.Addr() != outside || first.Port() == inside.Port() || leave(inside) != first {
		t.Errorf("leaves as %v", first)
	}
	other := leave(netip.AddrPortFrom(inside.Addr(), 4500))
	if other.Port() == first.Port() {
		t.Errorf("two ends share %v", other)
	}
	if to, fate := come(first.Port()); to != inside || fate != "" {
		t.Errorf("comes back to %v, %s", to, fate)
	}
	if to, fate := come(500); to.IsValid() || fate != "no mapping" {
		t.Errorf("a stranger comes to %v, %s", to, fate)
	}
	n.Forget()
	if _, fate := come(first.Port()); fate != "no mapping" || leave(inside) == first {
		t.Errorf("the mapping is still there: %s", fate)
	}
	n.Inbound = inside.Addr()
	if to, _ := come(500); to != inside || leave(inside) != netip.AddrPortFrom(outside, 500) {
		t.Errorf("a forwarded port comes to %v", to)
	}
}
