package world

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

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
	versions []string
	probed   string           // by ike-scan
	told     map[string]error // how the negotiation ended that a host was told to begin
	drops    []*netns.Drop
	hosts    []*netns.Host // where foreign peers ran
	terms    map[string]peer.Terms
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
	for _, h := range f.hosts {
		errs = append(errs, h.Do(flush))
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

// PeerVersion is what the foreign peers of the scenario call themselves; "" where there is none.
func (w *World) PeerVersion() string { return strings.Join(w.foreign.versions, ", ") }

// PlanPeer says for what the peer is configured, in options of plutoplus.
func (w *World) PlanPeer(options string) error {
	if w.PeerName() == "plutoplus" {
		return w.Plan(theirs, options, false)
	}
	terms, err := w.termsOfOptions(theirs, options)
	if err != nil {
		return err
	}
	return w.planForeign(theirs, w.PeerName(), terms)
}

// PlanOurs says how our plutoplus runs against the peer, which was planned before. Where the peer has no data plane, neither has
// ours.
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
		return w.planForeign(theirs, w.PeerName(), terms)
	}
	n, err := w.namespaces()
	if err != nil {
		return err
	}
	h, err := w.at(host)
	if err != nil {
		return err
	}
	h.plan = w.planDirect(n, host, cmp.Or(w.Kernel, "auto"), profile, terms)
	return nil
}

// dataless reports whether the peer negotiates without data what it was planned for.
func (w *World) dataless(n *fabric.Namespaces) bool {
	if w.PeerName() == "plutoplus" {
		return false
	}
	terms, planned := w.foreign.terms[theirs]
	if !planned {
		return !foreign.KernelHasESP(n.Host(theirs))
	}
	return foreign.Stack(w.PeerName(), n.Host(theirs), terms) == foreign.NoStack
}

// NeedsData says that the scenario is about data, which not every peer can carry on every kernel. It comes after what is
// negotiated: in user space charon carries some of it.
func (w *World) NeedsData() error {
	n, err := w.namespaces()
	if err != nil {
		return err
	}
	if w.dataless(n) {
		return &Unsupported{"this kernel has no ESP, so that " + w.PeerName() + " negotiates this without data: wit run --kernel guest has both"}
	}
	return nil
}

// planForeign plans an implementation of others at a host.
func (w *World) planForeign(host, name string, terms peer.Terms) error {
	n, err := w.namespaces()
	if err != nil {
		return err
	}
	if _, err := foreign.Config(name, terms); err != nil {
		return &Unsupported{err.Error()}
	}
	if w.foreign.terms == nil {
		w.foreign.terms = map[string]peer.Terms{}
	}
	w.foreign.terms[host] = terms
	w.hosts[host].plan = &plan{make: func(ctx context.Context) (peer.Peer, error) {
		dir := filepath.Join(w.dir, fmt.Sprintf("%s-%d", host, len(w.runs)))
		if err := os.Mkdir(dir, 0o700); err != nil {
			return nil, err
		}
		w.foreign.hosts = append(w.foreign.hosts, n.Host(host))
		// A peer with a secret of its own says things that open with nothing that both sides have, and of two foreign
		// ones nobody tells an exponent.
		w.judged.liars = w.judged.liars || w.secretOf(ours) != w.secretOf(theirs) || len(w.foreign.hosts) > 1
		p, err := foreign.New(ctx, name, foreign.Order{Host: n.Host(host), Terms: terms, Dir: dir})
		if missing := (*foreign.Missing)(nil); errors.As(err, &missing) {
			return nil, &Unresolved{fmt.Sprintf("%s is not there: %v", name, err)}
		}
		return p, err
	}}
	return nil
}

// PlanNamed plans an implementation by its name at a host, for what options of plutoplus say: plutoplus, self (our daemon without
// those options), or a foreign one. other is who
// is on the other side.
func (w *World) PlanNamed(host, name, options, other string) error {
	n, err := w.namespaces()
	if err != nil {
		return err
	}
	terms, err := w.termsOfOptions(host, options)
	if err != nil {
		return err
	}
	kernel := w.Kernel
	if kernel == "" {
		kernel = "auto"
	}
	if slices.Contains(foreign.Names(), other) && !foreign.KernelHasESP(n.Host(host)) {
		kernel = "none"
	}
	switch name {
	case "plutoplus":
		return w.Plan(host, options+" --kernel "+kernel, false)
	case "self":
		terms.Conn.IPsec.LifeOctets = 0 // one limit less of its own, of which the judge knows nothing
		w.hosts[host].plan = w.planDirect(n, host, kernel, options, terms)
		return nil
	}
	return w.planForeign(host, name, terms)
}

func (w *World) planDirect(n *fabric.Namespaces, host, kernel, words string, terms peer.Terms) *plan {
	return &plan{make: func(context.Context) (peer.Peer, error) {
		if w.dataless(n) {
			kernel = "none"
		}
		p := direct.New(n.Host(host), terms, kernel, "engine "+words, peer.NewEntropy(w.Seed, host))
		p.Limits.Keepalive = w.hosts[host].keepalive
		return p, nil
	}}
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
	return w.terms(host, o.Connection(w.OwnAddr(host), ends)), nil
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
	c, err := p.Connection("peer", w.OwnAddr(host), w.wireAddr(w.other(host)))
	t := w.terms(host, c)
	t.ForceEncap = c != nil && c.NATT == conn.NATTForce
	return t, err
}

func (w *World) terms(host string, c *conn.Connection) peer.Terms {
	return peer.Terms{Conn: c, Secret: alg.Key(w.secretOf(host))}
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
