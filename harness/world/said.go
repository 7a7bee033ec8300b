package world

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"ikewit/harness/capture"
	"ikewit/harness/capture/isakmp"
	"ikewit/harness/peer"
	"ikewit/harness/peer/plutoplus"
)

// Succeeded waits until a run says that it has what it was started for: a WIT run by its line, another by its SAs.
func (w *World) Succeeded(ctx context.Context, name string) error {
	p, err := w.need(name)
	if err != nil {
		return err
	}
	ctx, cancel := within(ctx, patience, name+" succeeds")
	defer cancel()
	good := func() bool { return p.Journal().Has(peer.Out, "WIT: SUCCESS") || !w.isWIT(p) && w.isUp(p) }
	if err := p.Journal().Until(ctx, func() bool { return good() || ended(p) || w.gaveUp(p) }); err != nil {
		return err
	}
	if !good() {
		return &Mismatch{Code: "negotiation", What: name + " negotiates", Expected: "success", Actual: w.verdictOf(p)}
	}
	return nil
}

func (w *World) isWIT(p peer.Peer) bool { return strings.Contains(p.Command(), " --wit") }

// verdictOf is how a run says that it ended.
func (w *World) verdictOf(p peer.Peer) string {
	for _, l := range slices.Backward(p.Journal().Lines(peer.Out)) {
		if strings.HasPrefix(l.Text, "WIT: ") {
			return l.Text
		}
	}
	lines := p.Journal().Lines(peer.Err)
	if len(lines) > 0 {
		return fmt.Sprintf("exit status %d: %s", p.Status(), lines[len(lines)-1].Text)
	}
	return fmt.Sprintf("exit status %d", p.Status())
}

// Exits waits for the end of a run and compares its exit status. A WIT run that holds its SAs is told to end: it has
// come to its status already.
func (w *World) Exits(ctx context.Context, name string, want int) error {
	status, err := w.exitStatus(ctx, name)
	if err != nil {
		return err
	}
	if status != want {
		p := w.Peer(name)
		return &Mismatch{Code: "exit-status", What: "exit status of " + name, Expected: fmt.Sprint(want), Actual: fmt.Sprintf("%d (%s)", status, w.verdictOf(p))}
	}
	return nil
}

func (w *World) exitStatus(ctx context.Context, name string) (int, error) {
	p, err := w.need(name)
	if err != nil {
		return 0, err
	}
	ctx, cancel := within(ctx, patience, name+" exits")
	defer cancel()
	success := func() bool { return p.Journal().Has(peer.Out, "WIT: SUCCESS") }
	if err := p.Journal().Until(ctx, func() bool { return success() || ended(p) }); err != nil {
		return 0, err
	}
	if success() && strings.Contains(p.Command(), "--hold") {
		p.End()
	}
	if err := p.Journal().Until(ctx, func() bool { return ended(p) }); err != nil {
		return 0, err
	}
	return p.Status(), nil
}

// NotZero waits for the end of a run and refuses success.
func (w *World) NotZero(ctx context.Context, name string) error {
	status, err := w.exitStatus(ctx, name)
	if err == nil && status == 0 {
		err = &Mismatch{Code: "exit-status", What: "exit status of " + name, Expected: "not 0", Actual: "0"}
	}
	return err
}

// End tells a run to end, as SIGTERM does.
func (w *World) End(name string) error {
	p, err := w.need(name)
	if err == nil {
		w.judged.perishable = w.judged.perishable || !w.isWIT(p)
		p.End()
	}
	return err
}

// Signal sends a signal to a run that is a process.
func (w *World) Signal(name string, s syscall.Signal) error {
	p, err := w.need(name)
	if err != nil {
		return err
	}
	child, ok := p.(*plutoplus.Child)
	if !ok {
		return fmt.Errorf("%s runs no process of its own: %q", name, name+` runs plutoplus as a process with "..."`)
	}
	child.Signal(s)
	return nil
}

// StillRuns checks that a run has not ended.
func (w *World) StillRuns(name string) error {
	p, err := w.need(name)
	if err == nil && ended(p) {
		err = &Mismatch{Code: "exit-status", What: name, Expected: "still running", Actual: w.verdictOf(p)}
	}
	return err
}

// Says waits until a stream of a run contains a text in one line; stream 0: either.
func (w *World) Says(ctx context.Context, name string, stream peer.Stream, text string) error {
	p, err := w.need(name)
	if err != nil {
		return err
	}
	ctx, cancel := within(ctx, patience, fmt.Sprintf("%s says %q", name, text))
	defer cancel()
	if err := p.Journal().Until(ctx, func() bool { return p.Journal().Has(stream, text) || ended(p) }); err != nil {
		return err
	}
	if !p.Journal().Has(stream, text) {
		return &Mismatch{Code: "output", What: "what " + name + " says", Expected: fmt.Sprintf("a line with %q", text), Actual: "no such line (see below)"}
	}
	return nil
}

// Exchange gives the names of all messages in the order of the wire, copies left out.
func (w *World) Exchange() ([]string, error) {
	e, err := w.Evidence()
	if err != nil {
		return nil, err
	}
	var list []string
	for _, m := range e.messages() {
		if m.Resent == nil && !e.Forged[m.Frame] {
			list = append(list, m.Name)
		}
	}
	return list, nil
}

// Sent gives the messages that a host sent, copies left out.
func (w *World) Sent(name string) ([]*capture.Message, error) {
	e, err := w.Evidence()
	if err != nil {
		return nil, err
	}
	var list []*capture.Message
	for _, m := range e.messages() {
		if w.isAt(name, m.Src.Addr()) && m.Resent == nil && !e.Forged[m.Frame] {
			list = append(list, m)
		}
	}
	return list, nil
}

// SentCount counts the messages of a name that a host sent, copies included.
func (w *World) SentCount(name, message string) (int, error) {
	e, err := w.Evidence()
	if err != nil {
		return 0, err
	}
	n := 0
	for _, m := range e.messages() {
		if w.isAt(name, m.Src.Addr()) && m.Name == message && !e.Forged[m.Frame] {
			n++
		}
	}
	return n, nil
}

// Lasted is the time from the first message on the wire to the last.
func (w *World) Lasted() (time.Duration, error) {
	e, err := w.Evidence()
	if err != nil {
		return 0, err
	}
	list := e.messages()
	if len(list) == 0 {
		return 0, &Unresolved{"no message was on the wire"}
	}
	return list[len(list)-1].Time.Sub(list[0].Time), nil
}

// Notified waits until a host has sent a notification of a type, under protection or in clear.
func (w *World) Notified(ctx context.Context, name, kind string, protected bool) error {
	how := map[bool]string{true: "under protection", false: "in clear"}[protected]
	want := kind + " " + how
	var said []string
	look := func() (bool, error) {
		said = nil
		list, err := w.Sent(name)
		for _, m := range list {
			for _, p := range m.Chain() {
				if n, ok := p.Content.(*isakmp.Notification); ok {
					said = append(said, n.Type.String()+" "+map[bool]string{true: "under protection", false: "in clear"}[m.ISAKMP.Encrypted()])
				}
			}
		}
		return slices.Contains(said, want), err
	}
	if err := w.eventually(ctx, look); err != nil {
		return err
	}
	if !slices.Contains(said, want) {
		if said == nil {
			said = []string{"nothing"}
		}
		return &Mismatch{Code: "notify", What: "what " + name + " notifies", Expected: want, Actual: strings.Join(said, ", ")}
	}
	return nil
}

// eventually asks again whenever a peer has something new, until it holds or the peers have all ended. It is for what
// is seen on the wire a moment after it is done.
func (w *World) eventually(ctx context.Context, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	tick := time.NewTicker(settleTime / 50)
	defer tick.Stop()
	for {
		ok, err := holds()
		if ok || err != nil || w.allEnded() {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil // the caller says what is missing
		}
	}
}

// settleTime is how long something may take to be seen that was done already.
const settleTime = 3 * time.Second

func (w *World) allEnded() bool {
	return !slices.ContainsFunc(w.Running(), func(p peer.Peer) bool { return !ended(p) })
}

// Offer gives the one transform that a host offered: in phase 1 of its first message, in phase 2 of its QI1, as fields.
func (w *World) Offer(name string, phase int) (map[string]string, error) {
	message := map[int]string{1: "MI1", 2: "QI1"}[phase]
	list, err := w.Sent(name)
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		if m.Name != message {
			continue
		}
		p, ok := isakmp.Find(m.Chain(), isakmp.PayloadSA)
		sa, isSA := p.Content.(*isakmp.SA)
		if !ok || !isSA {
			return nil, &Mismatch{Code: "proposal", What: message + " of " + name, Expected: "an SA payload that can be read", Actual: m.Layout()}
		}
		if len(sa.Proposals) != 1 || len(sa.Proposals[0].Transforms) != 1 {
			return nil, &Mismatch{Code: "proposal", What: "what " + name + " offers", Expected: "one proposal with one transform", Actual: fmt.Sprintf("%d proposals", len(sa.Proposals))}
		}
		return offerFields(phase, sa.Proposals[0]), nil
	}
	return nil, &Unresolved{fmt.Sprintf("%s sent no %s that could be read", name, message)}
}

// offerFields names the fields of a transform as scenarios do.
func offerFields(phase int, p isakmp.Proposal) map[string]string {
	t := p.Transforms[0]
	fields := map[string]string{}
	names := map[uint16]string{1: "cipher", 2: "hash", 3: "authenticated", 4: "group", 11: "", 12: "", 14: "key length"}
	unitOf, durationOf := uint16(11), uint16(12)
	if phase == 2 {
		fields["protocol"], fields["transform"] = p.Protocol.String(), fmt.Sprint(t.ID)
		names = map[uint16]string{1: "", 2: "", 3: "group", 4: "mode", 5: "authenticated", 6: "key length"}
		unitOf, durationOf = 1, 2
	}
	unit := uint64(0)
	for _, a := range t.Attributes {
		n, _ := a.Number()
		switch name, known := names[a.Type]; {
		case a.Type == unitOf:
			unit = n
		case a.Type == durationOf:
			fields[map[uint64]string{1: "seconds", 2: "kilobytes"}[unit]] = fmt.Sprint(n)
		case !known:
			fields[fmt.Sprintf("attribute %d", a.Type)] = fmt.Sprint(n)
		case name == "group" || name == "key length":
			fields[name] = fmt.Sprint(n)
		default:
			_, fields[name] = a.Describe(p.Protocol)
		}
	}
	return fields
}

// Identities gives IDci and IDcr as a host sent them in QI1, in words.
func (w *World) Identities(name string) ([]string, error) {
	list, err := w.Sent(name)
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		if m.Name != "QI1" {
			continue
		}
		var ids []string
		for _, p := range m.Chain() {
			if id, ok := p.Content.(*isakmp.Identification); ok {
				ids = append(ids, id.String())
			}
		}
		return ids, nil
	}
	return nil, &Unresolved{name + " sent no QI1 that could be read"}
}

// Deleted gives the protocols of the SAs that a host deletes under protection.
func (w *World) Deleted(name string) ([]string, error) {
	list, err := w.Sent(name)
	var protocols []string
	for _, m := range list {
		for _, p := range m.Chain() {
			if d, ok := p.Content.(*isakmp.Delete); ok && m.ISAKMP.Encrypted() {
				protocols = append(protocols, d.Protocol.String())
			}
		}
	}
	return protocols, err
}
