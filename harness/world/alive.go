package world

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ikewit/harness/capture"
	"ikewit/harness/capture/isakmp"
	"ikewit/impl/ike"
	"ikewit/impl/simnet"
)

// The notifications of dead peer detection. RFC 3706 section 5.2.
const (
	rUThere    = 36136
	rUThereAck = 36137
)

// FallSilent has nothing of a host of the simulator arrive any more but keepalives.
func (w *World) FallSilent(name string) error {
	return w.lose(name, func(d simnet.Datagram) bool { return d.Name != "KEEP" })
}

// LoseNext has so many of the next messages of a host of the simulator get lost.
func (w *World) LoseNext(name string, n int) error {
	return w.lose(name, func(simnet.Datagram) bool { n--; return n >= 0 })
}

func (w *World) lose(name string, pick simnet.Pick) error {
	s, err := w.begin()
	if err != nil {
		return err
	}
	w.judged.perishable = true
	to := w.other(name)
	s.couple.Net.Connect(name, to, simnet.Lose{Link: s.couple.Net.Between(name, to), Pick: pick})
	return nil
}

// live gives when a host sent notifications of a type.
func (w *World) live(name string, kind isakmp.NotifyType) (at []time.Time, err error) {
	list, err := w.Sent(name)
	for _, m := range list {
		if tells(m, kind) {
			at = append(at, m.Time)
		}
	}
	return at, err
}

func tells(m *capture.Message, kind isakmp.NotifyType) bool {
	for _, p := range m.Chain() {
		if n, ok := p.Content.(*isakmp.Notification); ok && n.Type == kind {
			return true
		}
	}
	return false
}

// liveTries is how many times we wait in earnest for the next question, each for settleTime.
const liveTries = 3

// Asked counts the questions of a host whether its peer is alive, AnsweredAlive its answers.
func (w *World) Asked(ctx context.Context, name string, least, most int) error {
	return w.countLive(ctx, name, "questions", rUThere, least, most)
}

// AnsweredAlive: see Asked.
func (w *World) AnsweredAlive(ctx context.Context, name string, least, most int) error {
	return w.countLive(ctx, name, "answers", rUThereAck, least, most)
}

func (w *World) countLive(ctx context.Context, name, what string, kind isakmp.NotifyType, least, most int) error {
	var at []time.Time
	look := func() (bool, error) {
		var err error
		at, err = w.live(name, kind)
		return len(at) >= least, err
	}
	enough, err := look()
	for tries := 0; err == nil && !enough && w.sim == nil && tries < liveTries; tries++ {
		if err = w.eventually(ctx, look); err == nil {
			enough = len(at) >= least
		}
	}
	if err == nil && (len(at) < least || len(at) > most) {
		err = &Mismatch{Code: "alive", What: what + " of " + name, Expected: fmt.Sprintf("%d to %d", least, most), Actual: fmt.Sprint(len(at))}
	}
	return err
}

// AskedAfter compares the pauses before the last questions of a host, to a second.
func (w *World) AskedAfter(name string, want []time.Duration) error {
	at, err := w.live(name, rUThere)
	if err != nil {
		return err
	}
	var got []string
	good := len(at) > len(want)
	for i := max(1, len(at)-len(want)); i < len(at); i++ {
		gap := at[i].Sub(at[i-1]).Round(time.Second)
		got = append(got, gap.String())
		good = good && gap == want[i-len(at)+len(want)]
	}
	if !good {
		return &Mismatch{Code: "alive", What: "pauses before the last questions of " + name, Expected: fmt.Sprint(want), Actual: strings.Join(got, " ")}
	}
	return nil
}

// Buried looks for what a host tells when its peer is dead, of IPsec SAs and of the ISAKMP SA.
func (w *World) Buried(name string) error {
	p, err := w.need(name)
	if err != nil {
		return err
	}
	isakmpSA, others := 0, 0
	for _, e := range p.Journal().Events() {
		if g, ok := e.Event.(ike.Gone); ok && strings.Contains(g.Reason, "the peer is dead") {
			if g.SA == "ISAKMP SA" {
				isakmpSA++
			} else {
				others++
			}
		}
	}
	if isakmpSA == 0 || others < 2 {
		return &Mismatch{Code: "alive", What: "SAs that " + name + " says have ended because its peer is dead", Expected: "the ISAKMP SA and two more", Actual: fmt.Sprintf("%d and %d", isakmpSA, others)}
	}
	return nil
}

// StillProtects looks for the policies of a host that has no SA.
func (w *World) StillProtects(name string) error {
	if err := w.SACount(name, 0); err != nil {
		return err
	}
	list, ok, err := w.Peer(name).Policies()
	if err == nil && (!ok || len(list) < 2) {
		err = &Mismatch{Code: "policy", What: "policies of " + name, Expected: "2 or more", Actual: fmt.Sprint(len(list))}
	}
	return err
}
