package world

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ikewit/harness/fabric"
	"ikewit/harness/peer"
	"ikewit/harness/peer/direct"
	"ikewit/harness/peer/foreign"
	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/driver/xfrm"
	"ikewit/impl/plutoplus"
	"ikewit/impl/sadb"
	"ikewit/netns"
	"ikewit/netns/topo"
)

// foreignState is what a scenario knows of the peer that is not ours, and of what it was told to do.
type foreignState struct {
	version string
	told    map[string]error // how the negotiation ended that a host was told to begin
	drops   []*netns.Drop
	host    *netns.Host // where it ran; nil: it did not
}

// ours and theirs are where the two are in every scenario of interoperation.
const (
	ours   = "alice"
	theirs = "bob"
)

// close takes the faults off the links, and out of the kernel what a peer that has ended forgot there: that is no
// business of ours.
func (f *foreignState) close() error {
	var errs []error
	for _, d := range f.drops {
		errs = append(errs, d.Close())
	}
	if f.host != nil {
		errs = append(errs, f.host.Do(flush))
	}
	return errors.Join(errs...)
}

func flush() error {
	d, err := xfrm.New()
	if err != nil {
		return fmt.Errorf("take out what the peer left in the kernel: %w", err)
	}
	return errors.Join(d.Apply(sadb.Flush{Policies: true}), d.Close())
}

// PeerName is who "the peer" is.
func (w *World) PeerName() string {
	if w.Settings.Peer == "" {
		return "plutoplus"
	}
	return w.Settings.Peer
}

// PeerVersion is what the foreign peer of the scenario calls itself; "" where there is none.
func (w *World) PeerVersion() string { return w.foreign.version }

// PlanPeer says for what the peer is configured, in options of plutoplus.
func (w *World) PlanPeer(options string) error {
	if w.PeerName() == "plutoplus" {
		return w.Plan(theirs, options, false)
	}
	terms, err := w.termsOfOptions(theirs, options)
	if err != nil {
		return err
	}
	return w.planForeign(terms)
}

// PlanOurs says how our plutoplus runs against the peer. Where the peer has no data plane, neither has ours.
func (w *World) PlanOurs(options string) error {
	n, err := w.namespaces()
	if err != nil {
		return err
	}
	if w.dataless(n) {
		options += " --kernel none"
	}
	return w.Plan(ours, options, false)
}

// PlanProfile says what a host negotiates, in words of profiles: more than the options of plutoplus can say.
func (w *World) PlanProfile(host, profile string) error {
	terms, err := w.termsOfProfile(host, profile)
	if err != nil {
		return err
	}
	if host == theirs && w.PeerName() != "plutoplus" {
		return w.planForeign(terms)
	}
	n, err := w.namespaces()
	if err != nil {
		return err
	}
	kernel := w.Kernel
	if w.dataless(n) {
		kernel = "none"
	} else if kernel == "" {
		kernel = "auto"
	}
	h, err := w.at(host)
	if err != nil {
		return err
	}
	h.plan = &plan{make: func(context.Context) (peer.Peer, error) {
		return direct.New(n.Host(host), terms, kernel, "engine "+profile, peer.NewEntropy(w.Seed, host)), nil
	}}
	return nil
}

// dataless reports whether the peer negotiates without data.
func (w *World) dataless(n *fabric.Namespaces) bool {
	return w.PeerName() != "plutoplus" && !foreign.KernelHasESP(n.Host(theirs))
}

// NeedsData says that the scenario is about data, which not every peer can carry on every kernel.
func (w *World) NeedsData() error {
	n, err := w.namespaces()
	if err != nil {
		return err
	}
	if w.dataless(n) {
		return &Unsupported{"this kernel has no ESP, so that " + w.PeerName() + " negotiates without data: wit run --kernel guest has both"}
	}
	return nil
}

// planForeign plans the peer that is not ours.
func (w *World) planForeign(terms peer.Terms) error {
	n, err := w.namespaces()
	if err != nil {
		return err
	}
	if _, err := foreign.Config(w.PeerName(), terms); err != nil {
		return &Unsupported{err.Error()}
	}
	w.hosts[theirs].plan = &plan{make: func(ctx context.Context) (peer.Peer, error) {
		dir := filepath.Join(w.dir, fmt.Sprintf("%s-%d", theirs, len(w.runs)))
		if err := os.Mkdir(dir, 0o700); err != nil {
			return nil, err
		}
		w.foreign.host = n.Host(theirs)
		// A peer with a secret of its own says things that open with nothing that both sides have.
		w.judged.liars = w.judged.liars || w.secretOf(ours) != w.secretOf(theirs)
		p, err := foreign.New(ctx, w.PeerName(), foreign.Order{Host: n.Host(theirs), Terms: terms, Dir: dir})
		if missing := (*foreign.Missing)(nil); errors.As(err, &missing) {
			return nil, &Unresolved{fmt.Sprintf("%s is not there: %v", w.PeerName(), err)}
		}
		return p, err
	}}
	return nil
}

// termsOfOptions translates options of plutoplus into a connection as a host sees it.
func (w *World) termsOfOptions(host, options string) (peer.Terms, error) {
	if _, err := w.at(host); err != nil {
		return peer.Terms{}, err
	}
	o, _, err := plutoplus.Parse(append([]string{"--wit", "-d", w.wireAddr(w.other(host)).String()}, strings.Fields(options)...))
	if err != nil {
		return peer.Terms{}, err
	}
	ends, err := o.Resolve(nil)
	if err != nil {
		return peer.Terms{}, err
	}
	return w.terms(host, o.Connection(w.wireAddr(host), ends)), nil
}

// termsOfProfile does so with a profile.
func (w *World) termsOfProfile(host, profile string) (peer.Terms, error) {
	if _, err := w.at(host); err != nil {
		return peer.Terms{}, err
	}
	p, err := profileOf(w.Substitute(profile))
	if err != nil {
		return peer.Terms{}, err
	}
	if p.Window == 0 {
		p.Window = 32
	}
	p.Policy = true
	c, err := p.Connection("peer", w.wireAddr(host), w.wireAddr(w.other(host)))
	return w.terms(host, c), err
}

func (w *World) terms(host string, c *conn.Connection) peer.Terms {
	return peer.Terms{Conn: c, Secret: alg.Key(w.secretOf(host))}
}

// begun notes what a peer that has started calls itself. A foreign one that does not come up proves nothing about us.
func (w *World) begun(p peer.Peer, err error) error {
	f, ok := w.notOurs(p)
	if !ok {
		return err
	}
	if w.foreign.version = f.Version(); w.foreign.version == "" {
		w.foreign.version = w.PeerName()
	}
	if err != nil {
		return &Unresolved{fmt.Sprintf("%s does not come up: %v", w.PeerName(), err)}
	}
	return nil
}

// notOurs tells the peer of somebody else from our daemon without plutoplus.
func (w *World) notOurs(p peer.Peer) (peer.Foreign, bool) {
	f, ok := p.(peer.Foreign)
	if _, own := p.(*direct.Peer); own {
		return nil, false
	}
	return f, ok
}

// sidesNeeded is how many sides must show their SAs: a foreign peer keeps them to itself.
func (w *World) sidesNeeded() int {
	if slices.ContainsFunc(w.runs, func(p peer.Peer) bool { _, is := w.notOurs(p); return is }) {
		return 1
	}
	return 2
}

// Blame turns an error into an unresolved one if the foreign peer died: nothing was learnt about us then.
func (w *World) Blame(err error) error {
	if err == nil || w.closed {
		return err
	}
	for _, p := range w.runs {
		f, ok := w.notOurs(p)
		if ok && ended(f) {
			return &Unresolved{fmt.Sprintf("%s died with status %d: %v", w.PeerName(), f.Status(), err)}
		}
	}
	return err
}

// keepConfigurations writes what the peers were configured with into a bundle.
func (w *World) keepConfigurations(b *bundle) {
	for i, p := range w.runs {
		f, ok := p.(peer.Foreign)
		if !ok {
			continue
		}
		for name, text := range f.Configuration() {
			b.write(fmt.Sprintf("%s-%d-%s", p.Host(), i, name), 0o644, text)
		}
	}
}

// leftovers looks for what is left behind, and looks again for a moment: a program that is just being started holds
// copies of all our sockets until it is one.
func (w *World) leftovers() (left []string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	tick := time.NewTicker(settleTime / 50)
	defer tick.Stop()
	for {
		if left, err = w.fabric.Leftovers(); err != nil || len(left) == 0 {
			return left, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return left, nil
		}
	}
}

// PeerTerms are those of the peer in a topology, by options of plutoplus or by a profile, as scenarios say them.
func PeerTerms(topology, options, profile string) (peer.Terms, error) {
	top, err := topo.ByName(topology)
	if err != nil {
		return peer.Terms{}, err
	}
	w := New(Settings{}, "", "", nil, 0)
	w.top = top
	if w.fabric, err = fabric.NewMemory(top); err != nil {
		return peer.Terms{}, err
	}
	if profile != "" {
		return w.termsOfProfile(theirs, profile)
	}
	return w.termsOfOptions(theirs, options)
}
