package fabric

import (
	"fmt"
	"sync"

	"ikewit/harness/capture/packet"
	"ikewit/harness/capture/pcapfile"
	"ikewit/impl/engine/enginetest"
	"ikewit/impl/host"
	"ikewit/impl/simnet"
	"ikewit/impl/wire/ikehdr"
	"ikewit/netns/topo"
)

// A Simulator is a fabric with a clock of its own: two engines on a network whose links lose, repeat and
// delay what they are told to. A run of hours takes milliseconds. Begin makes the engines.
type Simulator struct {
	top topo.Topology

	mu     sync.Mutex
	frames []pcapfile.Frame
	fates  map[int]string // of frames: "lost", "twice"
	couple *enginetest.Couple
}

var _ Fabric = (*Simulator)(nil)

// NewSimulator makes the fabric for a topology of two hosts.
func NewSimulator(t topo.Topology) (*Simulator, error) {
	if t.Name != "pair" && t.Name != "pair6" {
		return nil, fmt.Errorf("the simulator has two hosts: pair or pair6, not %s", t.Name)
	}
	return &Simulator{top: t, fates: map[int]string{}}, nil
}

// Begin makes alice and bob, each behind a NAT if so said. What is seen of them is what is to be seen outside: between the NATs.
func (s *Simulator) Begin(seed uint64, alice, bob enginetest.Side, nats [2]bool) *enginetest.Couple {
	s.couple = enginetest.NewCoupleBehind(seed, alice, bob, s.top.Name == "pair6", nats)
	s.couple.Net.Watch = s.see(s.couple.Net.Watch)
	return s.couple
}

// see writes down what leaves a host.
func (s *Simulator) see(then func(simnet.Passage)) func(simnet.Passage) {
	return func(p simnet.Passage) {
		src, octets := p.Datagram.Src, p.Datagram.Octets
		if len(p.Arrivals) > 0 {
			src = p.Arrivals[0].Datagram.Src
		}
		if p.Datagram.Src.Port() == host.PortNATT && !ikehdr.IsKeepalive(octets) {
			octets = append(ikehdr.AppendMarker(nil), octets...) // as the sockets do
		}
		if ip, err := packet.WrapUDP(src, p.Datagram.Dst, octets); err == nil {
			s.mu.Lock()
			n := len(s.frames) + 1
			s.frames = append(s.frames, pcapfile.Frame{Number: n, Time: p.At, Link: pcapfile.LinkRaw, Data: ip, Length: len(ip), Interface: s.top.Wire})
			if p.Fate != "" {
				s.fates[n] = p.Fate
			}
			s.mu.Unlock()
		}
		if then != nil {
			then(p)
		}
	}
}

// Fate is what became of a frame where it is not the ordinary: "lost", "twice", "late".
func (s *Simulator) Fate(frame int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fates[frame]
}

// Name is "sim".
func (s *Simulator) Name() string { return "sim" }

// Topology is what it was made from.
func (s *Simulator) Topology() topo.Topology { return s.top }

// Frames gives every datagram that left a host, whether it arrived or not.
func (s *Simulator) Frames() ([]pcapfile.Frame, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]pcapfile.Frame(nil), s.frames...), nil
}

// Leftovers are none: there is nothing but memory.
func (s *Simulator) Leftovers() ([]string, error) { return nil, nil }

// Close has nothing to do.
func (s *Simulator) Close() error { return nil }
