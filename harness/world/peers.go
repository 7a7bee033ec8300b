package world

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ikewit/harness/peer"
	"ikewit/harness/peer/ipseckey"
	"ikewit/harness/peer/plutoplus"
	"ikewit/impl/ike"
)

// A plan is how plutoplus runs on a host.
type plan struct {
	options  string                                       // beside what the harness adds
	verbatim bool                                         // the harness adds only where files are
	alone    bool                                         // without --hold
	process  bool                                         // as a process of its own
	make     func(ctx context.Context) (peer.Peer, error) // of what is no plutoplus; then the rest says nothing
}

// patience is how long a peer may take to come to what a step waits for, unless its own --timeout is longer. It
// covers retransmission after 10 s.
const patience = 15 * time.Second

// Plan says how plutoplus is to run on a host. verbatim: the options are all of them, the mode included.
func (w *World) Plan(name, options string, verbatim bool) error {
	h, err := w.at(name)
	if err != nil {
		return err
	}
	h.plan = &plan{options: w.Substitute(options), verbatim: verbatim}
	return nil
}

// PlanProcess says that plutoplus is to run on a host as a process of its own.
func (w *World) PlanProcess(name, options string) error {
	err := w.Plan(name, options, false)
	if err == nil {
		w.hosts[name].plan.process = true
	}
	return err
}

// Alone lets WIT runs end by themselves, where they hold their SAs until they are told else.
func (w *World) Alone() error {
	for _, h := range w.hosts {
		if h.plan != nil {
			h.plan.alone = true
		}
	}
	return nil
}

// Secret gives a host a secret for its peer.
func (w *World) Secret(name, secret string) error {
	h, err := w.at(name)
	if err != nil {
		return err
	}
	h.secret = secret
	return nil
}

// SecretsFile gives a host a whole secrets file.
func (w *World) SecretsFile(name, text string) error {
	h, err := w.at(name)
	if err != nil {
		return err
	}
	h.secrets = w.Substitute(text) + "\n"
	return nil
}

// NoSecrets leaves a host without secrets file, SecretsMode gives the file a mode.
func (w *World) NoSecrets(name string) error {
	h, err := w.at(name)
	if err == nil {
		h.noSecrets = true
	}
	return err
}

// SecretsMode gives the secrets file of a host a mode.
func (w *World) SecretsMode(name string, mode os.FileMode) error {
	h, err := w.at(name)
	if err == nil {
		h.mode = mode
	}
	return err
}

// sharedSecret is what peers know who were told nothing: it follows from the seed.
func (w *World) sharedSecret() string { return fmt.Sprintf("a secret of %x", w.Seed) }

// secretOf is the secret that a host has for its peer.
func (w *World) secretOf(name string) string {
	if h := w.hosts[name]; h != nil && h.secret != "" {
		return h.secret
	}
	return w.sharedSecret()
}

// other is the peer that a host negotiates with.
func (w *World) other(name string) string {
	if w.top.Peers[0] == name {
		return w.top.Peers[1]
	}
	return w.top.Peers[0]
}

// wireAddr is the address that a host has on the wire, or that of the NAT before it, or any that it has.
func (w *World) wireAddr(name string) netip.Addr {
	if a := w.top.Outside(name); a.IsValid() {
		return a
	}
	return w.top.Addr(name, "")
}

// arguments completes the options of a plan: files, where SAs go, and for a plan that is not verbatim the mode and the peer.
func (w *World) arguments(name string, p *plan, initiate bool) []string {
	var args []string
	wit := !p.verbatim || slices.Contains(strings.Fields(p.options), "--wit")
	if !p.verbatim {
		args = append(args, "--wit", "-d", w.wireAddr(w.other(name)).String(), "--timeout", "10")
	}
	if wit && !p.alone {
		args = append(args, "--hold")
	}
	if initiate && !slices.Contains(strings.Fields(p.options), "-i") {
		args = append(args, "-i")
	}
	if wit {
		args = append(args, "--witdir", w.secretsDir(name))
	} else {
		args = append(args, "--secretsfile", filepath.Join(w.secretsDir(name), "isakmp-secrets"))
	}
	if w.Kernel != "" && w.Kernel != "auto" && !strings.Contains(p.options, "--kernel") {
		args = append(args, "--kernel", w.Kernel)
	}
	return append(args, strings.Fields(p.options)...)
}

func (w *World) secretsDir(name string) string { return filepath.Join(w.dir, name) }

// writeSecrets makes the secrets file under every name that the options of a host may ask for: in WIT mode it is named
// after the text of -d.
func (w *World) writeSecrets(name string, args []string) error {
	h := w.hosts[name]
	if h.noSecrets {
		return nil
	}
	text := h.secrets
	if text == "" {
		text = fmt.Sprintf("%%any %q\n", w.secretOf(name))
	}
	file := "isakmp-secrets"
	if dest := lastValue(args, "-d"); dest != "" && slices.Contains(args, "--wit") {
		file += "." + dest
	}
	mode := h.mode
	if mode == 0 {
		mode = 0o600
	}
	path := filepath.Join(w.secretsDir(name), file)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		return err
	}
	return os.Chmod(path, mode) // the mask may have taken bits away
}

// lastValue is the value of an option that counts: the last one.
func lastValue(args []string, option string) (value string) {
	for i, a := range args[:max(0, len(args)-1)] {
		if a == option {
			value = args[i+1]
		}
	}
	return value
}

// Start runs what was planned for a host.
func (w *World) Start(ctx context.Context, name string, initiate bool) error {
	h, err := w.at(name)
	if err != nil {
		return err
	}
	if h.plan == nil {
		return fmt.Errorf("nothing was said of how %s runs: %q", name, name+` runs plutoplus with "..."`)
	}
	p, err := w.planned(ctx, name, h.plan, initiate)
	if err != nil {
		return err
	}
	w.runs = append(w.runs, p)
	w.cached = nil
	if err := w.begun(p, p.Start(ctx)); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	return nil
}

// planned makes the peer of a plan, with the files that it reads.
func (w *World) planned(ctx context.Context, name string, p *plan, initiate bool) (peer.Peer, error) {
	if p.make != nil {
		return p.make(ctx)
	}
	args := w.arguments(name, p, initiate)
	if err := os.MkdirAll(w.keyingDir(name), 0o700); err != nil {
		return nil, err
	}
	if err := w.writeSecrets(name, args); err != nil {
		return nil, err
	}
	return w.newPeer(name, p, args)
}

// newPeer makes what a plan asks for.
func (w *World) newPeer(name string, p *plan, args []string) (peer.Peer, error) {
	if p.process {
		if _, err := w.namespaces(); err != nil {
			return nil, err
		}
		return plutoplus.NewChild(w.fabric, name, args)
	}
	who := fmt.Sprintf("%s %d", name, len(w.runs))
	run, err := plutoplus.New(w.fabric, name, args, peer.NewEntropy(w.Seed, who))
	if err == nil && w.hosts[name].refuse != nil {
		run.Refuse(w.hosts[name].refuse)
	}
	return run, err
}

// Initiate starts everybody who is planned and does not run yet, then the initiator, and waits until the
// negotiation has come to an end, good or bad. alone: nobody else is started.
func (w *World) Initiate(ctx context.Context, name string, alone bool) error {
	if h := w.hosts[name]; h != nil && h.plan != nil && h.plan.make != nil {
		return w.initiateWhenTold(ctx, name)
	}
	for _, other := range w.top.Peers {
		if h := w.hosts[other]; other != name && !alone && h != nil && h.plan != nil && w.idle(other) {
			if err := w.Start(ctx, other, false); err != nil {
				return err
			}
		}
	}
	if err := w.Start(ctx, name, true); err != nil {
		return err
	}
	if err := w.tell(ctx, name); err != nil {
		return err
	}
	return w.settle(ctx, name)
}

// settle waits for the end of a negotiation: the initiator has its SAs or has ended; and if it has them, so have the
// others.
func (w *World) settle(ctx context.Context, initiator string) error {
	first := w.Peer(initiator)
	ctx, cancel := within(ctx, w.longest(), "the negotiation comes to an end")
	defer cancel()
	if err := first.Journal().Until(ctx, func() bool { return ended(first) || w.isUp(first) || w.gaveUp(first) }); err != nil {
		return err
	}
	if !w.isUp(first) {
		return nil
	}
	for _, p := range w.Running() {
		if p != first && !w.isUp(p) {
			if err := p.Journal().Until(ctx, func() bool { return ended(p) || w.isUp(p) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// longest is the patience that the options of this scenario ask for.
func (w *World) longest() time.Duration { return patience }

// Peer is the latest run on a host that negotiates, or else its SA database, if that is keyed by hand; nil: there is neither.
func (w *World) Peer(name string) peer.Peer {
	var found peer.Peer
	for _, p := range slices.Backward(w.runs) {
		if p.Host() != name {
			continue
		}
		if _, byHand := p.(*ipseckey.Peer); !byHand {
			return p
		}
		found = p
	}
	return found
}

// idle reports whether nothing has run on a host that negotiates.
func (w *World) idle(name string) bool {
	p := w.Peer(name)
	_, byHand := p.(*ipseckey.Peer)
	return p == nil || byHand
}

// Running gives the latest run of every host, in the order of the topology's peers.
func (w *World) Running() []peer.Peer {
	var list []peer.Peer
	for _, name := range w.top.Peers {
		if p := w.Peer(name); p != nil {
			list = append(list, p)
		}
	}
	return list
}

// need gives the run of a host, or says that there was none.
func (w *World) need(name string) (peer.Peer, error) {
	p := w.Peer(name)
	if p == nil {
		return nil, fmt.Errorf("nothing runs on %s", name)
	}
	return p, nil
}

// isUp reports whether a peer has IPsec SAs: its engine told it, or it said so.
func (w *World) isUp(p peer.Peer) bool {
	if f, ok := p.(peer.Foreign); ok {
		return f.Pairs() > 0
	}
	return p.Journal().Has(peer.Out, "WIT: SUCCESS") || slices.ContainsFunc(p.Journal().Events(), func(e peer.Event) bool {
		_, up := e.Event.(ike.Phase2Up)
		return up
	})
}

func ended(p peer.Peer) bool {
	select {
	case <-p.Ended():
		return true
	default:
		return false
	}
}
