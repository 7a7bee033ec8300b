package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ikewit/impl/host"
	"ikewit/impl/ike"
	"ikewit/impl/wire/ikehdr"
)

// A Host is one network namespace with what a daemon needs of it. The zero value is that of this
// process.
type Host struct {
	// In runs a function inside the namespace: (*netns.Host).Do is one. nil: that of this process.
	In host.Inside
}

func (h *Host) inside(f func() error) error {
	if h.In == nil {
		return f()
	}
	return h.In(f)
}

// Listen binds a UDP port on one address, or on all if that is not valid; with natt that of NAT traversal too. stack is where
// the SAs are, as Driver has it: packets of IKE pass by the user-space stack, also by one that is opened later beside XFRM, or
// by another process. What comes to port 4500 as ESP, a kernel is given, and the user-space stack takes itself.
func (h *Host) Listen(local netip.AddrPort, stack string, natt bool) (Sockets, error) {
	o := host.UDPOptions{In: h.In, Listen: local.Addr(), Ports: []uint16{local.Port()}}
	if natt && local.Port() != host.PortNATT {
		o.Ports = append(o.Ports, host.PortNATT)
	}
	o.Encapsulated = natt && (stack == "xfrm" || stack == "pfkey")
	elsewhere := strings.HasPrefix(stack, "unix:")
	if stack == "user" || stack == "xfrm" || elsewhere {
		o.Mark = host.Bypass
	}
	udp, err := host.ListenUDP(o)
	if elsewhere && errors.Is(err, unix.EPERM) { // who may not mark packets has no stack in this namespace to pass by
		o.Mark = 0
		udp, err = host.ListenUDP(o)
	}
	if err != nil {
		return nil, err
	}
	s := newUDPSockets(udp)
	s.natt = natt
	return s, nil
}

// Source gives the address that this host sends from to a peer.
func (h *Host) Source(peer netip.Addr) (a netip.Addr, err error) {
	err = h.inside(func() error {
		const discard = 9 // no packet is sent
		c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(peer, discard)))
		if err != nil {
			return err
		}
		defer c.Close()
		a = c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
		return nil
	})
	return a, err
}

// Own reports whether an address is one of this host's.
func (h *Host) Own(a netip.Addr) bool {
	own := false
	err := h.inside(func() error {
		list, err := net.InterfaceAddrs()
		for _, n := range list {
			if p, ok := n.(*net.IPNet); ok {
				b, _ := netip.AddrFromSlice(p.IP)
				own = own || b.Unmap() == a.WithZone("")
			}
		}
		return err
	})
	return err == nil && own
}

// lookupPatience is how long the resolver may take. Ours.
const lookupPatience = 5 * time.Second

// Lookup gives the addresses of a host name, as this process finds them, not the namespace.
func (*Host) Lookup(name string) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(context.Background(), lookupPatience)
	defer cancel()
	return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
}

// Entropy is the kernel's randomness.
func (*Host) Entropy() ike.Entropy { return host.Entropy{} }

// udpSockets hands out what a host.UDP reads, one by one.
type udpSockets struct {
	udp  *host.UDP
	natt bool // messages of port 4500 have a marker in front: RFC 3948 section 2.2

	// Two batches take turns: what was handed out last lies in the one that is not being read into.
	batches [2][]host.Datagram
	turn    int
	ready   []host.Datagram
}

var _ Sockets = (*udpSockets)(nil)

const (
	udpBatch  = 8
	udpBuffer = 65535 // octets: no UDP datagram is longer
)

func newUDPSockets(udp *host.UDP) *udpSockets {
	s := &udpSockets{udp: udp}
	for i := range s.batches {
		s.batches[i] = make([]host.Datagram, udpBatch)
		for j := range s.batches[i] {
			s.batches[i][j].Octets = make([]byte, udpBuffer)
		}
	}
	return s
}

// Receive gives the next datagram. Its octets are good until the next but one.
func (s *udpSockets) Receive() (ike.Input, error) {
	for {
		if len(s.ready) == 0 {
			s.turn = 1 - s.turn
			n, err := s.udp.Read(s.batches[s.turn])
			if err != nil {
				return nil, err
			}
			s.ready = s.batches[s.turn][:n]
		}
		d := s.ready[0]
		s.ready = s.ready[1:]
		var refused *host.Refused
		switch {
		case d.Err == nil && s.natt && d.Local.Port() == host.PortNATT:
			if message, ok := ikehdr.StripMarker(d.Octets); ok && len(message) > 0 {
				return ike.Datagram{Local: d.Local, Remote: d.Remote, Octets: message}, nil
			}
			// A keepalive, ESP, or nothing sensible: RFC 3948 sections 2.1 and 2.3.
		case d.Err == nil:
			return ike.Datagram{Local: d.Local, Remote: d.Remote, Octets: d.Octets}, nil
		case errors.As(d.Err, &refused):
			return ike.Unreachable{Local: d.Local, Remote: d.Remote, Reason: refused.Error()}, nil
		}
	}
}

func (s *udpSockets) Send(local, remote netip.AddrPort, octets []byte) error {
	if s.natt && local.Port() == host.PortNATT && !ikehdr.IsKeepalive(octets) {
		octets = append(ikehdr.AppendMarker(make([]byte, 0, ikehdr.MarkerSize+len(octets))), octets...)
	}
	n, err := s.udp.Write([]host.Datagram{{Local: local, Remote: remote, Octets: octets}})
	if err == nil && n != 1 {
		err = fmt.Errorf("send to %v: nothing was sent", remote)
	}
	return err
}

func (s *udpSockets) Close() error { return s.udp.Close() }
