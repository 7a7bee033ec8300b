package load

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"ikewit/impl/engine/enginetest"
	"ikewit/impl/host"
	"ikewit/netns"
	"ikewit/netns/topo"
)

// Options say what load to make. Peer, Policy and Pace are needed.
type Options struct {
	Peer      string // one of Peers
	Tuned     bool   // strongswan: with its fastest Diffie-Hellman
	Policy    Policy
	Pace      Pace
	Addresses int  // of initiators; flights take them in turn
	Delete    bool // the responder is told to delete what stands, and does not grow
	Seed      uint64

	// Self is the command of our own responder; "--secretsfile FILE" and the policy are appended, for Respond.
	Self     []string
	Progress func(Progress)
}

// The bounds of Options.
const (
	MaxAddresses = 1 << 20
	MaxInFlight  = 100_000
)

// The initiators of more than one address have them from here.
var initiators = netip.MustParsePrefix("10.128.0.0/9")

const (
	warmUp       = 20 // negotiations before those that count: tables are built, caches filled
	startPatient = 30 * time.Second
)

// Check says what is wrong with options, nil when nothing.
func (o *Options) Check() error {
	switch {
	case !slices.Contains(Peers(), o.Peer):
		return fmt.Errorf("no responder %q; there are %s", o.Peer, strings.Join(Peers(), ", "))
	case o.Pace.InFlight < 1 || o.Pace.InFlight > MaxInFlight:
		return fmt.Errorf("%d in flight; it is a number from 1 to %d", o.Pace.InFlight, MaxInFlight)
	case o.Addresses < 1 || o.Addresses > MaxAddresses:
		return fmt.Errorf("%d addresses; it is a number from 1 to %d", o.Addresses, MaxAddresses)
	case o.Pace.Count <= 0 && o.Pace.Duration <= 0:
		return errors.New("neither a count nor a duration says when to end")
	case o.Pace.Rate < 0:
		return fmt.Errorf("a rate of %g a second", o.Pace.Rate)
	}
	return o.Policy.Check()
}

// Run starts the responder in a namespace of its own, lets the initiators loose on it, and tells what came of it. An error
// says that nothing could be measured; a responder that dies on the way is told in the summary.
func Run(ctx context.Context, o Options) (*Summary, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "wit-load-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	f, err := build()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	at := place{host: f.Host("bob"), addr: f.Topology.Addr("bob", ""), dir: dir, secret: "a secret of wit load", o: o}
	r, err := newResponder(ctx, at)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	starting, cancel := context.WithTimeout(ctx, startPatient)
	defer cancel()
	if err := r.Start(starting); err != nil {
		return nil, fmt.Errorf("%s does not start: %w%s", o.Peer, err, lastWords(r))
	}
	sockets, g, err := o.generator(f, at)
	if err != nil {
		return nil, err
	}
	defer sockets.Close()
	return measure(ctx, o, r, g)
}

// measure runs the generator between two looks at the processes.
func measure(ctx context.Context, o Options, r responder, g *Generator) (*Summary, error) {
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-r.Ended():
			cancel()
		case <-running.Done():
		}
	}()
	before, err := takeUsage(r.PID())
	if err != nil {
		return nil, err
	}
	t, err := g.Run(running, Pace{InFlight: warmUp, Count: warmUp})
	if err != nil {
		return nil, err
	}
	if t.Established > 0 {
		g.Progress = o.Progress
		if before, err = takeUsage(r.PID()); err != nil {
			return nil, err
		}
		if t, err = g.Run(running, o.Pace); err != nil {
			return nil, err
		}
	}
	after, err := takeUsage(r.PID())
	if err != nil {
		after = before // it is gone
	}
	s := summarize(o, r.Version(), t, before, after)
	if t.Begun == warmUp && t.Established == 0 {
		s.Trouble = "none of the first negotiations succeeded, and no more were begun"
	}
	select {
	case <-r.Ended():
		s.Trouble = fmt.Sprintf("the responder ended with status %d%s", r.Status(), lastWords(r))
	default:
	}
	return s, nil
}

// build makes two hosts on a wire; the first has a whole subnet.
func build() (*netns.Fabric, error) {
	top, err := topo.ByName("pair")
	if err != nil {
		return nil, err
	}
	back := topo.Route{To: initiators, Via: top.Addr("alice", "")}
	top.Hosts = []topo.Host{{Name: "alice"}, {Name: "bob", Routes: []topo.Route{back}}}
	f, err := netns.Build(top, netns.Options{RunID: "load", Offload: true})
	if err != nil {
		return nil, err
	}
	if err := f.Host("alice").Own(initiators); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// generator makes the initiators, with sockets at alice.
func (o *Options) generator(f *netns.Fabric, at place) (*host.UDP, *Generator, error) {
	offer, err := o.Policy.initiator(netip.Addr{}, at.addr)
	if err != nil {
		return nil, nil, err
	}
	port := offer.Local.Port
	if port == 0 {
		port = host.PortIKE
	}
	sockets, err := host.ListenUDP(host.UDPOptions{In: f.Host("alice").Do, Ports: []uint16{port}})
	if err != nil {
		return nil, nil, err
	}
	g := &Generator{
		Sockets: sockets, Offer: offer, Secrets: enginetest.PSK(at.secret), Seed: o.Seed, Delete: o.Delete,
		From: o.addresses(f.Topology.Addr("alice", "")),
	}
	return sockets, g, nil
}

// addresses gives the address of each flight: the only one, or those of the subnet in turn.
func (o *Options) addresses(only netip.Addr) func(n uint64) netip.Addr {
	if o.Addresses == 1 {
		return func(uint64) netip.Addr { return only }
	}
	base := binary.BigEndian.Uint32(initiators.Addr().AsSlice()) + 1
	return func(n uint64) netip.Addr {
		var a [4]byte
		binary.BigEndian.PutUint32(a[:], base+uint32(n%uint64(o.Addresses)))
		return netip.AddrFrom4(a)
	}
}

// lastWords are the last lines that a responder wrote.
func lastWords(r responder) string {
	lines := r.Journal().Lines(0)
	if len(lines) > 3 {
		lines = lines[len(lines)-3:]
	}
	text := ""
	for _, l := range lines {
		text += "\n  " + l.Text
	}
	return text
}
