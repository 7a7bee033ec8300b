package world

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"ikewit/harness/deviation"
	"ikewit/harness/fabric"
	"ikewit/harness/peer"
	"ikewit/harness/peer/self"
	"ikewit/impl/engine/enginetest"
	"ikewit/impl/ike"
	"ikewit/impl/simnet"
	"ikewit/netns/topo"
)

// A simulation is alice and bob in the simulator: what they are to be, and then what they are.
type simulation struct {
	sim      *fabric.Simulator
	profiles map[string]string // "esp 3des-md5 mode transport", as written
	seams    map[string][]func(*enginetest.Side)
	links    []func(*enginetest.Couple)
	nats     [2]bool // before alice, before bob
	guest    string  // where carol is: "" nowhere, else behind which NAT
	liars    []*deviation.Liar
	couple   *enginetest.Couple
}

// Simulate begins a scenario in the simulator.
func (w *World) Simulate(topology string) error {
	if w.fabric != nil {
		return fmt.Errorf("there is a topology already: %s", w.top.Name)
	}
	top, err := topo.ByName(topology)
	if err != nil {
		return err
	}
	sim, err := fabric.NewSimulator(top)
	if err != nil {
		return err
	}
	w.Fabric, w.top, w.fabric, w.ready = "sim", top, sim, time.Now()
	w.sim = &simulation{sim: sim, profiles: map[string]string{}, seams: map[string][]func(*enginetest.Side){}}
	return nil
}

// simulated gives the simulation, or says that there is none.
func (w *World) simulated() (*simulation, error) {
	if w.sim == nil {
		return nil, fmt.Errorf("this is no scenario of the simulator: begin with %q", "alice and bob in the simulator")
	}
	return w.sim, nil
}

// Profile adds to what a host offers and accepts: pairs of a field and its value, like "ike 3des-md5-modp1024 pfs modp1024".
func (w *World) Profile(name, text string) error {
	s, err := w.simulated()
	if err != nil {
		return err
	}
	s.profiles[name] = strings.TrimSpace(s.profiles[name] + " " + text)
	_, err = profileOf(s.profiles[name])
	return err
}

// Seam lets a function change a side before it begins: this is where deviations enter.
func (w *World) Seam(name string, change func(*enginetest.Side)) error {
	s, err := w.simulated()
	if err == nil {
		s.seams[name] = append(s.seams[name], change)
		w.judged.liars = true
	}
	return err
}

// Lie lets a host tell one deviation, until Honest.
func (w *World) Lie(name, deviationName string) error {
	d, err := deviation.ByName(deviationName)
	if err != nil {
		return err
	}
	liar := &deviation.Liar{Deviation: d}
	if err := w.Seam(name, func(s *enginetest.Side) { s.Config.Seams = deviation.Both(s.Config.Seams, liar.Seams()) }); err != nil {
		return err
	}
	w.sim.liars = append(w.sim.liars, liar)
	return nil
}

// LieTold is the guard of a scenario with a lie: it was told.
func (w *World) LieTold() error {
	s, err := w.simulated()
	if err != nil {
		return err
	}
	if len(s.liars) == 0 {
		return &Unresolved{"nobody was to lie"}
	}
	for _, l := range s.liars {
		if l.Told == 0 {
			return &Unresolved{fmt.Sprintf("%s was never told: no %s was sent", l.Deviation.Name, l.Deviation.In)}
		}
	}
	return nil
}

// Lies are the deviations that somebody was to tell.
func (w *World) Lies() []*deviation.Deviation {
	var list []*deviation.Deviation
	if w.sim != nil {
		for _, l := range w.sim.liars {
			list = append(list, l.Deviation)
		}
	}
	return list
}

// Honest lets everybody tell the truth from now on.
func (w *World) Honest() error {
	s, err := w.begin()
	if err == nil {
		for _, l := range s.liars {
			l.Honest = true
		}
	}
	return err
}

// Link lets the way from one host to another do something to what passes.
func (w *World) Link(from, to, what string, names []string) error {
	s, err := w.simulated()
	if err != nil {
		return err
	}
	var wrap func(then simnet.Link) simnet.Link
	switch what {
	case "loses":
		wrap = func(then simnet.Link) simnet.Link { return simnet.Lose{Pick: simnet.First(names...), Link: then} }
	case "repeats":
		wrap = func(then simnet.Link) simnet.Link {
			return simnet.Duplicate{Pick: simnet.First(names...), Gap: time.Second, Link: then}
		}
	case "delays":
		wrap = func(then simnet.Link) simnet.Link {
			return simnet.Delay{Pick: simnet.First(names...), By: 5 * time.Second, Link: then}
		}
	case "shifts", "readdresses":
		w.judged.liars = true // what comes again from elsewhere is no copy
		var a netip.Addr
		if what == "readdresses" {
			a = movedTo
			w.own(from, a)
		}
		wrap = func(then simnet.Link) simnet.Link { return shift{then, simnet.First(names...), a} }
	default:
		return fmt.Errorf("a link loses, repeats, delays, shifts or readdresses; it does not %q", what)
	}
	s.links = append(s.links, func(c *enginetest.Couple) { c.Net.Connect(from, to, wrap(c.Net.Between(from, to))) })
	return nil
}

// begin makes alice and bob, once.
func (w *World) begin() (*simulation, error) {
	s, err := w.simulated()
	if err != nil || s.couple != nil {
		return s, err
	}
	sides := map[string]enginetest.Side{}
	entropies := map[string]*peer.Entropy{}
	names := w.top.Peers[:]
	if s.guest != "" {
		names = append(slices.Clone(names), guest)
	}
	for _, name := range names {
		p, err := profileOf(s.profiles[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if p.Secret == "" {
			p.Secret = w.sharedSecret()
		}
		if name != guest {
			h, err := w.at(name)
			if err != nil {
				return nil, err
			}
			h.secret = p.Secret
		}
		side := enginetest.Side{Profile: p}
		entropies[name] = peer.NewEntropy(w.Seed, name)
		side.Config.Entropy = entropies[name]
		side.Config.Trace.Messages = true
		for _, change := range s.seams[name] {
			change(&side)
		}
		sides[name] = side
	}
	s.couple = s.sim.Begin(w.Seed, sides[w.top.Peers[0]], sides[w.top.Peers[1]], s.nats)
	if s.guest != "" {
		if err := w.invite(s, sides[guest]); err != nil {
			return nil, err
		}
	}
	w.attach(s, entropies)
	for _, link := range s.links {
		link(s.couple)
	}
	return s, nil
}

// attach makes peers of the hosts.
func (w *World) attach(s *simulation, entropies map[string]*peer.Entropy) {
	peers := map[*enginetest.Host]*self.Peer{}
	for _, h := range s.couple.Hosts {
		p := self.New(h, entropies[h.Name], strings.TrimSpace("engine "+s.profiles[h.Name]))
		peers[h] = p
		w.runs = append(w.runs, p)
	}
	s.couple.Watch = func(h *enginetest.Host, at time.Time, what any) {
		if e, ok := what.(ike.Event); ok && h != nil {
			peers[h].Tell(at, e)
		}
	}
}

// quiet is how long the simulator runs after something was begun: longer than every retransmission together.
const quiet = 3 * time.Minute

// SimInitiate lets a host begin, and time pass until all has been tried.
func (w *World) SimInitiate(name string) error {
	s, err := w.begin()
	if err != nil {
		return err
	}
	s.couple.Initiate(s.couple.Host(name))
	s.couple.Run(quiet)
	w.cached = nil
	return nil
}

// SimNegotiate lets a host begin so many times, one after the other, a second apart.
func (w *World) SimNegotiate(name string, times int) error {
	s, err := w.begin()
	if err != nil {
		return err
	}
	for range times {
		s.couple.Initiate(s.couple.Host(name))
		s.couple.Run(time.Second)
	}
	w.cached = nil
	return nil
}

// SimRenew lets a host begin another phase 1 with the peer that it has one with.
func (w *World) SimRenew(name string) error {
	s, err := w.begin()
	if err != nil {
		return err
	}
	h := s.couple.Host(name)
	h.Do(ike.Initiate{Conn: s.couple.ConnOf(h), Phase1Only: true})
	s.couple.Run(quiet)
	w.cached = nil
	return nil
}

// Pass lets time pass.
func (w *World) Pass(d time.Duration) error {
	s, err := w.begin()
	if err == nil {
		s.couple.Run(d)
		w.cached = nil
	}
	return err
}

// SimEnd lets a host end what it has, with Deletes.
func (w *World) SimEnd(name string) error {
	s, err := w.begin()
	if err == nil {
		w.judged.perishable = true
		s.couple.Host(name).Do(ike.Terminate{})
		s.couple.Run(quiet)
		w.cached = nil
	}
	return err
}

// Refused gives what a host refused, in words: "MI1 PAYLOAD-MALFORMED reserved-zero", the message, what the peer was told, and
// the check that failed.
func (w *World) Refused(name string) ([]ike.Refused, error) {
	p, err := w.need(name)
	if err != nil {
		return nil, err
	}
	var list []ike.Refused
	for _, e := range p.Journal().Events() {
		if r, ok := e.Event.(ike.Refused); ok {
			list = append(list, r)
		}
	}
	return list, nil
}

// profileOf reads fields and values.
func profileOf(text string) (enginetest.Profile, error) {
	var p enginetest.Profile
	words := strings.Fields(text)
	if len(words)%2 != 0 {
		return p, fmt.Errorf("profile %q: a field without a value", text)
	}
	for pair := range slices.Chunk(words, 2) {
		field, value := pair[0], pair[1]
		switch field {
		case "ike":
			p.IKE = append(p.IKE, value)
		case "esp":
			p.ESP = append(p.ESP, value)
		case "ah":
			p.AH = append(p.AH, value)
		case "mode":
			p.Mode = value
		case "pfs":
			p.PFS = value
		case "local":
			p.Local = strings.ReplaceAll(value, ",", " ")
		case "remote":
			p.Remote = strings.ReplaceAll(value, ",", " ")
		case "secret":
			p.Secret = value
		case "id":
			p.ID = value
		case "peerid":
			p.PeerID = value
		case "natt":
			p.NATT = value
		case "window":
			n, err := strconv.ParseUint(value, 10, 32)
			if err != nil {
				return p, fmt.Errorf("profile %q: window %q is no number of packets", text, value)
			}
			p.Window = uint32(n)
		case "peer":
			p.Anybody = value == "anybody"
		case "port":
			n, err := strconv.ParseUint(value, 10, 16)
			if err != nil {
				return p, fmt.Errorf("profile %q: port %q is no port", text, value)
			}
			p.Port = uint16(n)
		case "phase1":
			p.Phase1 = value
		case "dpd":
			p.DPD = value
		case "policy":
			p.Policy = value == "yes"
		case "life", "ikelife":
			n, err := strconv.Atoi(value)
			if err != nil {
				return p, fmt.Errorf("profile %q: %s %q is no number of seconds", text, field, value)
			}
			life := &p.Life
			if field == "ikelife" {
				life = &p.IKELife
			}
			*life = time.Duration(n) * time.Second
		default:
			return p, fmt.Errorf("profile %q: no field %q: there are ike, esp, ah, mode, pfs, local, remote, secret, id, peerid, peer, port, natt, window, phase1, dpd, policy, life, ikelife", text, field)
		}
	}
	return p, nil
}
