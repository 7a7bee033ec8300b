package world

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"ikewit/impl/driver/xfrm"
	"ikewit/impl/sadb"
	"ikewit/netns"
)

// KernelExpire lets the inbound or outbound SA of a host come to its limit, by an EXPIRE from user space.
func (w *World) KernelExpire(name, direction string, hard bool) error {
	_, n, err := w.witness()
	if err != nil {
		return err
	}
	w.judged.perishable = w.judged.perishable || hard
	list, err := n.Host(name).KernelSAs()
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(k netns.KernelSA) bool { return (k.Dst == w.OwnAddr(name)) != (direction == "inbound") })
	if len(list) != 1 {
		return &Unresolved{fmt.Sprintf("the kernel of %s has %d %s SAs, not the one that is to expire", name, len(list), direction)}
	}
	return n.Host(name).ExpireKernelSA(list[0], hard)
}

// KernelProtects puts policies into the kernel of a host by hand, out and in: what goes to its peer is to be protected
// by "esp transport", "ah tunnel" ...
func (w *World) KernelProtects(name, how string) error {
	_, n, err := w.witness()
	if err != nil {
		return err
	}
	words := strings.Fields(how)
	proto := map[string]uint8{"esp": 50, "ah": 51}[words[0]]
	if proto == 0 || len(words) != 2 || words[1] != "transport" && words[1] != "tunnel" {
		return fmt.Errorf("protection %q: write esp or ah, then transport or tunnel", how)
	}
	here, there := w.OwnAddr(name), w.wireAddr(w.other(name))
	for _, direction := range []string{"out", "in"} {
		src, dst := here, there
		if direction == "in" {
			src, dst = there, here
		}
		p := netns.KernelPolicy{Direction: direction, Src: single(src), Dst: single(dst), IPsec: proto, Tunnel: words[1] == "tunnel"}
		if p.Tunnel {
			p.OuterSrc, p.OuterDst = src, dst
		}
		if err := n.Host(name).AddKernelPolicy(p); err != nil {
			return err
		}
		w.kernel.byHand = append(w.kernel.byHand, handMade{name, p})
	}
	return nil
}

// A handMade policy is one that the scenario put in, and that it takes out.
type handMade struct {
	host   string
	policy netns.KernelPolicy
}

// takeOutByHand takes the policies out that were put in by hand. One that is gone was somebody else's doing.
func (w *World) takeOutByHand() error {
	if w.kernel == nil {
		return nil
	}
	_, n, err := w.witness()
	for _, h := range w.kernel.byHand {
		if e := n.Host(h.host).DeleteKernelPolicy(h.policy); e != nil && err == nil {
			err = e
		}
	}
	w.kernel.byHand = nil
	return err
}

func single(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

// refusals are the points at which the kernel of a host can be made to refuse.
var refusals = map[string]func(sadb.Action) bool{
	"inbound SA":  func(a sadb.Action) bool { x, ok := a.(sadb.Add); return ok && x.SA.Direction == sadb.In },
	"outbound SA": func(a sadb.Action) bool { x, ok := a.(sadb.Add); return ok && x.SA.Direction == sadb.Out },
	"policy":      func(a sadb.Action) bool { _, ok := a.(sadb.AddPolicy); return ok },
	"inbound policy": func(a sadb.Action) bool {
		x, ok := a.(sadb.AddPolicy)
		return ok && x.Policy.Direction == sadb.In
	},
	"forwarding policy": func(a sadb.Action) bool {
		x, ok := a.(sadb.AddPolicy)
		return ok && x.Policy.Direction == sadb.Forward
	},
}

// errnos are those with which a kernel may be made to refuse.
var errnos = map[string]unix.Errno{
	"ENOMEM": unix.ENOMEM, "EINVAL": unix.EINVAL, "ENOSYS": unix.ENOSYS, "EPROTONOSUPPORT": unix.EPROTONOSUPPORT, "EPERM": unix.EPERM,
	"EEXIST": unix.EEXIST,
}

// Refuse makes every installation of a kind fail on a host, as a kernel would that gives this errno: the driver says what that means.
func (w *World) Refuse(name, what, errno string) error {
	h, err := w.at(name)
	if err != nil {
		return err
	}
	picks, number := refusals[what], errnos[errno]
	if picks == nil || number == 0 {
		return fmt.Errorf("no installation %q that fails with %q: there are %v; %v", what, errno, slices.Sorted(maps.Keys(refusals)), slices.Sorted(maps.Keys(errnos)))
	}
	h.refuse = func(a sadb.Action) error {
		if picks(a) {
			return xfrm.Explain(a, number)
		}
		return nil
	}
	return nil
}

// KernelPoliciesStay checks that the kernel of a host still protects what goes to its peer, and wants what comes from there
// protected.
func (w *World) KernelPoliciesStay(name string) error {
	_, n, err := w.witness()
	if err != nil {
		return err
	}
	list, err := n.Host(name).KernelPolicies()
	if err != nil {
		return err
	}
	directions := map[string]bool{}
	for _, p := range list {
		directions[p.Direction] = true
	}
	if !directions["in"] || !directions["out"] {
		return &Mismatch{Code: "kernel-policy", What: "policies of " + name, Expected: "in and out", Actual: fmt.Sprint(list)}
	}
	return nil
}

// KernelHolds pings the peer of a host, and wants the kernel to hold every one of them back for lack of an SA.
func (w *World) KernelHolds(ctx context.Context, name string) error {
	before := w.Answers(name)
	if err := w.Ping(ctx, name, w.other(name), 2, pingSize, true); err != nil {
		return err
	}
	if got := w.Answers(name); got != before {
		return &Mismatch{Code: "delivered", What: "answers that " + name + " got without SAs", Expected: "none", Actual: fmt.Sprint(got - before)}
	}
	return w.KernelCounted(ctx, name, "XfrmOutNoStates")
}
