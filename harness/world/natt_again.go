package world

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"ikewit/harness/capture"
	"ikewit/impl/simnet"
	"ikewit/impl/wire/ikehdr"
)

// A Stray is a datagram that the harness has a host of the simulator send beside what its engine sends.
type Stray struct {
	Message  string // the first of this name that the host sent; "": a keepalive
	Altered  bool   // with another message ID, which no HASH covers
	NewName  bool   // with another initiator cookie
	From, To uint16 // ports; From inside, before a NAT
}

// Stray sends it, through the NATs that there are, and lets it be dealt with.
func (w *World) Stray(name string, x Stray) error {
	s, err := w.begin()
	if err != nil {
		return err
	}
	d, err := w.stray(s, name, x)
	if err != nil {
		return err
	}
	before, err := w.fabric.Frames()
	if err != nil {
		return err
	}
	s.couple.Net.Do(name, func(time.Time) { s.couple.Net.Send(d) })
	after, err := w.fabric.Frames()
	if err != nil {
		return err
	}
	w.traffic.forged = append(w.traffic.forged, forgery{name, len(before), after[len(before)].Data})
	w.judged.liars, w.cached = true, nil
	s.couple.Run(time.Second)
	return nil
}

// stray makes the datagram as it leaves the host.
func (w *World) stray(s *simulation, name string, x Stray) (simnet.Datagram, error) {
	h := s.couple.Host(name)
	if h == nil {
		return simnet.Datagram{}, fmt.Errorf("there is no host %s", name)
	}
	d := simnet.Datagram{
		Src: netip.AddrPortFrom(h.Addrs[0], x.From), Dst: netip.AddrPortFrom(s.couple.ConnOf(h).Remote.Addr, x.To),
		Octets: ikehdr.AppendKeepalive(nil), Name: "KEEP",
	}
	if x.Message == "" {
		return d, nil
	}
	m, err := w.find(Place{name, false, x.Message})
	if err != nil {
		return d, err
	}
	d.Octets, d.Name = slices.Clone(m.ISAKMP.Octets), x.Message
	if x.NewName {
		copy(d.Octets, "\x01\x02\x03\x04\x05\x06\x07\x08")
	}
	if x.Altered {
		const lastOfMessageID = 23
		d.Octets[lastOfMessageID] ^= 1
	}
	return d, nil
}

// Unanswered checks that a host said nothing on account of the frames of our own: behind each there is none of its before another
// of somebody else, or a second later.
func (w *World) Unanswered(name string) error {
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	var last *capture.Record
	for i := range e.Records {
		r := &e.Records[i]
		switch {
		case e.Forged[r.Frame]:
			last = r
		case !w.isAt(name, r.Src.Addr()):
			last = nil
		case last != nil && r.Time.Sub(last.Time) < time.Second && r.Kind != capture.KindKeepalive:
			return &Mismatch{Code: "answered", What: fmt.Sprintf("what %s says to frame %d, which is ours", name, last.Frame), Expected: "nothing",
				Actual: fmt.Sprintf("frame %d, to %v", r.Frame, r.Dst)}
		}
	}
	return nil
}
