package world

import (
	"context"
	"fmt"
	"strings"

	"ikewit/harness/check"
	"ikewit/harness/report"
)

// Findings are checks that did not hold. The first is the one to look at.
type Findings []check.Finding

func (f Findings) Error() string {
	if len(f) == 1 {
		return f[0].String()
	}
	return fmt.Sprintf("%s (and %d more)", f[0], len(f)-1)
}

// Text lists all of them.
func (f Findings) Text() string {
	var lines []string
	for _, x := range f {
		lines = append(lines, fmt.Sprintf("%s [%s, %s]", x, x.Check, x.Rule))
	}
	return strings.Join(lines, "\n")
}

// judged notes which parts of the checks the scenario's own steps have done, and what they made impossible.
type judged struct {
	sas, traffic bool
	perishable   bool // SAs expired, were deleted, or belong to runs that are over: both sides need not agree at the end
	liars        bool // a peer was made to lie: its messages are not in order

	without string // why no traffic passed in a scenario that asked for it where it can be had
}

// Check runs sets of checks over what there is now.
func (w *World) Check(sets ...check.Set) error {
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	var all Findings
	for _, s := range sets {
		all = append(all, s.Run(&e.Evidence)...)
	}
	if len(all) > 0 {
		return all
	}
	return nil
}

// SAsAgree compares the SAs of both sides with those that follow from the wire. There must be some.
func (w *World) SAsAgree() error {
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	if err := e.computed(); err != nil {
		return err
	}
	if len(e.Sides) < w.sidesNeeded() && len(w.keying.sas) == 0 {
		return &Unsupported{"only one side lets its SAs be read"}
	}
	w.judged.sas = true
	sets := []check.Set{check.Hashes, check.SAs}
	if w.judged.liars {
		sets = sets[1:] // a lie may be in a hash
	}
	if err := w.Check(sets...); err != nil {
		return err
	}
	return w.foreignKernelsAgree(e)
}

// computed says why there are no SAs to compare with.
func (e *evidence) computed() error {
	for _, sa := range e.Wire {
		if sa.Confirmed {
			return nil
		}
	}
	why := "no Quick Mode came to its end"
	if len(e.problems) > 0 {
		why = e.problems[0].Error()
	}
	return &Mismatch{Code: "sa-computed", What: "SAs that follow from the wire", Expected: "a pair", Actual: "none: " + why}
}

// Traffic pings both ways between the two ends of the SAs, and checks every packet of it.
func (w *World) Traffic(ctx context.Context, one, other string) error {
	for _, p := range []pingPlan{{from: one, to: other}, {from: other, to: one}} {
		p.id, p.sizes = trafficID, []int{pingSize, pingSize, pingSize}
		if _, err := w.ping(ctx, p); err != nil {
			return err
		}
	}
	w.judged.traffic = true
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	if err := e.carried(w); err != nil {
		return err
	}
	return w.Check(check.Packets, check.Clear)
}

// TrafficWhereCarried is Traffic where the SAs of both sides are in a stack with a data plane. Where not, this one check is
// unsupported and the report says so; a run that names a stack with data wants it.
func (w *World) TrafficWhereCarried(ctx context.Context, one, other string) error {
	if why := w.noData(); why != "" {
		if w.Kernel == "xfrm" || w.Kernel == "user" {
			return &Unsupported{why}
		}
		w.judged.without = why
		return nil
	}
	return w.Traffic(ctx, one, other)
}

// DataText is what the report says of traffic; "" where there was none and none was asked for.
func (w *World) DataText() string {
	if w.judged.traffic {
		return report.Carried
	}
	return w.judged.without
}

// carried: at least the three requests and the three answers of the latest pings went each way in SAs, and opened.
func (e *evidence) carried(w *World) error {
	opened := map[string]int{}
	for _, p := range e.Packets() {
		if p.Opened != nil {
			opened[w.HostAt(p.Record.Src.Addr())]++
		}
	}
	const each = 6
	for _, s := range w.top.Peers {
		if opened[s] < each {
			return &Mismatch{Code: "no-traffic", What: "ESP or AH packets of " + s + " on the wire that open with the computed keys",
				Expected: fmt.Sprintf("%d or more", each), Actual: fmt.Sprint(opened[s])}
		}
	}
	return nil
}

// Judge is what every scenario is checked for at its end, whether its steps say so or not: every message is in order
// and opens, both sides' SAs are those that follow from the wire, traffic passes in them, and nothing passes
// beside them.
func (w *World) Judge(ctx context.Context) error {
	if w.fabric == nil {
		return nil
	}
	if len(w.runs) == 0 {
		return w.kernelQuiet()
	}
	if err := w.judgeWire(ctx); err != nil {
		return err
	}
	return w.kernelQuiet()
}

func (w *World) judgeWire(ctx context.Context) error {
	if err := w.borrowKeys(); err != nil {
		return err
	}
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	if !w.judged.liars {
		if err := w.Check(check.Messages, check.Hashes); err != nil {
			return err
		}
	}
	borrowed := len(w.foreign.hosts) == 2 && len(w.keying.sas) > 0
	if e.computed() != nil || w.judged.perishable || w.judged.liars && !borrowed {
		return w.Check(check.Clear)
	}
	if !w.judged.sas && (borrowed || len(e.Sides) >= w.sidesNeeded()) {
		if err := w.SAsAgree(); err != nil {
			return err
		}
	}
	if !w.judged.traffic && w.carries() {
		if err := w.Traffic(ctx, w.top.Peers[0], w.top.Peers[1]); err != nil {
			return err
		}
	}
	return w.Check(check.Packets, check.Clear)
}

// carries reports whether the SAs of both sides are in a stack with a data plane, between the peers themselves.
func (w *World) carries() bool { return w.noData() == "" && w.top.Peers == w.top.Ends }

// noData says why nothing travels in the SAs of the two peers; "" where something does.
func (w *World) noData() string {
	list := w.Running()
	for _, p := range list {
		if k := p.Kernel(); k == "none" || k == "" {
			return "the SAs of " + p.Host() + " are in no IPsec stack"
		}
	}
	if w.fabric.Name() != "netns" || len(list) != 2 {
		return "nothing but IKE is carried here"
	}
	return ""
}
