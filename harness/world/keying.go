package world

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"ikewit/harness/capture/ipsec"
	"ikewit/harness/check"
	"ikewit/harness/peer/ipseckey"
	"ikewit/impl/sadb"
)

// userTag marks scenarios of what a kernel cannot do.
const userTag = "userspace"

// keying is what was done by hand in a scenario.
type keying struct {
	sas       []*ipsec.SA      // that the command files add, as the judge reads them
	written   []writtenSA      // the same, with what no packet shows
	protected []ipsec.Selector // by policies that the harness put in
	results   map[string]ipseckey.Result
}

// KeyingAt gives the SA database of a host for keying by hand, opened when it is first asked for. kernel "" is that of the
// run.
func (w *World) KeyingAt(ctx context.Context, name, kernel string) (*ipseckey.Peer, error) {
	n, err := w.namespaces()
	if err != nil {
		return nil, err
	}
	if _, err := w.at(name); err != nil {
		return nil, err
	}
	if p := w.byHand(name); p != nil {
		return p, nil
	}
	if kernel == "" {
		if kernel, err = w.keyingKernel(name); err != nil {
			return nil, err
		}
	}
	p := ipseckey.New(name, n.Host(name).Do, kernel, w.keyingDir(name))
	if err := p.Start(ctx); err != nil {
		return nil, err
	}
	w.runs = append(w.runs, p)
	return p, nil
}

// byHand gives the SA database of a host for keying by hand; nil: it was not asked for.
func (w *World) byHand(name string) *ipseckey.Peer {
	for _, p := range w.runs {
		if p, ok := p.(*ipseckey.Peer); ok && p.Host() == name {
			return p
		}
	}
	return nil
}

// keyingDir holds command files, and the socket of a stack that is keyed by hand.
func (w *World) keyingDir(name string) string { return filepath.Join(w.dir, name, "keying") }

// keyingKernel is that of the host's plutoplus where it serves it (--pfkey), or the kernel's database where it has one, unless the run or the
// scenario says else.
func (w *World) keyingKernel(name string) (string, error) {
	if h := w.hosts[name]; h != nil && h.plan != nil && h.plan.make == nil {
		if o := w.options(h.plan); o != nil && o.PFKey != "" {
			return "unix:" + o.PFKey, nil
		}
	}
	switch {
	case slices.Contains(w.Tags, userTag) && w.Kernel == "xfrm":
		return "", &Unsupported{"no kernel does this (@" + userTag + ")"}
	case w.Kernel != "auto" && w.Kernel != "":
		return w.Kernel, nil
	case !slices.Contains(w.Tags, userTag) && w.kernel != nil:
		return "xfrm", nil
	}
	return "user", nil
}

// KeyByHand runs ipseckey -f with a file of commands, which must succeed. What it adds the judge reads for itself.
func (w *World) KeyByHand(ctx context.Context, name, text string) error {
	text = w.Substitute(text) + "\n"
	r, err := w.keyFile(ctx, name, text)
	if err != nil {
		return err
	}
	if r.Status != 0 {
		return &Mismatch{Code: "exit-status", What: "ipseckey -f on " + name, Expected: "0", Actual: fmt.Sprintf("%d: %s", r.Status, strings.TrimSpace(r.Err))}
	}
	return nil
}

// KeyFile runs ipseckey -f, whatever comes of it.
func (w *World) KeyFile(ctx context.Context, name, text string) error {
	_, err := w.keyFile(ctx, name, w.Substitute(text)+"\n")
	return err
}

func (w *World) keyFile(ctx context.Context, name, text string) (ipseckey.Result, error) {
	p, err := w.KeyingAt(ctx, name, "")
	if err != nil {
		return ipseckey.Result{}, err
	}
	added, whole, err := readCommands(text)
	if err != nil {
		return ipseckey.Result{}, err
	}
	w.judged.perishable = w.judged.perishable || !whole
	for _, sa := range added {
		if !slices.ContainsFunc(w.keying.sas, func(x *ipsec.SA) bool { return x.SPI == sa.SPI && x.Dst == sa.Dst && x.Protocol == sa.Protocol }) {
			w.keying.sas = append(w.keying.sas, sa.SA)
			w.keying.written = append(w.keying.written, sa)
		}
	}
	w.cached = nil
	r, err := p.File(text)
	w.keep(name, r)
	return r, err
}

// Type runs ipseckey with one command of the command line.
func (w *World) Type(ctx context.Context, name, line string) error {
	p, err := w.KeyingAt(ctx, name, "")
	if err != nil {
		return err
	}
	words := strings.Fields(w.Substitute(line))
	if len(words) == 0 {
		return errors.New("no command")
	}
	w.judged.perishable = w.judged.perishable || slices.Contains([]string{"delete", "flush", "load"}, words[0])
	r, err := p.Words(line, words)
	w.keep(name, r)
	return err
}

func (w *World) keep(name string, r ipseckey.Result) {
	if w.keying.results == nil {
		w.keying.results = map[string]ipseckey.Result{}
	}
	w.keying.results[name] = r
}

// Typed is what the last run of ipseckey on a host wrote, and how it ended.
func (w *World) Typed(name string) (ipseckey.Result, error) {
	r, ok := w.keying.results[name]
	if !ok {
		return r, fmt.Errorf("ipseckey has not run on %s", name)
	}
	return r, nil
}

// ProtectByHand puts policies in, out and in, for all that travels between a host and its peer: "esp transport", "ah tunnel".
// ipseckey does not know policies.
func (w *World) ProtectByHand(ctx context.Context, name, how string) error {
	p, err := w.KeyingAt(ctx, name, "")
	if err != nil {
		return err
	}
	proto, mode, err := protection(how)
	if err != nil {
		return err
	}
	here, there := w.wireAddr(name), w.wireAddr(w.other(name))
	for _, d := range []sadb.Direction{sadb.Out, sadb.In} {
		src, dst := here, there
		if d == sadb.In {
			src, dst = there, here
		}
		t := sadb.Template{Proto: proto, Mode: mode}
		if mode == sadb.Tunnel {
			t.Src, t.Dst = src, dst
		}
		x := sadb.Policy{Selector: sadb.Selector{Src: sadb.RangeOf(src), Dst: sadb.RangeOf(dst)}, Direction: d, Do: sadb.Protect, Templates: []sadb.Template{t}}
		if err := p.Protect(x); err != nil {
			return fmt.Errorf("policy of %s: %w", name, err)
		}
		w.keying.protected = append(w.keying.protected, ipsec.Selector{Src: ipsec.Range{From: src, To: src}, Dst: ipsec.Range{From: dst, To: dst}})
	}
	w.cached = nil
	return nil
}

func protection(how string) (sadb.Protocol, sadb.Mode, error) {
	words := strings.Fields(how)
	if len(words) == 2 {
		proto := map[string]sadb.Protocol{"esp": sadb.ESP, "ah": sadb.AH}[words[0]]
		mode := map[string]sadb.Mode{"transport": sadb.Transport, "tunnel": sadb.Tunnel}[words[1]]
		if proto != 0 && mode != 0 {
			return proto, mode, nil
		}
	}
	return 0, 0, fmt.Errorf("protection %q: write esp or ah, then transport or tunnel", how)
}

// KeyedAsWritten compares the SAs of all hosts that are keyed by hand with those of the command files, as the judge reads
// them. There must be some.
func (w *World) KeyedAsWritten() error {
	if len(w.keying.sas) == 0 {
		return &Mismatch{Code: "sa-computed", What: "SAs that command files add", Expected: "some", Actual: "none"}
	}
	w.judged.sas = true
	return w.Check(check.SAs)
}
