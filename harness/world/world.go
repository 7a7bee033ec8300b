package world

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"ikewit/harness/fabric"
	"ikewit/harness/peer"
	"ikewit/harness/peer/ipseckey"
	"ikewit/impl/sadb"
	"ikewit/netns/topo"
)

// Settings are what all scenarios of a run have in common.
type Settings struct {
	Fabric  string       // "netns" or "sim": where a scenario runs that does not say itself
	Kernel  string       // where SAs go: auto, user, none
	Out     string       // folder for the evidence of every case; "": none is kept of good ones
	Bad     string       // folder for the evidence of the cases that are not good, where there is no Out
	Keep    bool         // leave the namespaces of cases that are not good
	Peer    string       // who "the peer" is in scenarios of interoperation: plutoplus, strongswan, libreswan
	Known   []peer.Known // failures that are the peer's own
	RunSeed uint64       // of the run: the seed of a case follows from it
}

// A World is one scenario while it runs. It is used by one goroutine.
type World struct {
	Settings
	ID, Name string
	Tags     []string
	Seed     uint64

	dir    string // secrets, and what else peers read; gone with the world
	top    topo.Topology
	fabric fabric.Fabric
	hosts  map[string]*host
	runs   []peer.Peer // in the order of their start
	start  time.Time
	ready  time.Time // the topology stood

	traffic traffic
	sim     *simulation    // nil: not in the simulator
	kernel  *kernelWitness // nil: the scenario needs no kernel with IPsec
	judged  judged
	keying  keying
	foreign foreignState
	last    *snapshot
	moved   map[string][]netip.Addr // other addresses under which hosts are seen
	cached  *evidence
	closed  bool
}

// A host is what the scenario said of one host before a peer runs there.
type host struct {
	secret    string // for every peer, in every form of the name that -d may have
	secrets   string // a whole secrets file
	noSecrets bool
	mode      os.FileMode
	plan      *plan
	refuse    func(sadb.Action) error // makes installations fail
	keepalive time.Duration           // of our daemon without options; 0: the usual
}

// New makes the world of a case. Nothing is built before the scenario asks for it.
func New(s Settings, id, name string, tags []string, seed uint64) *World {
	if slices.Contains(tags, "sim") {
		s.Fabric = "sim"
	}
	return &World{Settings: s, ID: id, Name: name, Tags: tags, Seed: seed, hosts: map[string]*host{}, start: time.Now()}
}

// FabricName is where it runs.
func (w *World) FabricName() string { return w.Fabric }

// KernelName is where the SAs of the peers are; "" before any ran.
func (w *World) KernelName() string {
	for _, p := range w.runs {
		return p.Kernel()
	}
	return ""
}

// Topology is where the scenario takes place.
func (w *World) Topology() topo.Topology { return w.top }

// UseTopology builds the topology of a name.
func (w *World) UseTopology(name string) error {
	if w.fabric != nil {
		return fmt.Errorf("there is a topology already: %s", w.top.Name)
	}
	top, err := topo.ByName(name)
	if err != nil {
		return err
	}
	if w.dir, err = os.MkdirTemp("", "wit-"); err != nil {
		return err
	}
	w.top = top
	switch w.Fabric {
	case "netns":
		w.fabric, err = fabric.BuildNamespaces(top, fmt.Sprintf("%d-%06x", os.Getpid(), w.Seed&0xffffff))
	case "sim":
		if slices.Contains(w.Tags, "netns") {
			return &Unsupported{"it needs real sockets and traffic (@netns), and this is the simulator"}
		}
		w.fabric, err = fabric.NewMemory(top)
	default:
		return fmt.Errorf("no fabric %q", w.Fabric)
	}
	w.ready = time.Now()
	if err != nil {
		return err
	}
	return w.witnessKernels()
}

// standing says that no topology was chosen yet.
func (w *World) standing() error {
	if w.fabric == nil {
		return errors.New(`no topology yet: begin with "two hosts" or "the topology ..."`)
	}
	return nil
}

// namespaces is the fabric, where it has real traffic.
func (w *World) namespaces() (*fabric.Namespaces, error) {
	if err := w.standing(); err != nil {
		return nil, err
	}
	n, ok := w.fabric.(*fabric.Namespaces)
	if !ok {
		return nil, &Unsupported{"the simulator carries IKE only, no traffic"}
	}
	return n, nil
}

// at gives what was said of a host.
func (w *World) at(name string) (*host, error) {
	if err := w.standing(); err != nil {
		return nil, err
	}
	if _, ok := w.top.Host(name); !ok {
		return nil, fmt.Errorf("topology %s has no host %s", w.top.Name, name)
	}
	if w.hosts[name] == nil {
		w.hosts[name] = &host{}
	}
	return w.hosts[name], nil
}

// Substitute puts addresses in the place of {alice}, {bob}, {carol} and {dave}, and the path of a key engine's socket in that of
// {alice's socket}.
func (w *World) Substitute(text string) string {
	for _, h := range w.top.Hosts {
		text = strings.ReplaceAll(text, "{"+h.Name+"}", w.top.Outside(h.Name).String())
		text = strings.ReplaceAll(text, "{"+h.Name+"'s socket}", ipseckey.Socket(w.keyingDir(h.Name)))
	}
	return text
}

// KeepNamespaces gives the namespaces of the scenario names that outlive this process, and says what to type.
func (w *World) KeepNamespaces() ([]string, error) {
	n, ok := w.fabric.(*fabric.Namespaces)
	if !ok {
		return nil, nil
	}
	var lines []string
	for _, h := range n.Hosts() {
		name, err := h.Keep()
		if err != nil {
			return lines, err
		}
		lines = append(lines, fmt.Sprintf("ip netns exec %s ip addr   # and at last: ip netns del %s", name, name))
	}
	return lines, nil
}

// Close ends the peers, takes the topology down, and says what was left behind.
func (w *World) Close() error {
	if w.closed {
		return nil
	}
	w.closed = true
	var errs []error
	errs = append(errs, w.takeOutByHand())
	for _, p := range slices.Backward(w.runs) {
		errs = append(errs, w.parted(p, p.Close()))
	}
	errs = append(errs, w.foreign.close(), w.traffic.close(), w.kernel.close())
	if w.fabric != nil {
		left, err := w.leftovers()
		if err == nil && len(left) > 0 {
			err = &Mismatch{Code: "left-behind", What: "something is left behind", Expected: "nothing", Actual: strings.Join(left, "; "),
				Next: "whoever opened it has to close it: the names say whose it is"}
			if w.foreignDied() {
				err = &Unresolved{err.Error()} // it was killed, or died
			}
		}
		errs = append(errs, err, w.fabric.Close())
	}
	if w.dir != "" {
		errs = append(errs, os.RemoveAll(w.dir))
	}
	return errors.Join(errs...)
}

// wait runs until a condition holds, with a time limit of its own that names what was awaited.
func within(ctx context.Context, d time.Duration, what string) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, &Mismatch{Code: "timeout", What: what, Expected: "within " + d.String(), Actual: "not yet"})
}
