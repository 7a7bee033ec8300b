package fabric

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"ikewit/harness/capture/packet"
	"ikewit/harness/capture/pcapfile"
	"ikewit/impl/daemon"
	"ikewit/impl/driver/none"
	"ikewit/impl/host"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/netns/topo"
)

// Memory is a fabric without a kernel: datagrams go from one daemon to the other at once, and there
// is no other traffic.
type Memory struct {
	top topo.Topology
	net daemon.Memory

	mu     sync.Mutex
	frames []pcapfile.Frame
	open   map[*memorySockets]string
}

var _ Fabric = (*Memory)(nil)

// NewMemory makes the hosts of a topology reachable for each other.
func NewMemory(t topo.Topology) (*Memory, error) {
	if err := t.Validate(); err != nil {
		return nil, err
	}
	return &Memory{top: t, open: map[*memorySockets]string{}}, nil
}

// Name is "sim".
func (m *Memory) Name() string { return "sim" }

// Topology is what it was made from.
func (m *Memory) Topology() topo.Topology { return m.top }

// Frames gives every datagram that was sent, in IP and UDP.
func (m *Memory) Frames() ([]pcapfile.Frame, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]pcapfile.Frame(nil), m.frames...), nil
}

// Leftovers names the sockets that are still open.
func (m *Memory) Leftovers() ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []string
	for _, what := range m.open {
		list = append(list, what)
	}
	return list, nil
}

// Close has nothing to do.
func (m *Memory) Close() error { return nil }

// Host gives one host, for a daemon to run on.
func (m *Memory) Host(name string) *MemoryHost { return &MemoryHost{m, name} }

// A MemoryHost is one host of a Memory.
type MemoryHost struct {
	fabric *Memory
	name   string
}

func (h *MemoryHost) addr() netip.Addr {
	if a := h.fabric.top.Addr(h.name, h.fabric.top.Wire); a.IsValid() {
		return a
	}
	return h.fabric.top.Addr(h.name, "")
}

// Listen opens a port, with natt that of NAT traversal too; without an address it is that of the wire.
func (h *MemoryHost) Listen(local netip.AddrPort, _ string, natt bool) (daemon.Sockets, error) {
	if !local.Addr().IsValid() {
		local = netip.AddrPortFrom(h.addr(), local.Port())
	}
	if !h.Own(local.Addr()) {
		return nil, fmt.Errorf("listen at %v: %s does not have that address", local, h.name)
	}
	var more []uint16
	if natt {
		more = append(more, host.PortNATT)
	}
	inner, err := h.fabric.net.Open(local, more...)
	if err != nil {
		return nil, fmt.Errorf("listen at %v: %w", local, err)
	}
	s := &memorySockets{Sockets: inner, fabric: h.fabric, local: local}
	h.fabric.mu.Lock()
	h.fabric.open[s] = fmt.Sprintf("%s: UDP socket at %v", h.name, local)
	h.fabric.mu.Unlock()
	return s, nil
}

// Source is the address on the wire.
func (h *MemoryHost) Source(peer netip.Addr) (netip.Addr, error) {
	if a := h.addr(); a.Is4() == peer.Is4() {
		return a, nil
	}
	return netip.Addr{}, &net.AddrError{Err: "no address of that family", Addr: peer.String()}
}

// Own reports whether the host has an address.
func (h *MemoryHost) Own(a netip.Addr) bool {
	for _, end := range h.fabric.top.EndsOf(h.name) {
		for _, p := range end.Addrs {
			if p.Addr() == a {
				return true
			}
		}
	}
	return false
}

// Lookup knows the hosts of the topology.
func (h *MemoryHost) Lookup(name string) ([]netip.Addr, error) {
	if a := h.fabric.top.Addr(name, ""); a.IsValid() {
		return []netip.Addr{a}, nil
	}
	return nil, fmt.Errorf("topology %s has no host %q", h.fabric.top.Name, name)
}

// Driver holds SAs and carries nothing.
func (h *MemoryHost) Driver(kernel string) (sadb.Driver, string, error) {
	if kernel != "auto" && kernel != "none" {
		return nil, "", fmt.Errorf("the simulator has no IPsec stack %q", kernel)
	}
	return none.New(nil), "kernel: none: the simulator has no data plane", nil
}

// Entropy is the caller's to give.
func (h *MemoryHost) Entropy() ike.Entropy { return nil }

// memorySockets writes down what is sent.
type memorySockets struct {
	daemon.Sockets
	fabric *Memory
	local  netip.AddrPort
}

// Send sends, if it can be written down.
func (s *memorySockets) Send(local, remote netip.AddrPort, octets []byte) error {
	if !local.Addr().IsValid() || local.Addr().IsUnspecified() {
		local = s.local
	}
	ip, err := packet.WrapUDP(local, remote, octets)
	if err != nil {
		return err
	}
	f := s.fabric
	f.mu.Lock()
	f.frames = append(f.frames, pcapfile.Frame{
		Number: len(f.frames) + 1, Time: time.Now(), Link: pcapfile.LinkRaw, Data: ip, Length: len(ip), Interface: f.top.Wire,
	})
	f.mu.Unlock()
	return s.Sockets.Send(local, remote, octets)
}

// Close closes.
func (s *memorySockets) Close() error {
	s.fabric.mu.Lock()
	delete(s.fabric.open, s)
	s.fabric.mu.Unlock()
	return s.Sockets.Close()
}
