package simnet

import "net/netip"

// A NAT translates the addresses of the hosts behind it: what leaves gets the address of the NAT, and a port of its own
// for each end inside; what comes to such a port finds its way back, as long as the mapping lasts. Inbound maps it to
// the address of the host that is to be found without having spoken first; the zero Addr is nobody.
type NAT struct {
	Outside netip.Addr
	Inbound netip.Addr

	next    uint16
	outside map[netip.AddrPort]uint16 // by end inside
	inside  map[uint16]netip.AddrPort
}

// firstPort is where a NAT begins to hand ports out.
const firstPort = 40000

// Out is a link for what leaves through a NAT, In one for what comes to it.
type Out struct {
	Link Link
	NAT  *NAT
}

// In: see Out.
type In struct {
	Link Link
	NAT  *NAT
}

// Carry puts the NAT's address and port in the place of the source.
func (l Out) Carry(d Datagram) ([]Arrival, string) {
	d.Src = netip.AddrPortFrom(l.NAT.Outside, l.NAT.portOf(d.Src))
	return l.Link.Carry(d)
}

// Carry puts the host's address and port in the place of the destination.
func (l In) Carry(d Datagram) ([]Arrival, string) {
	to, ok := l.NAT.endOf(d.Dst.Port())
	if !ok {
		return nil, "no mapping"
	}
	d.Dst = to
	return l.Link.Carry(d)
}

// Forget ends all mappings, as a NAT does when it is started again.
func (n *NAT) Forget() { n.outside, n.inside = nil, nil }

func (n *NAT) portOf(end netip.AddrPort) uint16 {
	if n.Inbound == end.Addr() {
		return end.Port()
	}
	if port, ok := n.outside[end]; ok {
		return port
	}
	if n.outside == nil {
		n.outside, n.inside = map[netip.AddrPort]uint16{}, map[uint16]netip.AddrPort{}
	}
	port := firstPort + n.next
	n.next++
	n.outside[end], n.inside[port] = port, end
	return port
}

func (n *NAT) endOf(port uint16) (netip.AddrPort, bool) {
	if end, ok := n.inside[port]; ok {
		return end, true
	}
	return netip.AddrPortFrom(n.Inbound, port), n.Inbound.IsValid()
}
